// SPDX-License-Identifier: GPL-2.0
/*
 * A member is a thread group in a context. The table is kept by tracepoints
 * rather than by what a process holds or carries, so that a program which
 * closes its descriptors, clears its environment, forks twice or starts a new
 * session stays where it is. The key is the tgid of the initial pid namespace,
 * which exec does not change, also not from another thread than the leader
 * (de_thread() hands the leader's identity on), so exec needs no probe.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "scope.h"

#include <linux/rhashtable.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/tracepoint.h>
#include <net/net_namespace.h>
#include <trace/events/sched.h>
#include <linux/mutex_proxy.h>
#include "net.h"

/**
 * struct mprox_member - one thread group in one context
 * @node:	in the table; several contexts may hold the same tgid
 * @ctx_node:	in ctx->members
 * @ctx:	a user of it is owned
 * @tgid:	in the initial pid namespace
 * @rcu:	lookups are under RCU, changes under scope_lock
 */
struct mprox_member {
	struct rhlist_head node;
	struct list_head ctx_node;
	struct mprox_ctx *ctx;
	pid_t tgid;
	struct rcu_head rcu;
};

atomic_t mprox_nr_members = ATOMIC_INIT(0);

static const struct rhashtable_params member_params = {
	.key_len = sizeof(pid_t),
	.key_offset = offsetof(struct mprox_member, tgid),
	.head_offset = offsetof(struct mprox_member, node),
	.automatic_shrinking = true,
};

static struct rhltable members;

/*
 * How many members have a tgid of each slot: a stranger mostly finds none, and
 * is spared the lookup. A power of two.
 */
#define TGID_SLOTS	4096
static atomic_t tgid_slots[TGID_SLOTS];

static atomic_t *tgid_slot(pid_t tgid)
{
	return &tgid_slots[tgid & (TGID_SLOTS - 1)];
}

/*
 * Serialises changes of the table and of every ctx->members. Taken with
 * preemption off (tracepoints) and in process context, never in softirq.
 */
static DEFINE_SPINLOCK(scope_lock);

static struct mprox_member *find_member(const struct mprox_ctx *ctx, pid_t tgid)
{
	struct rhlist_head *list, *pos;
	struct mprox_member *member;

	list = rhltable_lookup(&members, &tgid, member_params);
	rhl_for_each_entry_rcu(member, pos, list, node)
		if (member->ctx == ctx)
			return member;
	return NULL;
}

/* The caller's own user of @ctx keeps it alive while ours is taken. */
static int add_member(struct mprox_ctx *ctx, pid_t tgid, gfp_t gfp)
{
	struct mprox_member *member;
	int err;

	member = kzalloc(sizeof(*member), gfp);
	if (!member)
		return -ENOMEM;
	member->ctx = ctx;
	member->tgid = tgid;

	spin_lock(&scope_lock);
	rcu_read_lock();
	err = find_member(ctx, tgid) ? -EALREADY :
	      rhltable_insert(&members, &member->node, member_params);
	rcu_read_unlock();
	if (!err) {
		refcount_inc(&ctx->users);
		list_add(&member->ctx_node, &ctx->members);
		WRITE_ONCE(ctx->nr_members, ctx->nr_members + 1);
		atomic_inc(tgid_slot(tgid));
		atomic_inc(&mprox_nr_members);
	}
	spin_unlock(&scope_lock);
	if (err)
		kfree(member);
	return err;
}

/* The caller puts the member's user of its context, after the lock. */
static void unlink_member(struct mprox_member *member)
{
	lockdep_assert_held(&scope_lock);
	rhltable_remove(&members, &member->node, member_params);
	list_del(&member->ctx_node);
	WRITE_ONCE(member->ctx->nr_members, member->ctx->nr_members - 1);
	atomic_dec(tgid_slot(member->tgid));
	atomic_dec(&mprox_nr_members);
	kfree_rcu(member, rcu);
}

int mprox_scope_join(struct mprox_ctx *ctx)
{
	return add_member(ctx, task_tgid_nr(current), GFP_KERNEL_ACCOUNT);
}

void mprox_scope_evict(struct mprox_ctx *ctx)
{
	struct mprox_member *member, *next;
	u32 gone = 0;

	spin_lock(&scope_lock);
	list_for_each_entry_safe(member, next, &ctx->members, ctx_node) {
		unlink_member(member);
		gone++;
	}
	spin_unlock(&scope_lock);
	/* The caller still has a user of its own, so these are not the last. */
	while (gone--)
		mprox_ctx_put_user(ctx);
}

/* Innermost wins: the context that was made last. */
struct mprox_ctx *mprox_scope_find(const struct net *net)
{
	pid_t tgid = task_tgid_nr(current);
	struct rhlist_head *list, *pos;
	struct mprox_ctx *best = NULL;
	struct mprox_member *member;

