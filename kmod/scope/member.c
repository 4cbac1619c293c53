// SPDX-License-Identifier: GPL-2.0
/*
 * A fork is seen from a tracepoint, with preemption off: on PREEMPT_RT nothing
 * can be allocated there and no spinlock_t taken. So the table is of a fixed size,
 * its lock a raw one, and members come from a pool, which a work fills and which
 * they go back to: processes that come and go need no memory at all.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "scope/member.h"

#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/threads.h>
#include <linux/vmalloc.h>
#include <linux/mutex_proxy.h>
#include "scope/context.h"

/* A power of two. Process numbers follow each other, so they are their own hash. */
#define BUCKETS		4096

/*
 * What the pool holds for each processor: as many as it can fork in the time that
 * the work may need to be run.
 */
#define POOL_PER_CPU	256
#define POOL_MAX	16384

/*
 * What two forks at once may need without the pool running dry, unless it is
 * PREEMPT_RT: one needs MUTEX_PROXY_MAX_MEMBERSHIPS at most.
 */
#define POOL_LOW	(2 * MUTEX_PROXY_MAX_MEMBERSHIPS)

atomic_t mprox_nr_members = ATOMIC_INIT(0);

static struct hlist_head table[BUCKETS];

/*
 * By tgid: it is in the table, or lost. A stranger pays for one look at it. Set
 * after the first membership was added, cleared before the last is removed.
 */
static unsigned long *scoped;

/*
 * Serialises changes of the table, of @scoped and of every ctx->members, and takers
 * of the pool. Process context and tracepoints, never softirq.
 */
static DEFINE_RAW_SPINLOCK(scope_lock);

/* Anybody may add to it; taking needs the lock. */
static LLIST_HEAD(pool);
static atomic_t pool_size = ATOMIC_INIT(0);
static int pool_wanted;

static void fill_pool(struct work_struct *work);
static DECLARE_WORK(fill_work, fill_pool);
static void kill_lost(struct work_struct *work);
static DECLARE_WORK(kill_work, kill_lost);

static void give(struct mprox_member *member)
{
	atomic_inc(&pool_size);
	llist_add(&member->free, &pool);
}

static struct mprox_member *member_take(void)
{
	struct llist_node *free;

	lockdep_assert_held(&scope_lock);
	free = llist_del_first(&pool);
	if (!free)
		return NULL;
	atomic_dec(&pool_size);
	return llist_entry(free, struct mprox_member, free);
}

/* Up to @wanted, from the caller's context. */
static void member_fill(int wanted, gfp_t gfp)
{
	struct mprox_member *member;

	while (atomic_read(&pool_size) < wanted) {
		member = kzalloc(sizeof(*member), gfp);
		if (!member)
			return;
		give(member);
	}
}

static void fill_pool(struct work_struct *work)
{
	member_fill(pool_wanted, GFP_KERNEL);
}

int mprox_members_fill(void)
{
	member_fill(pool_wanted, GFP_KERNEL);
	return atomic_read(&pool_size) ? 0 : -ENOMEM;
}

static void give_rcu(struct rcu_head *rcu)
{
	struct mprox_member *member = container_of(rcu, struct mprox_member,
						   rcu);

	if (atomic_read(&pool_size) < pool_wanted)
		give(member);
	else
		kfree(member);
}

static struct hlist_head *bucket(pid_t tgid)
{
	return &table[tgid & (BUCKETS - 1)];
}

/* The first membership of @tgid from @node on. Under RCU or the lock. */
static struct mprox_member *next_of(struct hlist_node *node, pid_t tgid)
{
	struct mprox_member *member;

	for (; node; node = rcu_dereference_raw(hlist_next_rcu(node))) {
		member = hlist_entry(node, struct mprox_member, node);
		if (member->tgid == tgid)
			return member;
	}
	return NULL;
}

static struct mprox_member *first_of(pid_t tgid)
{
	return next_of(rcu_dereference_raw(hlist_first_rcu(bucket(tgid))),
		       tgid);
}

