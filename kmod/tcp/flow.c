// SPDX-License-Identifier: GPL-2.0
#include "tcp/flow.h"

#include <linux/cache.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <net/dst.h>
#include <net/sock.h>
#include <net/tcp.h>
#include <trace/events/sock.h>
#include "family/translation.h"
#include "names/names.h"
#include "report/warn.h"
#include "scope/net.h"
#include "scope/user.h"
#include "servers/known.h"
#include "stack/tracepoints.h"
#include "tcp/attempt.h"
#include "tcp/count.h"
#include "tcp/handshake.h"
#include "tcp/tell.h"

/* Written by each connect(), and read by packets that have nothing to do with it. */
atomic_t mprox_nr_flows __cacheline_aligned_in_smp = ATOMIC_INIT(0);
atomic_t mprox_nr_handshakes __cacheline_aligned_in_smp = ATOMIC_INIT(0);

static struct kmem_cache *flow_cache;
static struct kmem_cache *hs_cache;
static struct rhashtable flows;

/* Keyed by a random seed of its own (jhash2), as rhashtable does by default. */
static const struct rhashtable_params flow_params = {
	.key_len = sizeof_field(struct mprox_flow, sk),
	.key_offset = offsetof(struct mprox_flow, sk),
	.head_offset = offsetof(struct mprox_flow, node),
	.automatic_shrinking = true,
};

void mprox_flow_leave_server(struct mprox_flow *flow)
{
	if (flow->share)
		mprox_share_leave(flow->share);
	flow->share = NULL;
}

static void flow_free_rcu(struct rcu_head *rcu)
{
	struct mprox_flow *flow = container_of(rcu, struct mprox_flow, rcu);

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
		call_rcu(&flow->rcu, flow_free_rcu);
}

struct mprox_flow *mprox_flow_of(const struct sock *sk)
{
	struct mprox_flow *flow;

	if (!atomic_read(&mprox_nr_flows))
		return NULL;
	rcu_read_lock();
	flow = rhashtable_lookup(&flows, &sk, flow_params);
	if (flow && !refcount_inc_not_zero(&flow->refs))
		flow = NULL;
	rcu_read_unlock();
	return flow;
}

/* Nobody can find the handshake any more, and no timer or work of it is left. */
static void hs_free_rcu(struct rcu_head *rcu)
{
	struct mprox_hs *hs = container_of(rcu, struct mprox_hs, rcu);

	if (hs->wire.dst)
		dst_release(hs->wire.dst);
	if (hs->sk)
		sock_put(hs->sk);
	mprox_policy_put(hs->policy);
	if (hs->errand)
		hs->errand->ops->put(hs->errand);
	kfree_sensitive(hs->attempt.out);
	mprox_actor_put(&hs->actor);
	mprox_user_release(hs->user, MPROX_QUOTA_HANDSHAKES);
	mprox_flow_put(hs->flow);
	kmem_cache_free(hs_cache, hs);
	atomic_dec(&mprox_nr_handshakes);
}

void mprox_hs_put(struct mprox_hs *hs)
{
	if (hs && refcount_dec_and_test(&hs->refs))
		call_rcu(&hs->rcu, hs_free_rcu);
}

struct mprox_hs *mprox_flow_take_hs(struct mprox_flow *flow)
{
	struct mprox_hs *hs = mprox_flow_hs(flow);

	lockdep_assert_held(&flow->lock);
	if (!hs)
		return NULL;
	if (flow->share)
		mprox_attempt_end_trial(flow);
	mprox_hs_forget_ends(hs);
	RCU_INIT_POINTER(flow->hs, NULL);
	/* The armed timer has a reference; ours is not the last. */
	if (timer_delete(&hs->timer))
		mprox_hs_put(hs);
	return hs;
}

/*
 * @last: the socket's figures, if it has ended; NULL: they do not count. False: somebody
 * else has been here before.
 */
static bool unlink(struct mprox_flow *flow, const struct mprox_counters *last)
{
	struct mprox_ctx *ctx = flow->ctx;
	unsigned long irq;
	bool listed;

	raw_spin_lock_irqsave(&ctx->flows.lock, irq);
	listed = flow->listed;
	flow->listed = false;
	if (listed) {
		write_seqcount_begin(&ctx->flows.seq);
		list_del_rcu(&flow->ctx_node);
		if (last)
			mprox_counters_add(&ctx->flows.ended, last);
		write_seqcount_end(&ctx->flows.seq);
	}
	raw_spin_unlock_irqrestore(&ctx->flows.lock, irq);
	if (test_and_clear_bit(MPROX_FLOW_HASHED, &flow->hashed))
		rhashtable_remove_fast(&flows, &flow->node, flow_params);
	if (!listed)
		return false;
	if (flow->translation)
		mprox_translation_end(flow->translation);
	mprox_flow_put(flow);
	return true;
}

void mprox_flow_remove(struct mprox_flow *flow)
{
	unlink(flow, NULL);
}

/* Whoever waits for the handshake's end hears of it now, and not at the next look. */
static void flow_kick(struct mprox_flow *flow)
{
	struct mprox_hs *hs = rcu_dereference(flow->hs);

	if (!hs || !refcount_inc_not_zero(&hs->refs))
		return;
	/* It had been armed before: then that has its own reference. */
	if (mod_timer(&hs->timer, jiffies))
		mprox_hs_put(hs);
}