	if (current->flags & PF_KTHREAD)
		return NULL;
	if (atomic_read(tgid_slot(tgid))) {
		list = rhltable_lookup(&members, &tgid, member_params);
		rhl_for_each_entry_rcu(member, pos, list, node)
			if (READ_ONCE(member->ctx->enabled) &&
			    (!best || member->ctx->id > best->id))
				best = member->ctx;
	}
	return best ?: mprox_net_find_global(net);
}

/*
 * Runs in the parent after the child exists and before it is woken, so the
 * child never acts without its membership. If there is no memory for that the
 * child must not run: it would be out of scope, and its traffic with it.
 */
static void probe_fork(void *data, struct task_struct *parent,
		       struct task_struct *child)
{
	pid_t tgid = task_tgid_nr(parent);
	struct rhlist_head *list, *pos;
	struct mprox_member *member;
	int err = 0;

	if (!atomic_read(tgid_slot(tgid)) || task_tgid_nr(child) == tgid)
		return;
	rcu_read_lock();
	list = rhltable_lookup(&members, &tgid, member_params);
	rhl_for_each_entry_rcu(member, pos, list, node) {
		struct mprox_ctx *ctx = member->ctx;

		if (READ_ONCE(ctx->scope) != MUTEX_PROXY_SCOPE_TREE)
			continue;
		/*
		 * The parent is current and alive, so only mprox_scope_evict()
		 * can take its membership away meanwhile: then the scope is
		 * over, for the child as well.
		 */
		if (!refcount_inc_not_zero(&ctx->users))
			continue;
		err = add_member(ctx, task_tgid_nr(child), GFP_ATOMIC);
		mprox_ctx_put_user(ctx);
		if (err)
			break;
	}
	rcu_read_unlock();
	if (err && err != -EALREADY) {
		pr_warn_ratelimited("no memory to keep pid %d in scope, killed\n",
				    task_tgid_nr(child));
		send_sig(SIGKILL, child, 1);
	}
}

/* Takes the first membership of @tgid out of the table. */
static struct mprox_ctx *drop_one(pid_t tgid)
{
	struct rhlist_head *list;
	struct mprox_member *member;
	struct mprox_ctx *ctx = NULL;

	spin_lock(&scope_lock);
	rcu_read_lock();
	list = rhltable_lookup(&members, &tgid, member_params);
	if (list) {
		member = container_of(list, struct mprox_member, node);
		ctx = member->ctx;
		unlink_member(member);
	}
	rcu_read_unlock();
	spin_unlock(&scope_lock);
	return ctx;
}

/*
 * Called for each thread. By then do_exit() has counted it off signal->live;
 * the last two may both see zero, and the second finds nothing left to drop.
 * The tgid is not reused before release_task(), which comes later.
 */
static void probe_exit(void *data, struct task_struct *task)
{
	struct mprox_ctx *ctx;

	if (!atomic_read(tgid_slot(task_tgid_nr(task))) ||
	    atomic_read(&task->signal->live))
		return;
	while ((ctx = drop_one(task_tgid_nr(task))))
		mprox_ctx_put_user(ctx);
}

/* The tracepoints of the scheduler are not exported: they are found by name. */
static struct mprox_probe {
	const char *name;
	void *fn;
	struct tracepoint *tp;
} probes[] = {
	{ .name = "sched_process_fork", .fn = probe_fork },
	{ .name = "sched_process_exit", .fn = probe_exit },
};

static void match_tracepoint(struct tracepoint *tp, void *priv)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(probes); i++)
		if (!strcmp(tp->name, probes[i].name))
			probes[i].tp = tp;
}

static void unregister_probes(size_t count)
{
	while (count--)
		tracepoint_probe_unregister(probes[count].tp, probes[count].fn,
					    NULL);
	tracepoint_synchronize_unregister();
}

int mprox_scope_init(void)
{
	size_t i;
	int err;

	/* A probe of the wrong type would compile, but for these two lines. */
	check_trace_callback_type_sched_process_fork(probe_fork);
	check_trace_callback_type_sched_process_exit(probe_exit);

	err = rhltable_init(&members, &member_params);
	if (err)
		return err;
	for_each_kernel_tracepoint(match_tracepoint, NULL);
	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		err = probes[i].tp ?
		      tracepoint_probe_register(probes[i].tp, probes[i].fn,
						NULL) : -ENOENT;
		if (err) {
			pr_err("tracepoint %s: %d\n", probes[i].name, err);
			goto err_unregister;
		}
	}
	return 0;

err_unregister:
	unregister_probes(i);
	rhltable_destroy(&members);
	return err;
}

/* No context has a user any more, so there is no member either. */
void mprox_scope_exit(void)
{
	unregister_probes(ARRAY_SIZE(probes));
	rhltable_destroy(&members);
}
