// SPDX-License-Identifier: GPL-2.0
#include "flow.h"

#include <linux/cache.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <net/dst.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/sock.h>
#include "assoc.h"
#include "attempt.h"
#include "handshake.h"
#include "known.h"
#include "names.h"
#include "net.h"
#include "translation.h"
#include "user.h"
#include "warn.h"

/* Written by each connect(), and read by packets that have nothing to do with it. */
atomic_t mprox_nr_flows __cacheline_aligned_in_smp = ATOMIC_INIT(0);
atomic_t mprox_nr_handshakes __cacheline_aligned_in_smp = ATOMIC_INIT(0);

static struct kmem_cache *flow_cache;
static struct kmem_cache *hs_cache;
static struct rhashtable flows;

/* Keyed by a random seed of its own (jhash2), as rhashtable does by default. */
static const struct rhashtable_params flow_params = {
	.key_len = sizeof(struct mprox_key),
	.key_offset = offsetof(struct mprox_flow, key),
	.head_offset = offsetof(struct mprox_flow, node),
	.automatic_shrinking = true,
};

void mprox_flow_leave_server(struct mprox_flow *flow)
{
	if (flow->share)
		mprox_share_leave(flow->share);
	flow->share = NULL;
}

static void free_rcu(struct rcu_head *rcu)
{
	struct mprox_flow *flow = container_of(rcu, struct mprox_flow, rcu);

	/* Readers of statistics use ct under RCU, so it goes only now. */
	if (flow->ct)
		nf_ct_put(flow->ct);
	mprox_flow_leave_server(flow);
	if (flow->name)
		mprox_names_release(flow->ctx->names, flow->name);
	mprox_translation_put(flow->translation);
	mprox_ctx_put(flow->ctx);
	kmem_cache_free(flow_cache, flow);
	atomic_dec(&mprox_nr_flows);
}

void mprox_flow_put(struct mprox_flow *flow)
{
	if (refcount_dec_and_test(&flow->refs))
		call_rcu(&flow->rcu, free_rcu);
}

struct mprox_flow *mprox_flow_find(const struct mprox_key *key)
{
	struct mprox_flow *flow;

	rcu_read_lock();
	flow = rhashtable_lookup(&flows, key, flow_params);
	if (flow && !refcount_inc_not_zero(&flow->refs))
		flow = NULL;
	rcu_read_unlock();
	return flow;
}

void mprox_hs_free(struct mprox_hs *hs)
{
	if (!hs)
		return;
	if (hs->dst)
		dst_release(hs->dst);
	if (hs->sk)
		sock_put(hs->sk);
	mprox_policy_put(hs->policy);
	mprox_bind_put(hs->bind);
	mprox_assoc_put(hs->assoc);
	kfree_sensitive(hs->out);
	mprox_user_release(hs->user, MPROX_QUOTA_HANDSHAKES);
	kmem_cache_free(hs_cache, hs);
	atomic_dec(&mprox_nr_handshakes);
}

/* The port is looked at on the way in as long as it counts. */
static void count_handshake(const struct mprox_flow *flow)
{
	atomic_inc(mprox_net_slot(mprox_net(flow->key.net), flow->key.lport));
}

void mprox_flow_give_hs(struct mprox_flow *flow, struct mprox_hs *hs)
{
	lockdep_assert_held(&flow->lock);
	count_handshake(flow);
	flow->hs = hs;
}

struct mprox_hs *mprox_flow_take_hs(struct mprox_flow *flow)
{
	struct mprox_hs *hs = flow->hs;

	lockdep_assert_held(&flow->lock);
	if (!hs)
		return NULL;
	if (flow->share)
		mprox_attempt_end_trial(flow);
	flow->hs = NULL;
	atomic_dec(mprox_net_slot(mprox_net(flow->key.net), flow->key.lport));
	/* An armed timer owns a reference; ours may not be the last. */
	if (timer_delete(&flow->timer))
		mprox_flow_put(flow);
	return hs;
}

struct nf_conn *mprox_flow_take_ct(struct mprox_flow *flow, struct nf_conn *ct)
{
	struct nf_conn *old = flow->ct;

	lockdep_assert_held(&flow->lock);
	nf_conntrack_get(&ct->ct_general);
	WRITE_ONCE(flow->ct, ct);
	return old;
}

void mprox_flow_unhash(struct mprox_flow *flow)
{
	bool hashed;

	spin_lock_bh(&flow->lock);
	hashed = flow->hashed;
	flow->hashed = false;
	spin_unlock_bh(&flow->lock);
	if (hashed)
		rhashtable_remove_fast(&flows, &flow->node, flow_params);
	if (flow->translation)
		mprox_translation_end(flow->translation);
}

const struct mprox_key *mprox_flow_asked(const struct mprox_flow *flow)
{
	return flow->translation ? &flow->translation->asked : &flow->key;
}

void mprox_flow_forget(struct mprox_flow *flow)
{
	mprox_hs_fail(flow, ECONNABORTED, true);
	mprox_flow_unhash(flow);
	if (flow->ct && nf_ct_is_confirmed(flow->ct))
		nf_ct_kill(flow->ct);
}

void mprox_flow_remove(struct mprox_flow *flow)
{
	struct mprox_ctx *ctx = flow->ctx;
	bool listed;

	mprox_flow_unhash(flow);
	spin_lock_bh(&ctx->flow_lock);
	listed = flow->ctx_node.prev != LIST_POISON2;
	if (listed)
		list_del_rcu(&flow->ctx_node);
	spin_unlock_bh(&ctx->flow_lock);
	if (listed)
		mprox_flow_put(flow);
}

