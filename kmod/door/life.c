// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "door/life.h"

#include <linux/delay.h>
#include <linux/file.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <linux/mutex_proxy.h>
#include "compat/timer.h"
#include "door/alerts.h"
#include "family/translation.h"
#include "gate/arm.h"
#include "names/dns_log.h"
#include "names/names.h"
#include "policy/policy.h"
#include "policy/probing.h"
#include "report/events.h"
#include "report/warn.h"
#include "scope/kernel_sock.h"
#include "scope/net.h"
#include "scope/scope.h"
#include "scope/user.h"
#include "stack/netdev.h"
#include "tcp/flow.h"

void mprox_ctx_tell_change(struct mprox_ctx *ctx, u16 change)
{
	const struct mprox_event event = {
		.kind = MUTEX_PROXY_EVENT_POLICY,
		.reason = change,
		.uid = current_uid(),
		.has_uid = true,
		.by_current = true,
	};

	if (mprox_events_wanted(ctx->events, MUTEX_PROXY_EVENT_POLICY))
		mprox_events_tell(ctx->events, &event);
}

/* Process context, and no hook is left that could have found it. */
static void free_context(struct work_struct *work)
{
	struct mprox_ctx *ctx = container_of(to_rcu_work(work),
					     struct mprox_ctx, life.rcu_work);

	pr_debug("context %u freed\n", ctx->id);
	mprox_policy_put(rcu_dereference_protected(ctx->policy, true));
	mprox_dns_log_free(ctx);
	mprox_events_put(ctx->events);
	mprox_names_free(ctx->names);
	mprox_identity_drop(&ctx->identity);
	mprox_user_release(ctx->user, MPROX_QUOTA_CONTEXTS);
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

	cancel_delayed_work_sync(&ctx->probe_work);
	timer_delete_sync(&ctx->news_timer);
	mprox_ctx_unlist(ctx);
	mprox_alerts_free(ctx);
	if (ctx->life.routed)
		mprox_netdev_put(ctx->net);
	if (ctx->life.armed)
		mprox_disarm(ctx->net);
	/* The namespace may go from here on; see life_net_exit(). */
	atomic_dec(&mprox_net(ctx->net)->contexts);
	/* A hook may still read what it found before unpublishing. */
	queue_rcu_work(mprox_wq, &ctx->life.rcu_work);
}

/*
 * What a global scope refuses is counted by mprox_nr_enabled as long as it does so.
 * The seal comes before the end of what it seals: nobody finds neither.
 */
static bool ctx_seal(struct mprox_ctx *ctx)
{
	bool sealed;

	/* Global scopes have no members, so this is process context. */
	if (ctx->scope != MUTEX_PROXY_SCOPE_GLOBAL)
		return false;
	mutex_lock(&ctx->lock);
	sealed = ctx->locked;
	if (sealed) {
		WRITE_ONCE(ctx->sealed, true);
		smp_store_release(&ctx->enabled, false);
		mprox_ctx_tell_change(ctx, MUTEX_PROXY_CHANGE_SEALED);
		pr_warn("global scope %u is locked and has lost its holder: it refuses what it proxied until it is ended\n",
			ctx->id);
	}
	mutex_unlock(&ctx->lock);
	return sealed;
}

