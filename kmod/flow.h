/* SPDX-License-Identifier: GPL-2.0 */
/* One proxied connection, from its SYN until conntrack forgets it. */
#ifndef MPROX_FLOW_H
#define MPROX_FLOW_H

#include <linux/refcount.h>
#include <linux/rhashtable-types.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/workqueue.h>
#include "context.h"

struct nf_conn;
struct mprox_hs;
struct mprox_known;
struct mprox_name;
struct mprox_translation;

/*
 * As the program sees it: its own address and the destination that it named. Of a
 * connection that is translated, what is carried (see translation.h).
 */
struct mprox_key {
	const struct net *net;
	struct in6_addr local;
	struct in6_addr remote;
	__be16 lport;
	__be16 rport;
	u32 family;
};

/**
 * struct mprox_flow - a proxied connection
 * @node:	in the table while @hashed
 * @refs:	one for being in @ctx->flows, one per armed timer, queued work
 *		and lookup in progress
 * @lock:	BH safe; protects @hs, @hashed and all that @hs points to.
 *		Innermost but for @ctx->flow_lock: nothing is sent and no socket
 *		is locked while it is held.
 * @hs:		the handshake, NULL once it is over
 * @ct:		the connection's entry, referenced; set by the NAT hook
 * @share:	its context's in the server that it is on, referenced and counted
 *		there
 * @name:	what the destination stands for, held in ctx->names; or NULL
 * @translation: from the other IP version, referenced; or NULL
 * @bound_if:	the socket's SO_BINDTODEVICE, to find it again
 * @closed:	its figures are in @ctx->closed; under @ctx->gc_lock
 * @vacant:	the collector found no socket when it last came by; its own
 * @moving:	its handshake has left it, or is about to come (hs_cross.c); under
 *		@lock
 * @is_query:	a program's connection to port 53, led to the namespace's own
 *		server (dns_tcp.c): a record without a handshake, not counted
 * @error:	errno (positive) that ended the handshake, 0 while it has not
 *
 * Established flows are only records: for statistics, and for the two moments
 * in which conntrack cannot vouch for the connection any more (see hook_out.c
 * and flow_gc.c). No packet of theirs looks here.
 */
struct mprox_flow {
	struct rhash_head node;
	struct mprox_key key;
	refcount_t refs;
	spinlock_t lock;
	bool hashed;
	bool closed;
	bool vacant;
	bool moving;
	bool is_query;
	int error;
	int bound_if;
	struct mprox_hs *hs;
	struct mprox_ctx *ctx;
	struct mprox_share *share;
	struct mprox_name *name;
	struct mprox_translation *translation;
	struct nf_conn *ct;
	struct list_head ctx_node;
	struct timer_list timer;
	struct work_struct work;
	struct rcu_head rcu;
};

int mprox_flow_init(void);
void mprox_flow_exit(void);

/*
 * All of these: any context up to softirq.
 */

/* A held reference, or NULL. */
struct mprox_flow *mprox_flow_find(const struct mprox_key *key);
void mprox_flow_put(struct mprox_flow *flow);

/*
 * A new flow with a handshake that is all zero, for the caller to fill; nobody
 * else knows it yet. NULL: no memory, too many, or the scope is over.
 */
struct mprox_flow *mprox_flow_alloc(struct mprox_ctx *ctx,
				    const struct mprox_key *key);

/* The same without a handshake. */
struct mprox_flow *mprox_flow_alloc_record(struct mprox_ctx *ctx,
					   const struct mprox_key *key);

/*
 * Into the table and @ctx->flows; the caller keeps its reference. False: no
 * memory, or another handshake has the same key; the handshake is gone then.
 */
bool mprox_flow_publish(struct mprox_flow *flow);

/*
 * The handshake is over, or moves; @flow->lock held. The caller frees what it
 * returns, or gives it to a record that has none and is published.
 */
struct mprox_hs *mprox_flow_take_hs(struct mprox_flow *flow);
void mprox_flow_give_hs(struct mprox_flow *flow, struct mprox_hs *hs);
void mprox_hs_free(struct mprox_hs *hs);

/*
 * It travels in @ct from here on; @flow->lock held. The caller puts what it
 * returns, the entry before, if any.
 */
struct nf_conn *mprox_flow_take_ct(struct mprox_flow *flow, struct nf_conn *ct);

/* What the program asked for, whatever is carried. */
const struct mprox_key *mprox_flow_asked(const struct mprox_flow *flow);

/*
 * Somebody else has the program's port now. Process context, the new owner's
 * socket locked.
 */
void mprox_flow_forget(struct mprox_flow *flow);

/* Out of the table and off the context's list. Idempotent. */
void mprox_flow_remove(struct mprox_flow *flow);
void mprox_flow_unhash(struct mprox_flow *flow);

/* The one gate for timers and work: refuses when no handshake is left. */
void mprox_flow_arm(struct mprox_flow *flow, unsigned long delay);
void mprox_flow_queue(struct mprox_flow *flow);

/* It does not count on its server any more. */
void mprox_flow_leave_server(struct mprox_flow *flow);

/* See to it that the collector comes by. */
void mprox_flow_gc_arm(struct mprox_ctx *ctx);

/* Process context. */
void mprox_flow_gc(struct work_struct *work);
void mprox_flow_purge(const struct net *net);
/* For module exit: ends all flows, then waits for their memory. */
void mprox_flow_abort_all(void);
void mprox_flow_drain(void);

extern atomic_t mprox_nr_flows;
extern atomic_t mprox_nr_handshakes;

#endif
