// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "context.h"

#include <linux/module.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <linux/mutex_proxy.h>
#include "dns_log.h"
#include "flow.h"
#include "names.h"
#include "net.h"
#include "netdev.h"
#include "probe.h"
#include "scope.h"

atomic_t mprox_nr_enabled = ATOMIC_INIT(0);
atomic_t mprox_nr_contexts = ATOMIC_INIT(0);

/* Protects the registry below. Process context. */
static DEFINE_MUTEX(mprox_ctx_mutex);
static LIST_HEAD(mprox_ctx_list);
static u32 mprox_ctx_last_id;

/* Process context, and no hook is left that could have found it. */
static void free_context(struct work_struct *work)
{
	struct mprox_ctx *ctx = container_of(to_rcu_work(work),
					     struct mprox_ctx, rcu_work);

	pr_debug("context %u freed\n", ctx->id);
	mprox_policy_put(rcu_dereference_protected(ctx->policy, true));
	mprox_dns_log_free(ctx);
	mprox_names_free(ctx->names);
	kfree(ctx);
	atomic_dec(&mprox_nr_contexts);
}

/*
 * The last reference is gone: no user, so no hook can find it any more, and no
 * flow. Runs in process context because the namespace's hooks may go with it.
 */
static void free_work(struct work_struct *work)
{
	struct mprox_ctx *ctx = container_of(work, struct mprox_ctx, free_work);

	/* Its handler holds no reference, but rearms only while flows exist. */
	cancel_delayed_work_sync(&ctx->gc_work);
	cancel_delayed_work_sync(&ctx->probe_work);
	mutex_lock(&mprox_ctx_mutex);
	list_del(&ctx->node);
	mutex_unlock(&mprox_ctx_mutex);
	if (ctx->routed)
		mprox_netdev_put(ctx->net);
	if (ctx->armed)
		mprox_net_disarm(ctx->net);
	/* The namespace may go from here on; see net_exit(). */
	atomic_dec(&mprox_net(ctx->net)->contexts);
	/* A hook may still read what it found before unpublishing. */
	queue_rcu_work(mprox_wq, &ctx->rcu_work);
}

void mprox_ctx_put(struct mprox_ctx *ctx)
{
	if (refcount_dec_and_test(&ctx->refs))
		queue_work(mprox_wq, &ctx->free_work);
}

/* Nobody holds the file and no member is left: no one can race here. */
static void end_of_users(struct mprox_ctx *ctx)
{
	struct net *net = ctx->net;

	if (ctx->scope == MUTEX_PROXY_SCOPE_GLOBAL)
		mprox_net_del_global(ctx);
	if (ctx->enabled) {
		WRITE_ONCE(ctx->enabled, false);
		atomic_dec(&mprox_nr_enabled);
	}
	mprox_dns_log_end(ctx);
	/*
	 * In this order: the namespace's exit waits for the work that the last
	 * reference queues, so it must be queued before the exit can begin.
	 */
	mprox_ctx_put(ctx);
	put_net(net);
	/*
	 * Our text is safe until we return: module exit waits for the probes
	 * (tracepoint_synchronize_unregister()) and for the workqueue.
	 */
	module_put(THIS_MODULE);
}

static void end_work(struct work_struct *work)
{
	end_of_users(container_of(work, struct mprox_ctx, end_work));
}

struct mprox_ctx *mprox_ctx_create(struct net *net, u32 flags, bool privileged)
{
	struct mprox_ctx *ctx;

	if (atomic_inc_return(&mprox_nr_contexts) > MPROX_MAX_CONTEXTS) {
		atomic_dec(&mprox_nr_contexts);
		return ERR_PTR(-ENOMEM);
	}
	ctx = kzalloc(sizeof(*ctx), GFP_KERNEL_ACCOUNT);
	if (!ctx) {
		atomic_dec(&mprox_nr_contexts);
		return ERR_PTR(-ENOMEM);
	}
	refcount_set(&ctx->refs, 1);
	refcount_set(&ctx->users, 1);
	ctx->scope = flags & MUTEX_PROXY_GLOBAL ? MUTEX_PROXY_SCOPE_GLOBAL :
						  MUTEX_PROXY_SCOPE_TREE;
	ctx->cloexec = flags & MUTEX_PROXY_CLOEXEC;
	ctx->privileged = privileged;
	ctx->net = get_net(net);
	atomic_inc(&mprox_net(net)->contexts);
	mutex_init(&ctx->lock);
	mutex_init(&ctx->gc_lock);
	spin_lock_init(&ctx->flow_lock);
	INIT_LIST_HEAD(&ctx->members);
	INIT_LIST_HEAD(&ctx->net_node);
	INIT_LIST_HEAD(&ctx->flows);
	INIT_WORK(&ctx->end_work, end_work);
	INIT_WORK(&ctx->free_work, free_work);
	INIT_RCU_WORK(&ctx->rcu_work, free_context);
	INIT_DELAYED_WORK(&ctx->gc_work, mprox_flow_gc);
	INIT_DELAYED_WORK(&ctx->probe_work, mprox_probe_all);
	/*
	 * The file pins the module through fops.owner, but a member process
	 * may outlive it, and while it lives its traffic must stay in the hooks.
	 */
	__module_get(THIS_MODULE);