/* Nobody holds the file and no member is left: no one can race here. */
static void end_of_users(struct mprox_ctx *ctx)
{
	struct net *net = ctx->net;

	mprox_dns_log_end(ctx);
	while (ctx->life.nr_kept)
		fput(ctx->life.kept[--ctx->life.nr_kept]);
	if (ctx_seal(ctx)) {
		put_net(net);
		return;
	}
	mprox_events_end(ctx->events);
	mprox_kernel_peers_end(ctx);
	if (ctx->scope == MUTEX_PROXY_SCOPE_GLOBAL)
		mprox_net_del_global(ctx);
	if (ctx->enabled) {
		WRITE_ONCE(ctx->enabled, false);
		atomic_dec(&mprox_nr_enabled);
	}
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

static void wake_news(struct timer_list *timer)
{
	struct mprox_ctx *ctx = timer_container_of(ctx, timer, news_timer);

	wake_up_interruptible(&ctx->news);
}

static void ctx_init(struct mprox_ctx *ctx, struct net *net, u32 flags,
		     bool privileged)
{
	refcount_set(&ctx->refs, 1);
	refcount_set(&ctx->users, 1);
	ctx->life.files = 1;
	ctx->scope = flags & MUTEX_PROXY_GLOBAL ? MUTEX_PROXY_SCOPE_GLOBAL :
						  MUTEX_PROXY_SCOPE_TREE;
	ctx->life.cloexec = flags & MUTEX_PROXY_CLOEXEC;
	ctx->privileged = privileged;
	ctx->uid = current_uid();
	mprox_identity_take(&ctx->identity);
	ctx->net = get_net(net);
	atomic_inc(&mprox_net(net)->contexts);
	mutex_init(&ctx->lock);
	raw_spin_lock_init(&ctx->flows.lock);
	seqcount_raw_spinlock_init(&ctx->flows.seq, &ctx->flows.lock);
	init_waitqueue_head(&ctx->news);
	timer_setup(&ctx->news_timer, wake_news, 0);
	INIT_LIST_HEAD(&ctx->members);
	INIT_LIST_HEAD(&ctx->net_node);
	INIT_LIST_HEAD(&ctx->flows.list);
	INIT_WORK(&ctx->end_work, mprox_ctx_end_work);
	ctx->end_of_users = end_of_users;
	INIT_WORK(&ctx->free_work, free_work);
	INIT_RCU_WORK(&ctx->life.rcu_work, free_context);
	INIT_DELAYED_WORK(&ctx->probe_work, mprox_probing_work);
}

/* One more of the machine's and of the caller's contexts, or an errno. */
static struct mprox_user *ctx_charge(void)
{
	struct mprox_user *user = ERR_PTR(-ENOMEM);

	if (atomic_inc_return(&mprox_nr_contexts) <= MPROX_MAX_CONTEXTS)
		user = mprox_user_charge_current(MPROX_QUOTA_CONTEXTS);
	else
		mprox_warn_bound("contexts", MPROX_MAX_CONTEXTS);
	if (IS_ERR(user))
		atomic_dec(&mprox_nr_contexts);
	return user;
}

struct mprox_ctx *mprox_ctx_create(struct net *net, u32 flags, bool privileged)
{
	struct mprox_user *user = ctx_charge();
	struct mprox_ctx *ctx;
	int err = -ENOMEM;

	if (IS_ERR(user))
		return ERR_CAST(user);
	ctx = kzalloc(sizeof(*ctx), GFP_KERNEL_ACCOUNT);
	if (!ctx)
		goto err_uncharge;
	ctx->user = user;
	ctx->events = mprox_events_alloc();
	if (!ctx->events)
		goto err_free;
	err = mprox_ctx_reserve(ctx);
	if (err)
		goto err_free;
	ctx->events->context = ctx->id;
	ctx_init(ctx, net, flags, privileged);
	/*
	 * The file pins the module through fops.owner, but a member process
	 * may outlive it, and while it lives its traffic must stay in the hooks.
	 */
	__module_get(THIS_MODULE);
	if (ctx->scope == MUTEX_PROXY_SCOPE_GLOBAL)
		mprox_net_add_global(ctx);
	mprox_ctx_publish(ctx);
	pr_debug("context %u created\n", ctx->id);
	return ctx;

err_free:
	mprox_events_put(ctx->events);
	kfree(ctx);
err_uncharge:
	mprox_user_release(user, MPROX_QUOTA_CONTEXTS);
	atomic_dec(&mprox_nr_contexts);
	return ERR_PTR(err);
}

/* ctx->lock held. */
static int arm(struct mprox_ctx *ctx)
{
	int err;

	lockdep_assert_held(&ctx->lock);
	if (ctx->life.armed)
		return 0;
	err = mprox_arm(ctx->net);
	ctx->life.armed = !err;
	return err;
}

int mprox_ctx_need_netdev(struct mprox_ctx *ctx)
{
	int err;

	mutex_lock(&ctx->lock);
	/* The hooks first: they keep strangers from the device. */
	err = arm(ctx);
	if (!err && !ctx->life.routed) {
		err = mprox_netdev_get(ctx->net);
		ctx->life.routed = !err;
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
		/* Pairs with mprox_ctx_is_enabled(). */
		smp_store_release(&ctx->enabled, true);
		mprox_ctx_tell_change(ctx, MUTEX_PROXY_CHANGE_ENABLED);
	}
	mprox_probing_arm(ctx);
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
		mprox_ctx_tell_change(ctx, MUTEX_PROXY_CHANGE_DISABLED);
	}
	mutex_unlock(&ctx->lock);
}