#define for_each_of(member, tgid)					\
	for (member = first_of(tgid); member;				\
	     member = next_of(rcu_dereference_raw(			\
				hlist_next_rcu(&(member)->node)), tgid))

static void link_member(struct mprox_member *member, struct mprox_ctx *ctx,
			pid_t tgid)
{
	lockdep_assert_held(&scope_lock);
	refcount_inc(&ctx->users);
	member->ctx = ctx;
	member->tgid = tgid;
	hlist_add_head_rcu(&member->node, bucket(tgid));
	list_add(&member->ctx_node, &ctx->members);
	WRITE_ONCE(ctx->nr_members, ctx->nr_members + 1);
	atomic_inc(&mprox_nr_members);
	/* Pairs with the second one in mprox_member_for_each(). */
	smp_mb__before_atomic();
	set_bit(tgid, scoped);
}

/* The caller puts the member's user of its context, after the lock. */
static void unlink_member(struct mprox_member *member)
{
	struct mprox_ctx *ctx = member->ctx;
	struct mprox_member *other;
	bool last = true;

	lockdep_assert_held(&scope_lock);
	for_each_of(other, member->tgid)
		last &= other == member;
	if (last) {
		clear_bit(member->tgid, scoped);
		/* Pairs with the first one in mprox_member_for_each(). */
		smp_mb__after_atomic();
	}
	hlist_del_rcu(&member->node);
	list_del(&member->ctx_node);
	WRITE_ONCE(ctx->nr_members, ctx->nr_members - 1);
	atomic_dec(&mprox_nr_members);
	call_rcu(&member->rcu, give_rcu);
}

/* Under RCU or the lock. In how many contexts, and is @ctx one of them? */
static u32 count_of(pid_t tgid, const struct mprox_ctx *ctx, bool *is_of)
{
	struct mprox_member *member;
	u32 count = 0;

	*is_of = false;
	for_each_of(member, tgid) {
		*is_of |= member->ctx == ctx;
		count++;
	}
	return count;
}

bool mprox_member_is_of(pid_t tgid, const struct mprox_ctx *ctx)
{
	bool is_of;

	rcu_read_lock();
	count_of(tgid, ctx, &is_of);
	rcu_read_unlock();
	return is_of;
}

/* The caller's own user of @ctx keeps it alive while ours is taken. */
int mprox_member_add(struct mprox_ctx *ctx, pid_t tgid)
{
	struct mprox_member *member;
	bool is_of;
	int err = 0;
	u32 count;

	member = kzalloc(sizeof(*member), GFP_KERNEL_ACCOUNT);
	if (!member)
		return -ENOMEM;
	raw_spin_lock(&scope_lock);
	count = count_of(tgid, ctx, &is_of);
	if (test_bit(tgid, scoped) && !count)
		err = -ENOMEM;	/* lost, and nothing brings it back */
	else if (is_of)
		err = -EALREADY;
	else if (count >= MUTEX_PROXY_MAX_MEMBERSHIPS)
		err = -ENOSPC;
	else
		link_member(member, ctx, tgid);
	raw_spin_unlock(&scope_lock);
	if (err)
		kfree(member);
	return err;
}

/*
 * The parent's memberships own users of their contexts, and stay while the lock
 * is held, so ours can be taken. False: the pool is empty.
 */
static bool member_inherit(pid_t parent, pid_t child)
{
	struct mprox_member *member, *mine;

	lockdep_assert_held(&scope_lock);
	/* One that is lost has no children but such. */
	if (!first_of(parent))
		return !test_bit(parent, scoped);
	for_each_of(member, parent) {
		if (READ_ONCE(member->ctx->scope) != MUTEX_PROXY_SCOPE_TREE)
			continue;
		mine = member_take();
		if (!mine)
			return false;
		link_member(mine, member->ctx, child);
	}
	return true;
}