struct mprox_flow *mprox_flow_alloc_record(struct mprox_ctx *ctx,
					   const struct mprox_key *key)
{
	struct mprox_flow *flow;

	flow = kmem_cache_zalloc(flow_cache, GFP_ATOMIC);
	if (!flow)
		return NULL;
	/* Found under RCU: its last user may have gone meanwhile. */
	if (!refcount_inc_not_zero(&ctx->refs)) {
		kmem_cache_free(flow_cache, flow);
		return NULL;
	}
	flow->key = *key;
	flow->ctx = ctx;
	refcount_set(&flow->refs, 1);
	spin_lock_init(&flow->lock);
	timer_setup(&flow->timer, mprox_hs_timer, 0);
	INIT_WORK(&flow->work, mprox_hs_work);
	atomic_inc(&mprox_nr_flows);
	return flow;
}

struct mprox_flow *mprox_flow_alloc(struct mprox_ctx *ctx,
				    const struct mprox_key *key)
{
	struct mprox_user *user;
	struct mprox_flow *flow;
	struct mprox_hs *hs;

	if (atomic_inc_return(&mprox_nr_handshakes) > MPROX_MAX_HANDSHAKES) {
		mprox_warn_bound("connections in handshake",
				 MPROX_MAX_HANDSHAKES);
		goto err_count;
	}
	user = mprox_user_charge_current(MPROX_QUOTA_HANDSHAKES);
	if (IS_ERR(user))
		goto err_count;
	hs = kmem_cache_zalloc(hs_cache, GFP_ATOMIC);
	if (!hs)
		goto err_user;
	hs->user = user;
	flow = mprox_flow_alloc_record(ctx, key);
	if (!flow)
		goto err_free_hs;
	flow->hs = hs;
	return flow;

err_free_hs:
	kmem_cache_free(hs_cache, hs);
err_user:
	mprox_user_release(user, MPROX_QUOTA_HANDSHAKES);
err_count:
	atomic_dec(&mprox_nr_handshakes);
	return NULL;
}

/*
 * The record of an earlier connection with the same addresses and ports may
 * still be there, until the collector comes by. The program has reused the
 * port, so its socket is gone: the record only counts from here on.
 */
static bool hash_flow(struct mprox_flow *flow)
{
	struct mprox_flow *old;
	int tries;

	for (tries = 0; tries < 2; tries++) {
		old = rhashtable_lookup_get_insert_fast(&flows, &flow->node,
							flow_params);
		if (IS_ERR(old))
			return false;
		if (!old)
			return true;
		/* Still under RCU since the lookup: the caller sees to that. */
		if (READ_ONCE(old->hs) || !refcount_inc_not_zero(&old->refs))
			return false;
		mprox_flow_unhash(old);
		mprox_flow_put(old);
	}
	return false;
}

bool mprox_flow_publish(struct mprox_flow *flow)
{
	struct mprox_ctx *ctx = flow->ctx;
	bool hashed;

	/* All of this first: once in the table, others may end the handshake. */
	if (flow->hs) {
		count_handshake(flow);
		atomic64_inc(&ctx->total);
	}
	refcount_inc(&flow->refs);	/* the list's */
	flow->hashed = true;
	spin_lock_bh(&ctx->flow_lock);
	list_add_rcu(&flow->ctx_node, &ctx->flows);
	spin_unlock_bh(&ctx->flow_lock);

	rcu_read_lock();
	hashed = hash_flow(flow);
	rcu_read_unlock();
	if (!hashed) {
		struct mprox_hs *hs;

		/* Without a handshake or an entry the collector takes it. */
		spin_lock_bh(&flow->lock);
		if (flow->hs)
			atomic64_dec(&ctx->total);
		flow->hashed = false;
		hs = mprox_flow_take_hs(flow);
		spin_unlock_bh(&flow->lock);
		mprox_hs_free(hs);
	}
	mprox_flow_gc_arm(ctx);
	return hashed;
}

void mprox_flow_arm(struct mprox_flow *flow, unsigned long delay)
{
	lockdep_assert_held(&flow->lock);
	if (!flow->hs)
		return;
	if (!mod_timer(&flow->timer, jiffies + delay))
		refcount_inc(&flow->refs);
}

void mprox_flow_queue(struct mprox_flow *flow)
{
	lockdep_assert_held(&flow->lock);
	if (flow->hs && queue_work(mprox_wq, &flow->work))
		refcount_inc(&flow->refs);
}

int mprox_flow_init(void)
{
	int err = -ENOMEM;

	flow_cache = kmem_cache_create("mprox_flow", sizeof(struct mprox_flow),
				       0, SLAB_HWCACHE_ALIGN | SLAB_ACCOUNT,
				       NULL);
	if (!flow_cache)
		return -ENOMEM;
	hs_cache = kmem_cache_create("mprox_handshake", sizeof(struct mprox_hs),
				     0, SLAB_ACCOUNT, NULL);
	if (!hs_cache)
		goto err_flow_cache;
	err = rhashtable_init(&flows, &flow_params);
	if (err)
		goto err_hs_cache;
	return 0;

err_hs_cache:
	kmem_cache_destroy(hs_cache);
err_flow_cache:
	kmem_cache_destroy(flow_cache);
	return err;
}

/* Every flow has been purged and rcu_barrier() has returned. */
void mprox_flow_exit(void)
{
	rhashtable_destroy(&flows);
	kmem_cache_destroy(hs_cache);
	kmem_cache_destroy(flow_cache);
}

#ifdef CONFIG_KUNIT
#include "kunit/flow_test.c"
#endif
