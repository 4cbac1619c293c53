/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Private to tcp/: what handshake.c (its course), hs_send.c and hs_receive.c share. All
 * with flow->lock held and the handshake in progress.
 */
#ifndef MPROX_HS_PRIVATE_H
#define MPROX_HS_PRIVATE_H

#include "tcp/attempt.h"
#include "tcp/outbox.h"

/*
 * An attempt is over and has not succeeded: MUTEX_PROXY_REASON_*, negative errno. The flow stays in the table, whatever
 * comes next: a SYN that TCP sends again is dropped meanwhile.
 */
void mprox_hs_end_attempt(struct mprox_outbox *out, enum mprox_end end, u16 reason,
			  int error, bool reset_proxy);

/* The server's fault. Perhaps only that it was told everything at once. */
void mprox_hs_blame_server(struct mprox_outbox *out, u16 reason, bool reset_proxy);

/* Sends what may be sent; at least an acknowledgement, if one is due. */
void mprox_hs_pump(struct mprox_outbox *out, bool ack_due);

/* Both the SYN, whose timer of TCP's own is held, and what we say. */
void mprox_hs_retransmit(struct mprox_outbox *out);

#endif
