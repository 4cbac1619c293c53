/* SPDX-License-Identifier: GPL-2.0 */
/* A connection's course, as the readers of its context's events hear of it. */
#ifndef MPROX_TCP_TELL_H
#define MPROX_TCP_TELL_H

#include "tcp/flow.h"

struct mprox_counters;
struct mprox_errand;

/* current wants @errand of @ctx: that is remembered, if somebody reads. Process context. */
void mprox_tell_errand(struct mprox_ctx *ctx, struct mprox_errand *errand);

/* Its connect() has begun: who wants it is remembered. Process context. */
void mprox_tell_open(struct mprox_flow *flow);

/* The rest: any context up to softirq. MUTEX_PROXY_REASON_*, negative errno. */

/* An attempt has failed; nobody else takes the handshake away meanwhile. */
void mprox_tell_attempt(struct mprox_flow *flow, u16 reason, int error);
/* The connect() fails; likewise. */
void mprox_tell_failed(const struct mprox_flow *flow, u16 reason, int error);
/* The way is up, at the end of the handshake; @flow->lock held. */
void mprox_tell_proxied(struct mprox_flow *flow);
/* It has ended with these figures; also with preemption off. */
void mprox_tell_closed(const struct mprox_flow *flow, const struct sock *sk,
		       const struct mprox_counters *last);

/* Writes @flow as it is now; see mprox_event_write(). Under rcu_read_lock(). */
u32 mprox_tell_flow(const struct mprox_flow *flow, void *to, u32 room,
		    struct user_namespace *ns);

#endif