int mprox_ctx_lock(struct mprox_ctx *ctx)
{
	int err = 0;

	mutex_lock(&ctx->lock);
	if (ctx->scope == MUTEX_PROXY_SCOPE_PROCESS)
		err = -EOPNOTSUPP;
	else if (!ctx->enabled)
		err = -EINVAL;
	else
		WRITE_ONCE(ctx->locked, true);
	if (!err)
		mprox_ctx_tell_change(ctx, MUTEX_PROXY_CHANGE_LOCKED);
	mutex_unlock(&ctx->lock);
	return err;
}

/* The reference and the module that end_of_users() has kept. Process context. */
static void ctx_unseal(struct mprox_ctx *ctx)
{
	mprox_events_end(ctx->events);
	mprox_kernel_peers_end(ctx);
	mprox_net_del_global(ctx);
	atomic_dec(&mprox_nr_enabled);
	mprox_ctx_put(ctx);
	module_put(THIS_MODULE);
}

void mprox_ctx_end(struct mprox_ctx *ctx)
{
	bool was_sealed;

	mutex_lock(&ctx->lock);
	WRITE_ONCE(ctx->locked, false);
	was_sealed = ctx->sealed;
	WRITE_ONCE(ctx->sealed, false);
	if (ctx->enabled) {
		WRITE_ONCE(ctx->enabled, false);
		atomic_dec(&mprox_nr_enabled);
	}
	mprox_ctx_tell_change(ctx, MUTEX_PROXY_CHANGE_ENDED);
	mutex_unlock(&ctx->lock);
	if (was_sealed)
		ctx_unseal(ctx);
	mprox_scope_evict(ctx);
}

void mprox_ctx_set_name(struct mprox_ctx *ctx, const char *name, size_t len)
{
	mutex_lock(&ctx->lock);
	memset(ctx->name, 0, sizeof(ctx->name));
	memcpy(ctx->name, name, len);
	mutex_unlock(&ctx->lock);
}

int mprox_ctx_open(struct mprox_ctx *ctx)
{
	if (!refcount_inc_not_zero(&ctx->users))
		return -ESTALE;
	mutex_lock(&ctx->lock);
	ctx->life.files++;
	mutex_unlock(&ctx->lock);
	return 0;
}

/* Under the lock, so that nobody opens a context whose members are leaving it. */
void mprox_ctx_close(struct mprox_ctx *ctx)
{
	mutex_lock(&ctx->lock);
	if (!--ctx->life.files &&
	    (!ctx->enabled || (ctx->life.cloexec && !ctx->locked)))
		mprox_scope_evict(ctx);
	mutex_unlock(&ctx->lock);
	mprox_ctx_put_user(ctx);
}

