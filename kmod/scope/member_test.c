// SPDX-License-Identifier: GPL-2.0
/*
 * Part of member.c, where the kernel has KUnit. Process numbers here are larger
 * than any that exists, so that nobody is killed.
 */
#include "kunit/suites.h"

#define PARENT	(PID_MAX_LIMIT - 1)
#define CHILD	(PID_MAX_LIMIT - 2)
#define NEPHEW	(PID_MAX_LIMIT - 3)
/* In the same bucket as PARENT. */
#define STRANGER (PARENT - BUCKETS)

static struct mprox_ctx *new_context(struct kunit *test, bool enabled)
{
	struct mprox_ctx *ctx = mprox_kunit_context();

	KUNIT_ASSERT_FALSE(test, IS_ERR(ctx));
	/* As if it had a policy: nobody asks for it here. */
	if (enabled) {
		atomic_inc(&mprox_nr_enabled);
		WRITE_ONCE(ctx->enabled, true);
	}
	return ctx;
}

/* What mprox_member_for_each() has found. */
struct holders {
	struct mprox_ctx *ctx[MUTEX_PROXY_MAX_MEMBERSHIPS];
	int count;
};

static void note_holder(struct mprox_ctx *ctx, void *arg)
{
	struct holders *holders = arg;

	holders->ctx[holders->count++] = ctx;
}

/* How many contexts hold it, or an errno. */
static int holders_of(pid_t tgid)
{
	struct holders holders = {};
	int err;

	rcu_read_lock();
	err = mprox_member_for_each(tgid, note_holder, &holders);
	rcu_read_unlock();
	return err ?: holders.count;
}

/* The one context that holds it; NULL: there is none, or more than one. */
static struct mprox_ctx *only_holder(pid_t tgid)
{
	struct holders holders = {};
	int err;

	rcu_read_lock();
	err = mprox_member_for_each(tgid, note_holder, &holders);
	rcu_read_unlock();
	return !err && holders.count == 1 ? holders.ctx[0] : NULL;
}

/* As the probe of a process that ends. */
static int end_process(pid_t tgid)
{
	struct mprox_ctx *ctx;
	int contexts = 0;

	while ((ctx = mprox_member_drop(tgid))) {
		mprox_ctx_put_user(ctx);
		contexts++;
	}
	return contexts;
}

static void member_joins_once(struct kunit *test)
{
	struct mprox_ctx *ctx = new_context(test, true);

	KUNIT_EXPECT_TRUE(test, mprox_member_is_stranger(PARENT));
	KUNIT_EXPECT_EQ(test, mprox_member_add(ctx, PARENT), 0);
	KUNIT_EXPECT_EQ(test, mprox_member_add(ctx, PARENT), -EALREADY);
	KUNIT_EXPECT_EQ(test, READ_ONCE(ctx->nr_members), 1u);
	KUNIT_EXPECT_EQ(test, refcount_read(&ctx->users), 2u);
	KUNIT_EXPECT_PTR_EQ(test, only_holder(PARENT), ctx);
	KUNIT_EXPECT_TRUE(test, mprox_member_is_of(PARENT, ctx));
	KUNIT_EXPECT_TRUE(test, mprox_member_is_stranger(STRANGER));
	KUNIT_EXPECT_EQ(test, holders_of(STRANGER), 0);
	KUNIT_EXPECT_FALSE(test, mprox_member_is_of(STRANGER, ctx));
	KUNIT_EXPECT_EQ(test, end_process(PARENT), 1);
	KUNIT_EXPECT_TRUE(test, mprox_member_is_stranger(PARENT));
	KUNIT_EXPECT_EQ(test, refcount_read(&ctx->users), 1u);
	mprox_ctx_put_user(ctx);
}

static void member_of_two_is_in_both(struct kunit *test)
{
	struct mprox_ctx *first = new_context(test, true);
	struct mprox_ctx *second = new_context(test, true);

	KUNIT_EXPECT_EQ(test, mprox_member_add(second, PARENT), 0);
	KUNIT_EXPECT_EQ(test, mprox_member_add(first, PARENT), 0);
	KUNIT_EXPECT_EQ(test, holders_of(PARENT), 2);
	/* The end of one scope leaves the other. */
	KUNIT_EXPECT_TRUE(test, mprox_member_drop_of(second));
	mprox_ctx_put_user(second);
	KUNIT_EXPECT_FALSE(test, mprox_member_drop_of(second));
	KUNIT_EXPECT_FALSE(test, mprox_member_is_stranger(PARENT));
	KUNIT_EXPECT_PTR_EQ(test, only_holder(PARENT), first);
	KUNIT_EXPECT_EQ(test, end_process(PARENT), 1);
	mprox_ctx_put_user(first);
	mprox_ctx_put_user(second);
}