	mutex_lock(&mprox_ctx_mutex);
	ctx->id = ++mprox_ctx_last_id;
	list_add(&ctx->node, &mprox_ctx_list);
	mutex_unlock(&mprox_ctx_mutex);
	if (ctx->scope == MUTEX_PROXY_SCOPE_GLOBAL)
		mprox_net_add_global(ctx);
	pr_debug("context %u created\n", ctx->id);
	return ctx;
}

void mprox_ctx_put_user(struct mprox_ctx *ctx)
{
	if (refcount_dec_and_test(&ctx->users))
		end_of_users(ctx);
}

/*
 * The last user may be a process that exits, seen from a tracepoint: there the
 * locks of PREEMPT_RT must not be waited for. Others need not wait for a work.
 */
void mprox_ctx_put_user_atomic(struct mprox_ctx *ctx)
{
	if (!refcount_dec_and_test(&ctx->users))
		return;
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		queue_work(mprox_wq, &ctx->end_work);
	else
		end_of_users(ctx);
}

/* ctx->lock held. */
static int arm(struct mprox_ctx *ctx)
{
	int err;

	lockdep_assert_held(&ctx->lock);
	if (ctx->armed)
		return 0;
	err = mprox_net_arm(ctx->net);
	ctx->armed = !err;
	return err;
}

int mprox_ctx_need_netdev(struct mprox_ctx *ctx)
{
	int err;

	mutex_lock(&ctx->lock);
	/* The hooks first: they keep strangers from the device. */
	err = arm(ctx);
	if (!err && !ctx->routed) {
		err = mprox_netdev_get(ctx->net);
		ctx->routed = !err;
	}
	mutex_unlock(&ctx->lock);
	return err;
}

int mprox_ctx_enable(struct mprox_ctx *ctx)
{
	int err;

	mutex_lock(&ctx->lock);
	if (!rcu_access_pointer(ctx->policy)) {
		err = -ENODATA;
		goto out;
	}
	err = arm(ctx);
	if (err)
		goto out;
	if (!ctx->enabled) {
		atomic_inc(&mprox_nr_enabled);
		WRITE_ONCE(ctx->enabled, true);
	}
	mprox_probe_arm(ctx);
out:
	mutex_unlock(&ctx->lock);
	return err;
}

void mprox_ctx_disable(struct mprox_ctx *ctx)
{
	mutex_lock(&ctx->lock);
	if (ctx->enabled) {
		WRITE_ONCE(ctx->enabled, false);
		atomic_dec(&mprox_nr_enabled);
	}
	mutex_unlock(&ctx->lock);
}

/* A policy that fakes names needs a table of them. ctx->lock held. */
static int need_names(struct mprox_ctx *ctx, const struct mprox_policy *policy)
{
	struct mprox_names *names;

	lockdep_assert_held(&ctx->lock);
	if (!policy->dns.capacity || ctx->names)
		return 0;
	names = mprox_names_alloc();
	if (!names)
		return -ENOMEM;
	/* Whoever finds the policy finds the table: rcu_replace_pointer(). */
	ctx->names = names;
	return 0;
}

int mprox_ctx_set_policy(struct mprox_ctx *ctx, struct mprox_policy *policy)
{
	int err;

	mutex_lock(&ctx->lock);
	err = need_names(ctx, policy);
	if (!err) {
		policy = rcu_replace_pointer(ctx->policy, policy,
					     lockdep_is_held(&ctx->lock));
		WRITE_ONCE(ctx->udp_refused_until, 0);
		mprox_probe_arm(ctx);
	}
	mutex_unlock(&ctx->lock);
	if (!err)
		mprox_policy_put_rcu(policy);
	return err;
}

int mprox_ctx_set_config(struct mprox_ctx *ctx,
			 const struct mutex_proxy_config *uc)
{
	struct mprox_policy *policy, *old;

	mutex_lock(&ctx->lock);
	old = rcu_dereference_protected(ctx->policy,
					lockdep_is_held(&ctx->lock));
	policy = mprox_policy_from_config(ctx->net, uc, old);
	if (!IS_ERR(policy))
		rcu_assign_pointer(ctx->policy, policy);
	mutex_unlock(&ctx->lock);
	if (IS_ERR(policy))
		return PTR_ERR(policy);
	mprox_policy_put_rcu(old);
	return 0;
}

int mprox_ctx_get_config(struct mprox_ctx *ctx, struct mutex_proxy_config *uc)
{
	int err;

	rcu_read_lock();
	err = mprox_policy_to_config(rcu_dereference(ctx->policy), uc);
	rcu_read_unlock();
	return err;
}

int mprox_ctx_set_scope(struct mprox_ctx *ctx, u32 scope)
{
	int err = 0;

	mutex_lock(&ctx->lock);
	if (ctx->enabled || ctx->scope == MUTEX_PROXY_SCOPE_GLOBAL)
		err = -EBUSY;
	else
		WRITE_ONCE(ctx->scope, scope);
	mutex_unlock(&ctx->lock);
	return err;
}

void mprox_ctx_for_each(void (*fn)(struct mprox_ctx *ctx, void *arg), void *arg)
{
	struct mprox_ctx *ctx;

	mutex_lock(&mprox_ctx_mutex);
	list_for_each_entry(ctx, &mprox_ctx_list, node)
		fn(ctx, arg);
	mutex_unlock(&mprox_ctx_mutex);
}