void mprox_flow_closed(const struct sock *sk)
{
	struct mprox_counters last;
	struct mprox_flow *flow = mprox_flow_of(sk);

	if (!flow)
		return;
	if (!flow->in_call) {
		mprox_counters_of(&last, sk);
		rcu_read_lock();
		flow_kick(flow);
		rcu_read_unlock();
		if (unlink(flow, flow->is_query ? NULL : &last))
			mprox_tell_closed(flow, sk, &last);
	}
	mprox_flow_put(flow);
}

/*
 * The exact end of a connection: whatever becomes of a socket after it, it is another
 * one's.
 */
static void probe_state(void *data, const struct sock *sk, const int old,
			const int new)
{
	if (new == TCP_CLOSE && sk->sk_protocol == IPPROTO_TCP)
		mprox_flow_closed(sk);
}

static struct mprox_tracepoint flow_probes[] = {
	{ .name = "inet_sock_set_state", .fn = probe_state },
};

int mprox_flow_watch(void)
{
	/* A probe of the wrong type would compile, but for this line. */
	check_trace_callback_type_inet_sock_set_state(probe_state);

	return mprox_tracepoints_register(flow_probes, ARRAY_SIZE(flow_probes));
}

void mprox_flow_unwatch(void)
{
	mprox_tracepoints_unregister(flow_probes, ARRAY_SIZE(flow_probes));
}

struct mprox_flow *mprox_flow_alloc_record(struct mprox_ctx *ctx,
					   const struct sock *sk,
					   const struct mprox_addr *asked, gfp_t gfp)
{
	struct mprox_flow *flow;

	flow = kmem_cache_zalloc(flow_cache, gfp);
	if (!flow)
		return NULL;
	/* Found under RCU: its last user may have gone meanwhile. */
	if (!refcount_inc_not_zero(&ctx->refs)) {
		kmem_cache_free(flow_cache, flow);
		return NULL;
	}
	flow->sk = sk;
	flow->asked = *asked;
	flow->ctx = ctx;
	flow->since_ns = ktime_get_ns();
	refcount_set(&flow->refs, 1);
	spin_lock_init(&flow->lock);
	atomic_inc(&mprox_nr_flows);
	return flow;
}

static struct mprox_hs *hs_alloc(struct mprox_user *user, gfp_t gfp)
{
	struct mprox_hs *hs = kmem_cache_zalloc(hs_cache, gfp);

	if (!hs)
		return NULL;
	hs->user = user;
	refcount_set(&hs->refs, 1);
	timer_setup(&hs->timer, mprox_hs_timer, 0);
	INIT_WORK(&hs->work, mprox_hs_work);
	return hs;
}

struct mprox_flow *mprox_flow_alloc(struct mprox_ctx *ctx, const struct sock *sk,
				    const struct mprox_addr *asked, gfp_t gfp)
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
	hs = hs_alloc(user, gfp);
	if (!hs)
		goto err_user;
	flow = mprox_flow_alloc_record(ctx, sk, asked, gfp);
	if (!flow)
		goto err_free_hs;
	hs->flow = flow;
	refcount_inc(&flow->refs);
	RCU_INIT_POINTER(flow->hs, hs);
	return flow;

err_free_hs:
	kmem_cache_free(hs_cache, hs);
err_user:
	mprox_user_release(user, MPROX_QUOTA_HANDSHAKES);
err_count:
	atomic_dec(&mprox_nr_handshakes);
	return NULL;
}

/* A socket has one connection at a time: what an earlier one has left is over. */
static bool hash_flow(struct mprox_flow *flow)
{
	struct mprox_flow *old;
	int tries, err;

	set_bit(MPROX_FLOW_HASHED, &flow->hashed);
	for (tries = 0; tries < 2; tries++) {
		err = rhashtable_lookup_insert_fast(&flows, &flow->node,
						    flow_params);
		if (!err)
			return true;
		old = err == -EEXIST ? mprox_flow_of(flow->sk) : NULL;
		if (old) {
			mprox_hs_abort(old);
			mprox_flow_remove(old);
			mprox_flow_put(old);
		} else if (err != -EEXIST) {
			break;
		}
	}
	clear_bit(MPROX_FLOW_HASHED, &flow->hashed);
	return false;
}

bool mprox_flow_publish(struct mprox_flow *flow)
{
	struct mprox_ctx *ctx = flow->ctx;
	unsigned long irq;

	if (!hash_flow(flow))
		return false;
	if (mprox_flow_hs(flow))
		flow->id = atomic64_inc_return(&ctx->flows.total);
	refcount_inc(&flow->refs);	/* the list's */
	raw_spin_lock_irqsave(&ctx->flows.lock, irq);
	list_add_rcu(&flow->ctx_node, &ctx->flows.list);
	flow->listed = true;
	raw_spin_unlock_irqrestore(&ctx->flows.lock, irq);
	return true;
}

void mprox_flow_arm(struct mprox_flow *flow, unsigned long delay)
{
	struct mprox_hs *hs = mprox_flow_hs(flow);

	lockdep_assert_held(&flow->lock);
	if (hs && !mod_timer(&hs->timer, jiffies + delay))
		refcount_inc(&hs->refs);
}

void mprox_flow_queue(struct mprox_flow *flow)
{
	struct mprox_hs *hs = mprox_flow_hs(flow);

	lockdep_assert_held(&flow->lock);
	if (hs && queue_work(mprox_wq, &hs->work))
		refcount_inc(&hs->refs);
}

int mprox_flow_init(void)
{
	int err = -ENOMEM;

	flow_cache = kmem_cache_create("mprox_flow", sizeof(struct mprox_flow),
				       0, SLAB_ACCOUNT, NULL);
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
#include "tcp/flow_test.c"
#endif