static void memberships_are_bounded(struct kunit *test)
{
	struct mprox_ctx *ctx[MUTEX_PROXY_MAX_MEMBERSHIPS + 1];
	int i;

	KUNIT_ASSERT_EQ(test, mprox_members_fill(), 0);
	for (i = 0; i < ARRAY_SIZE(ctx); i++) {
		ctx[i] = new_context(test, true);
		KUNIT_EXPECT_EQ(test, mprox_member_add(ctx[i], PARENT),
				i < MUTEX_PROXY_MAX_MEMBERSHIPS ? 0 : -ENOSPC);
	}
	KUNIT_EXPECT_EQ(test, holders_of(PARENT), MUTEX_PROXY_MAX_MEMBERSHIPS);
	mprox_members_fork(PARENT, CHILD);
	KUNIT_EXPECT_EQ(test, holders_of(CHILD), MUTEX_PROXY_MAX_MEMBERSHIPS);
	KUNIT_EXPECT_EQ(test, end_process(CHILD), MUTEX_PROXY_MAX_MEMBERSHIPS);
	KUNIT_EXPECT_EQ(test, end_process(PARENT), MUTEX_PROXY_MAX_MEMBERSHIPS);
	for (i = 0; i < ARRAY_SIZE(ctx); i++)
		mprox_ctx_put_user(ctx[i]);
}

static void child_inherits_trees(struct kunit *test)
{
	struct mprox_ctx *tree = new_context(test, true);
	struct mprox_ctx *alone = new_context(test, true);

	alone->scope = MUTEX_PROXY_SCOPE_PROCESS;
	KUNIT_ASSERT_EQ(test, mprox_members_fill(), 0);
	KUNIT_EXPECT_EQ(test, mprox_member_add(tree, PARENT), 0);
	KUNIT_EXPECT_EQ(test, mprox_member_add(alone, PARENT), 0);
	mprox_members_fork(PARENT, CHILD);
	KUNIT_EXPECT_EQ(test, holders_of(PARENT), 2);
	KUNIT_EXPECT_PTR_EQ(test, only_holder(CHILD), tree);
	KUNIT_EXPECT_EQ(test, end_process(PARENT), 2);
	KUNIT_EXPECT_PTR_EQ(test, only_holder(CHILD), tree);
	KUNIT_EXPECT_EQ(test, end_process(CHILD), 1);
	mprox_ctx_put_user(tree);
	mprox_ctx_put_user(alone);
}

/* The pool, as a fork finds it that comes too early. */
static struct llist_node *take_the_pool(void)
{
	struct llist_node *all;

	raw_spin_lock(&scope_lock);
	all = llist_del_all(&pool);
	raw_spin_unlock(&scope_lock);
	return all;
}

static void give_back(struct llist_node *all)
{
	struct llist_node *next;

	for (; all; all = next) {
		next = all->next;
		llist_add(all, &pool);
	}
}

static void child_without_memory_is_lost(struct kunit *test)
{
	struct mprox_ctx *ctx = new_context(test, true);
	struct llist_node *all;
	bool known;

	KUNIT_ASSERT_EQ(test, mprox_members_fill(), 0);
	KUNIT_EXPECT_EQ(test, mprox_member_add(ctx, PARENT), 0);

	all = take_the_pool();
	raw_spin_lock(&scope_lock);
	known = member_inherit(PARENT, CHILD);
	raw_spin_unlock(&scope_lock);
	give_back(all);
	KUNIT_EXPECT_FALSE(test, known);

	lose(CHILD);
	KUNIT_EXPECT_FALSE(test, mprox_member_is_stranger(CHILD));
	KUNIT_EXPECT_EQ(test, holders_of(CHILD), -EACCES);
	/* Nor does it get out by a context of its own, or by a child. */
	KUNIT_EXPECT_EQ(test, mprox_member_add(ctx, CHILD), -ENOMEM);
	mprox_members_fork(CHILD, NEPHEW);
	KUNIT_EXPECT_EQ(test, holders_of(NEPHEW), -EACCES);
	flush_work(&kill_work);

	/* Its number may be somebody else's next time. */
	KUNIT_EXPECT_EQ(test, end_process(NEPHEW), 0);
	KUNIT_EXPECT_EQ(test, end_process(CHILD), 0);
	KUNIT_EXPECT_TRUE(test, mprox_member_is_stranger(CHILD));
	KUNIT_EXPECT_TRUE(test, mprox_member_is_stranger(NEPHEW));
	KUNIT_EXPECT_EQ(test, end_process(PARENT), 1);
	mprox_ctx_put_user(ctx);
}

static void members_come_back(struct kunit *test)
{
	struct mprox_ctx *ctx = new_context(test, true);
	int before, i;

	KUNIT_ASSERT_EQ(test, mprox_members_fill(), 0);
	before = atomic_read(&pool_size);
	KUNIT_EXPECT_EQ(test, mprox_member_add(ctx, PARENT), 0);
	for (i = 0; i < 3 * before; i++) {
		mprox_members_fork(PARENT, CHILD);
		KUNIT_EXPECT_EQ(test, end_process(CHILD), 1);
		if (i % 100 == 99)
			rcu_barrier();
	}
	KUNIT_EXPECT_EQ(test, end_process(PARENT), 1);
	rcu_barrier();
	flush_work(&fill_work);
	KUNIT_EXPECT_EQ(test, atomic_read(&pool_size), before);
	mprox_ctx_put_user(ctx);
}

static struct kunit_case member_cases[] = {
	KUNIT_CASE(member_joins_once),
	KUNIT_CASE(member_of_two_is_in_both),
	KUNIT_CASE(memberships_are_bounded),
	KUNIT_CASE(child_inherits_trees),
	KUNIT_CASE(child_without_memory_is_lost),
	KUNIT_CASE(members_come_back),
	{}
};

struct kunit_suite mprox_member_suite = {
	.name = "mutex_proxy_members",
	.test_cases = member_cases,
};