void mprox_ctx_info(struct mprox_ctx *ctx, struct mutex_proxy_context *info)
{
	memset(info, 0, sizeof(*info));
	info->id = ctx->id;
	info->uid = from_kuid_munged(current_user_ns(), ctx->uid);
	info->members = READ_ONCE(ctx->nr_members);
	info->netns = ctx->net->ns.inum;
	mutex_lock(&ctx->lock);
	info->scope = ctx->scope;
	info->descriptors = ctx->life.files;
	info->flags = (ctx->enabled ? MUTEX_PROXY_CONTEXT_ENABLED : 0) |
		      (ctx->privileged ? MUTEX_PROXY_CONTEXT_PRIVILEGED : 0) |
		      (ctx->locked ? MUTEX_PROXY_CONTEXT_LOCKED : 0) |
		      (ctx->sealed ? MUTEX_PROXY_CONTEXT_SEALED : 0);
	memcpy(info->name, ctx->name, sizeof(info->name));
	mutex_unlock(&ctx->lock);
	if (mprox_scope_holds_current(ctx))
		info->flags |= MUTEX_PROXY_CONTEXT_MEMBER;
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
		mprox_policy_succeed(policy,
				     rcu_dereference_protected(ctx->policy,
						lockdep_is_held(&ctx->lock)));
		policy = rcu_replace_pointer(ctx->policy, policy,
					     lockdep_is_held(&ctx->lock));
		WRITE_ONCE(ctx->udp_refused_until, 0);
		mprox_probing_arm(ctx);
		mprox_ctx_tell_change(ctx, MUTEX_PROXY_CHANGE_POLICY);
	}
	mutex_unlock(&ctx->lock);
	if (!err)
		mprox_policy_replaced(policy);
	return err;
}

int mprox_ctx_set_config(struct mprox_ctx *ctx,
			 const struct mutex_proxy_config *uc)
{
	struct mprox_policy *policy, *old;
	int err;

	mutex_lock(&ctx->lock);
	old = rcu_dereference_protected(ctx->policy,
					lockdep_is_held(&ctx->lock));
	policy = mprox_policy_from_config(ctx, uc, old);
	err = PTR_ERR_OR_ZERO(policy) ?: need_names(ctx, policy);
	if (!err) {
		rcu_assign_pointer(ctx->policy, policy);
		mprox_ctx_tell_change(ctx, MUTEX_PROXY_CHANGE_POLICY);
	}
	mutex_unlock(&ctx->lock);
	if (!err)
		mprox_policy_replaced(old);
	else if (!IS_ERR(policy))
		mprox_policy_free(policy);
	return err;
}

int mprox_ctx_get_config(struct mprox_ctx *ctx, struct mutex_proxy_config *uc)
{
	int err;

	rcu_read_lock();
	err = mprox_policy_to_config(rcu_dereference(ctx->policy), uc);
	rcu_read_unlock();
	return err;
}

int mprox_ctx_keep(struct mprox_ctx *ctx, struct file *file)
{
	int err = -EBUSY;

	mutex_lock(&ctx->lock);
	if (ctx->life.nr_kept < ARRAY_SIZE(ctx->life.kept)) {
		ctx->life.kept[ctx->life.nr_kept++] = get_file(file);
		err = 0;
	}
	mutex_unlock(&ctx->lock);
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

/* Nobody finds the namespace any more, so its list only becomes shorter. */
static void end_sealed(struct net *net)
{
	struct mprox_ctx *ctx;

	while ((ctx = mprox_net_get_global(net))) {
		mprox_ctx_end(ctx);
		mprox_ctx_put(ctx);
	}
}

/*
 * No socket of this namespace is left, so there is no handshake; no context
 * has a user, since users pin the namespace; what is sealed has nothing left to
 * refuse.
 */
static void __net_exit life_net_exit(struct net *net)
{
	end_sealed(net);
	/* Its clients' contexts wait for their connections to end. */
	mprox_arm_end_clients(net);
	mprox_flow_purge(net);
	mprox_translation_purge(net);
	/*
	 * A timer, a question to a resolver or an association may hold the last
	 * reference of a context for some time yet, and its end needs the rest.
	 */
	while (atomic_read(&mprox_net(net)->contexts)) {
		msleep(20);
		flush_workqueue(mprox_wq);
	}
}

static struct pernet_operations life_net_ops = {
	.exit = life_net_exit,
};

int mprox_life_init(void)
{
	return register_pernet_subsys(&life_net_ops);
}

void mprox_life_exit(void)
{
	unregister_pernet_subsys(&life_net_ops);
}
