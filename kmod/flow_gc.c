// SPDX-License-Identifier: GPL-2.0
/*
 * The collector. A record is kept while its connection can still send, because
 * it is what stands between the connection and the open network on the day that
 * conntrack forgets the entry (a flush, a time-out shorter than TCP's own
 * patience): hook_out.c and nat.c then drop what it sends, and the collector
 * ends the socket, so that the program is told.
 */
#include <linux/delay.h>
#include <linux/rculist.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/inet_hashtables.h>
#include <net/tcp.h>
#include "account.h"
#include "flow.h"
#include "handshake.h"
#include "socket_find.h"
#include "translation.h"

/* A closed connection's record of some 300 octets stays for about as long. */
#define GC_INTERVAL	(2 * HZ)

/* Several intervals, so that no entry expires between two visits. */
#define ENTRY_LOW	(8 * HZ)
#define ENTRY_KEEP	(120 * HZ)

/* The socket of @flow, referenced, in whatever state; or NULL. */
static struct sock *find_socket(const struct mprox_flow *flow)
{
	return mprox_find_socket(mprox_flow_asked(flow), flow->bound_if);
}

/*
 * Ends the socket of an established flow, if it has one that could send. Reset
 * it is, with an error for the program: nothing else would be true.
 */
static void abort_socket(const struct mprox_flow *flow)
{
	struct sock *sk;

	/* Unhashed: somebody else has the port now. */
	if (!READ_ONCE(flow->hashed))
		return;
	sk = find_socket(flow);
	if (!sk)
		return;
	if (sk_fullsock(sk))
		tcp_abort(sk, ECONNABORTED);
	sock_gen_put(sk);
}

static bool is_forgotten(const struct nf_conn *ct)
{
	return nf_ct_is_dying(ct) || nf_ct_is_expired(ct);
}

/* Is there a socket that could still send? */
static bool has_live_socket(const struct mprox_flow *flow)
{
	struct sock *sk;
	bool live;

	if (!READ_ONCE(flow->hashed))
		return false;
	sk = find_socket(flow);
	if (!sk)
		return false;
	/* TIME_WAIT answers only what comes from the mapped address. */
	live = sk_fullsock(sk);
	sock_gen_put(sk);
	return live;
}

/*
 * conntrack's patience with a half-closed or silent connection is shorter than
 * TCP's. While there is a socket, the entry is kept.
 */
static void keep_entry(struct nf_conn *ct)
{
	WRITE_ONCE(ct->timeout, nfct_time_stamp + ENTRY_KEEP);
}

/*
 * Nothing seems to be left that could send. But a socket leaves the kernel's
 * table a moment before its last reset leaves the socket, so the record stays
 * for one interval more.
 */
static void retire(struct mprox_flow *flow)
{
	if (flow->vacant)
		mprox_account_close_locked(flow);
	flow->vacant = true;
}

static void visit(struct mprox_flow *flow)
{
	struct nf_conn *ct = flow->ct;

	/* A handshake watches over itself. */
	if (READ_ONCE(flow->hs))
		return;
	if (!ct || READ_ONCE(flow->error)) {
		retire(flow);
	} else if (is_forgotten(ct)) {
		abort_socket(flow);
		retire(flow);
	} else if (mprox_account_is_over(ct)) {
		if (!has_live_socket(flow))
			retire(flow);
		else if (nf_ct_expires(ct) < ENTRY_LOW)
			keep_entry(ct);
	} else if (nf_ct_expires(ct) < ENTRY_LOW && has_live_socket(flow)) {
		keep_entry(ct);
	}
}

/*
 * One pass. Only closing removes from the list, and gc_lock makes us the only
 * ones who close; so a flow that we hold stays linked and its next is good.
 */
static void walk_flows(struct mprox_ctx *ctx, const struct net *net,
			  void (*fn)(struct mprox_flow *flow))
{
	struct mprox_flow *flow, *next;

	mutex_lock(&ctx->gc_lock);
	rcu_read_lock();
	flow = list_first_or_null_rcu(&ctx->flows, struct mprox_flow, ctx_node);
	while (flow) {
		refcount_inc(&flow->refs);
		rcu_read_unlock();
		cond_resched();
		rcu_read_lock();
		next = list_next_or_null_rcu(&ctx->flows, &flow->ctx_node,
					     struct mprox_flow, ctx_node);
		rcu_read_unlock();
		if (!net || flow->key.net == net)
			fn(flow);
		mprox_flow_put(flow);
		rcu_read_lock();
		flow = next;
	}
	rcu_read_unlock();
	mutex_unlock(&ctx->gc_lock);
}

void mprox_flow_gc_arm(struct mprox_ctx *ctx)
{
	queue_delayed_work(mprox_wq, &ctx->gc_work, GC_INTERVAL);
}

void mprox_flow_gc(struct work_struct *work)
{
	struct mprox_ctx *ctx = container_of(to_delayed_work(work),
					     struct mprox_ctx, gc_work);

	walk_flows(ctx, NULL, visit);
	/* Each flow has a reference on ctx, so it is alive if there is one. */
	if (!list_empty(&ctx->flows))
		mprox_flow_gc_arm(ctx);
}

static void abort_one(struct mprox_flow *flow)
{
	if (READ_ONCE(flow->hs))
		mprox_hs_fail(flow, ECONNABORTED, true);
	else
		abort_socket(flow);
}

static void abort_ctx(struct mprox_ctx *ctx, void *arg)
{
	walk_flows(ctx, NULL, abort_one);
}

void mprox_flow_abort_all(void)
{
	for (;;) {
		mprox_ctx_for_each(abort_ctx, NULL);
		/* What has failed is now told to its socket. */
		flush_workqueue(mprox_wq);
		if (!atomic_read(&mprox_nr_handshakes))
			break;
		/* One has moved to a flow that we had passed by (hs_cross.c). */
		msleep(20);
	}
}

static void purge_ctx(struct mprox_ctx *ctx, void *arg)
{
	walk_flows(ctx, arg, mprox_account_close_locked);
}

void mprox_flow_purge(const struct net *net)
{
	mprox_ctx_for_each(purge_ctx, (void *)net);
	/* The callbacks put conntrack entries and contexts ... */
	rcu_barrier();
	/* ... whose work takes the hooks down ... */
	flush_workqueue(mprox_wq);
	/* ... and frees them. */
	rcu_barrier();
}

void mprox_flow_drain(void)
{
	mprox_flow_purge(NULL);
	/* A timer or a work that was running then may hold the last reference. */
	while (atomic_read(&mprox_nr_flows) ||
	       atomic_read(&mprox_nr_contexts)) {
		msleep(20);
		flush_workqueue(mprox_wq);
	}
	/* The callbacks that counted down have returned after this. */
	rcu_barrier();
}
