/* SPDX-License-Identifier: GPL-2.0 */
/* One proxied connection, from the decision in its connect() until its socket closes. */
#ifndef MPROX_FLOW_H
#define MPROX_FLOW_H

#include <linux/refcount.h>
#include <linux/rhashtable-types.h>
#include <linux/spinlock.h>
#include "scope/context.h"

struct mprox_hs;
struct mprox_known;
struct mprox_name;
struct mprox_share;
struct mprox_translation;

/**
 * struct mprox_flow - a proxied connection
 * @node:	in the table by @sk while @hashed
 * @sk:		the program's socket, which has the proxy's address. No reference: the
 *		flow leaves the table when the socket goes to TCP_CLOSE
 * @asked:	what the program asked for
 * @scope_id:	of @asked, if it is link-local
 * @bound:	what the program had bound and the way to the proxy had no use for:
 *		family 0: no address; port 0: no port. Under the socket's lock
 * @refs:	one for being in @ctx->flows, one of each handshake, one per lookup in
 *		progress
 * @lock:	BH safe; protects @hs, @error and all that @hs points to. Taken with the
 *		socket's lock held, never the other way round; nothing is sent while
 *		it is held.
 * @hashed:	bit MPROX_FLOW_HASHED: it is in the table
 * @listed:	it is in @ctx->flows; under @ctx->flows.lock
 * @in_call:	its connect() has not returned: the socket may go to TCP_CLOSE and be
 *		aimed at another server. Under the socket's lock
 * @is_query:	a program's connection to port 53, led to the namespace's own
 *		server (dns_tcp.c): a record without a handshake, not counted
 * @proxied:	the way has been up
 * @reason:	MUTEX_PROXY_REASON_*: why the last attempt has ended
 * @error:	errno that it has ended with, 0 while none has
 * @id:		its number in @ctx; 0: not counted
 * @since_ns:	CLOCK_MONOTONIC: of the way through, or until then of connect()
 * @hs:		the handshake, NULL once it is over; RCU
 * @share:	its context's in the server that it is on, referenced and counted there
 * @name:	what the destination stands for, held in ctx->names; or NULL
 * @translation: to the other IP version, referenced; or NULL
 *
 * Established flows are only records: for getpeername(), the statistics and the log.
 * No packet of theirs looks here.
 */
struct mprox_flow {
	struct rhash_head node;
	const struct sock *sk;
	struct mprox_addr asked;
	struct mprox_addr bound;
	u32 scope_id;
	refcount_t refs;
	spinlock_t lock;
	unsigned long hashed;
	bool listed;
	bool in_call;
	bool is_query;
	bool proxied;
	u16 reason;
	int error;
	u64 id;
	u64 since_ns;
	struct mprox_hs __rcu *hs;
	struct mprox_ctx *ctx;
	struct mprox_share *share;
	struct mprox_name *name;
	struct mprox_translation *translation;
	struct list_head ctx_node;
	struct rcu_head rcu;
};

#define MPROX_FLOW_HASHED	0

/* @flow->lock held, or the work's in MPROX_HS_ENDED. */
static inline void mprox_flow_set_error(struct mprox_flow *flow, u16 reason, int error)
{
	flow->reason = reason;
	flow->error = error;
}

/*
 * Does @flow->sk still have this connection? Not once it has been in TCP_CLOSE, whatever
 * it connects to after that. Final only with the socket locked.
 */
static inline bool mprox_flow_has_socket(const struct mprox_flow *flow)
{
	return test_bit(MPROX_FLOW_HASHED, &flow->hashed);
}

int mprox_flow_init(void);
void mprox_flow_exit(void);

/* The sockets' ends are seen from here on, and no longer. Process context. */
int mprox_flow_watch(void);
void mprox_flow_unwatch(void);

/*
 * All of these: any context up to softirq.
 */

/* The flow of a socket, referenced, or NULL. */
struct mprox_flow *mprox_flow_of(const struct sock *sk);
void mprox_flow_put(struct mprox_flow *flow);

/*
 * A new flow of @sk with a handshake that is all zero, for the caller to fill; nobody
 * else knows of the flow yet. NULL: no memory, too many, or the scope is over.
 * @gfp: GFP_KERNEL or GFP_ATOMIC.
 */
struct mprox_flow *mprox_flow_alloc(struct mprox_ctx *ctx, const struct sock *sk,
				    const struct mprox_addr *asked, gfp_t gfp);

/* The same without a handshake. */
struct mprox_flow *mprox_flow_alloc_record(struct mprox_ctx *ctx,
					   const struct sock *sk,
					   const struct mprox_addr *asked, gfp_t gfp);

/*
 * Into the table and @ctx->flows; the caller keeps its reference. A flow that an
 * earlier connection of the socket has left ends. The socket is locked. False: no
 * memory; the flow is as it was.
 */
bool mprox_flow_publish(struct mprox_flow *flow);

/* Out of the table and off the context's list. Idempotent. */
void mprox_flow_remove(struct mprox_flow *flow);

/*
 * A socket has gone to TCP_CLOSE: its flow's figures join the context's sums, and the
 * flow goes; what is left of a handshake is looked after at once. Called by a
 * tracepoint, the socket locked, preemption off.
 */
void mprox_flow_closed(const struct sock *sk);

/* The handshake; @flow->lock held, or nobody else knows of the flow. */
static inline struct mprox_hs *mprox_flow_hs(const struct mprox_flow *flow)
{
	return rcu_dereference_protected(flow->hs, true);
}

/*
 * The handshake is over; @flow->lock held. The caller puts what it returns, without
 * the lock.
 */
struct mprox_hs *mprox_flow_take_hs(struct mprox_flow *flow);
/* The last one frees it after a grace period. NULL is fine. */
void mprox_hs_put(struct mprox_hs *hs);

/* The one gate for timer and work of @flow's handshake; @flow->lock held. */
void mprox_flow_arm(struct mprox_flow *flow, unsigned long delay);
void mprox_flow_queue(struct mprox_flow *flow);

/* It does not count on its server any more. */
void mprox_flow_leave_server(struct mprox_flow *flow);

/*
 * Process context. abort: ends all handshakes. purge: forgets all flows, of @net or
 * of all namespaces (NULL), whose connections go on. drain: the same, and waits for
 * their memory and that of their contexts.
 */
void mprox_flow_abort_all(void);
void mprox_flow_purge(const struct net *net);
void mprox_flow_drain(void);

extern atomic_t mprox_nr_flows;
extern atomic_t mprox_nr_handshakes;

#endif
