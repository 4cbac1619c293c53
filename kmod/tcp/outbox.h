/* SPDX-License-Identifier: GPL-2.0 */
/* Private to tcp/: what a handshake has to say, made under flow->lock, sent without. */
#ifndef MPROX_OUTBOX_H
#define MPROX_OUTBOX_H

#include <linux/skbuff.h>
#include "tcp/flow.h"

/**
 * struct mprox_outbox - segments on their way out of flow->lock
 * @segments:	in the order in which they leave
 * @flow:	whose; the caller holds a reference until it has sent
 * @sk:		the program's socket, referenced: the handshake and what it
 *		holds may end on another CPU once the lock is released
 * @net:	the namespace, which @sk pins
 * @failed:	the attempt's end is for the work, but only when the reset for the
 *		proxy has left
 */
struct mprox_outbox {
	struct sk_buff_head segments;
	struct mprox_flow *flow;
	struct sock *sk;
	struct net *net;
	bool failed;
};

/* These two with flow->lock held, and a handshake in progress. */
void mprox_outbox_open(struct mprox_outbox *out, struct mprox_flow *flow);
/* No memory is a lost segment: whoever needs it sends it again. */
void mprox_outbox_post(struct mprox_outbox *out, u8 tcp_flags, u32 seq,
		       const void *data, u16 len);
void mprox_outbox_post_syn(struct mprox_outbox *out);

/* No lock held, BH off or process context; once for each opened one. */
void mprox_outbox_send(struct mprox_outbox *out);

#endif