static void lose(pid_t tgid)
{
	struct mprox_ctx *ctx;

	/* A part of its contexts is not what it was to be in. */
	while ((ctx = mprox_member_drop(tgid)))
		mprox_ctx_put_user_atomic(ctx);
	set_bit(tgid, scoped);
	queue_work(system_highpri_wq, &kill_work);
}

void mprox_members_fork(pid_t parent, pid_t child)
{
	bool known;

	/* What a fork takes from the pool is charged to who forks. */
	if (!IS_ENABLED(CONFIG_PREEMPT_RT))
		member_fill(POOL_LOW, GFP_ATOMIC | __GFP_NOWARN | __GFP_ACCOUNT);
	raw_spin_lock(&scope_lock);
	known = member_inherit(parent, child);
	raw_spin_unlock(&scope_lock);
	if (atomic_read(&pool_size) < pool_wanted / 2)
		queue_work(system_highpri_wq, &fill_work);
	if (!known)
		lose(child);
}

struct mprox_ctx *mprox_member_drop(pid_t tgid)
{
	struct mprox_member *member;
	struct mprox_ctx *ctx = NULL;

	raw_spin_lock(&scope_lock);
	member = first_of(tgid);
	if (member) {
		ctx = member->ctx;
		unlink_member(member);
	} else {
		clear_bit(tgid, scoped);
	}
	raw_spin_unlock(&scope_lock);
	return ctx;
}

bool mprox_member_drop_of(struct mprox_ctx *ctx)
{
	struct mprox_member *member;

	raw_spin_lock(&scope_lock);
	member = list_first_entry_or_null(&ctx->members, struct mprox_member,
					  ctx_node);
	if (member)
		unlink_member(member);
	raw_spin_unlock(&scope_lock);
	return member;
}

bool mprox_member_is_stranger(pid_t tgid)
{
	return !test_bit(tgid, scoped);
}

int mprox_member_for_each(pid_t tgid,
			  void (*fn)(struct mprox_ctx *ctx, void *arg),
			  void *arg)
{
	struct mprox_member *member;
	bool found = false;

	for_each_of(member, tgid) {
		found = true;
		fn(member->ctx, arg);
	}
	if (found)
		return 0;
	/*
	 * Whoever's scope ends right now is a stranger, and not lost: the bit goes
	 * first. So is whoever another thread lets join right now: the bit comes last.
	 */
	smp_rmb();
	if (!test_bit(tgid, scoped))
		return 0;
	smp_rmb();
	return first_of(tgid) ? 0 : -EACCES;
}

/* Its parent went on, so nobody else can tell why it had to die. */
static void kill_lost_one(pid_t tgid)
{
	struct task_struct *task;

	rcu_read_lock();
	task = pid_task(find_pid_ns(tgid, &init_pid_ns), PIDTYPE_TGID);
	if (task && !first_of(tgid) && test_bit(tgid, scoped)) {
		pr_warn_ratelimited("no memory to keep pid %d in scope, killed\n",
				    tgid);
		send_sig(SIGKILL, task, 1);
	}
	rcu_read_unlock();
}

static void kill_lost(struct work_struct *work)
{
	unsigned long tgid;

	for_each_set_bit(tgid, scoped, PID_MAX_LIMIT) {
		kill_lost_one(tgid);
		cond_resched();
	}
}

int mprox_members_init(void)
{
	scoped = vzalloc(BITS_TO_LONGS(PID_MAX_LIMIT) * sizeof(long));
	if (!scoped)
		return -ENOMEM;
	pool_wanted = min_t(int, num_possible_cpus() * POOL_PER_CPU, POOL_MAX);
	return 0;
}

void mprox_members_exit(void)
{
	struct mprox_member *member, *next;

	cancel_work_sync(&fill_work);
	cancel_work_sync(&kill_work);
	rcu_barrier();
	llist_for_each_entry_safe(member, next, llist_del_all(&pool), free)
		kfree(member);
	atomic_set(&pool_size, 0);
	vfree(scoped);
}

#ifdef CONFIG_KUNIT
#include "scope/member_test.c"
#endif
