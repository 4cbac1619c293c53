// SPDX-License-Identifier: GPL-2.0
/* Part of flow.c, where the kernel has KUnit: the table, and the gate for timers. */
#include <linux/delay.h>
#include "kunit/suites.h"

static struct mprox_key flow_key(u16 port)
{
	struct mprox_key key = {
		.net = &init_net,
		.family = AF_INET,
		.lport = htons(port),
		.rport = htons(80),
	};

	/* RFC 5737: nobody has them. */
	key.local.s6_addr32[0] = htonl(0xc0000201);
	key.remote.s6_addr32[0] = htonl(0xc6336401);
	return key;
}

static struct mprox_ctx *flow_context(struct kunit *test)
{
	struct mprox_ctx *ctx = mprox_ctx_create(&init_net, 0, true);

	KUNIT_ASSERT_FALSE(test, IS_ERR(ctx));
	return ctx;
}

static struct mprox_flow *new_flow(struct kunit *test, struct mprox_ctx *ctx,
				   u16 port)
{
	struct mprox_key key = flow_key(port);
	struct mprox_flow *flow = mprox_flow_alloc(ctx, &key);

	KUNIT_ASSERT_NOT_NULL(test, flow);
	return flow;
}

static void flow_is_found_until_removed(struct kunit *test)
{
	struct mprox_ctx *ctx = flow_context(test);
	struct mprox_flow *flow = new_flow(test, ctx, 1);
	struct mprox_key key = flow_key(1), other = flow_key(2);
	struct mprox_flow *found;

	KUNIT_EXPECT_PTR_EQ(test, mprox_flow_find(&key), NULL);
	KUNIT_EXPECT_TRUE(test, mprox_flow_publish(flow));
	found = mprox_flow_find(&key);
	KUNIT_EXPECT_PTR_EQ(test, found, flow);
	mprox_flow_put(found);
	KUNIT_EXPECT_PTR_EQ(test, mprox_flow_find(&other), NULL);
	mprox_kunit_end_handshake(flow);
	mprox_flow_remove(flow);
	mprox_flow_remove(flow);
	KUNIT_EXPECT_PTR_EQ(test, mprox_flow_find(&key), NULL);
	KUNIT_EXPECT_EQ(test, refcount_read(&flow->refs), 1u);
	mprox_flow_put(flow);
	mprox_ctx_put_user(ctx);
}

/* Two handshakes cannot share a key; a record gives way to a handshake. */
static void second_flow_of_a_key(struct kunit *test)
{
	struct mprox_ctx *ctx = flow_context(test);
	struct mprox_flow *first = new_flow(test, ctx, 3);
	struct mprox_flow *second = new_flow(test, ctx, 3);
	struct mprox_flow *third = new_flow(test, ctx, 3);
	struct mprox_key key = flow_key(3);
	int handshakes = atomic_read(&mprox_nr_handshakes);
	struct mprox_flow *found;

	KUNIT_EXPECT_TRUE(test, mprox_flow_publish(first));
	KUNIT_EXPECT_FALSE(test, mprox_flow_publish(second));
	KUNIT_EXPECT_PTR_EQ(test, second->hs, NULL);
	KUNIT_EXPECT_EQ(test, atomic_read(&mprox_nr_handshakes), handshakes - 1);
	mprox_kunit_end_handshake(first);
	KUNIT_EXPECT_TRUE(test, mprox_flow_publish(third));
	found = mprox_flow_find(&key);
	KUNIT_EXPECT_PTR_EQ(test, found, third);
	mprox_flow_put(found);
	mprox_kunit_end_handshake(third);
	KUNIT_EXPECT_EQ(test, atomic_read(&mprox_nr_handshakes), handshakes - 3);

	mprox_flow_remove(first);
	mprox_flow_remove(second);
	mprox_flow_remove(third);
	mprox_flow_put(first);
	mprox_flow_put(second);
	mprox_flow_put(third);
	mprox_ctx_put_user(ctx);
}

static void nothing_is_armed_after_the_handshake(struct kunit *test)
{
	struct mprox_ctx *ctx = flow_context(test);
	struct mprox_flow *flow = new_flow(test, ctx, 4);
	unsigned int refs;

	KUNIT_EXPECT_TRUE(test, mprox_flow_publish(flow));
	mprox_kunit_end_handshake(flow);
	refs = refcount_read(&flow->refs);
	spin_lock_bh(&flow->lock);
	mprox_flow_arm(flow, 1);
	mprox_flow_queue(flow);
	spin_unlock_bh(&flow->lock);
	KUNIT_EXPECT_FALSE(test, timer_pending(&flow->timer));
	KUNIT_EXPECT_FALSE(test, work_pending(&flow->work));
	KUNIT_EXPECT_EQ(test, refcount_read(&flow->refs), refs);
	mprox_kunit_forget(flow, ctx);
}

/* Armed twice, it holds the flow once; and it lets go when it finds no handshake. */
static void timer_holds_the_flow(struct kunit *test)
{
	struct mprox_ctx *ctx = flow_context(test);
	struct mprox_flow *flow = new_flow(test, ctx, 5);
	unsigned int refs;
	int i;

	KUNIT_EXPECT_TRUE(test, mprox_flow_publish(flow));
	refs = refcount_read(&flow->refs);
	spin_lock_bh(&flow->lock);
	mprox_flow_arm(flow, 60 * HZ);
	mprox_flow_arm(flow, 1);
	KUNIT_EXPECT_EQ(test, refcount_read(&flow->refs), refs + 1);
	mprox_hs_free(mprox_flow_take_hs(flow));
	spin_unlock_bh(&flow->lock);
	for (i = 0; i < 5000 && refcount_read(&flow->refs) > refs; i++)
		msleep(1);
	KUNIT_EXPECT_EQ(test, refcount_read(&flow->refs), refs);
	mprox_kunit_forget(flow, ctx);
}

/* It counts once, for the flow that it is in, and is found there alone. */
static void handshake_moves(struct kunit *test)
{
	struct mprox_ctx *ctx = flow_context(test);
	struct mprox_flow *from = new_flow(test, ctx, 6), *to;
	struct mprox_key key = flow_key(7);
	int handshakes = atomic_read(&mprox_nr_handshakes);
	atomic_t *slot = mprox_net_slot(mprox_net(&init_net), key.lport);
	int counted = atomic_read(slot);
	u64 total = atomic64_read(&ctx->total);
	struct mprox_hs *hs;

	to = mprox_flow_alloc_record(ctx, &key);
	KUNIT_ASSERT_NOT_NULL(test, to);
	KUNIT_EXPECT_TRUE(test, mprox_flow_publish(from));
	KUNIT_EXPECT_TRUE(test, mprox_flow_publish(to));
	KUNIT_EXPECT_EQ(test, atomic_read(slot), counted);
	spin_lock_bh(&from->lock);
	hs = mprox_flow_take_hs(from);
	spin_unlock_bh(&from->lock);
	mprox_flow_unhash(from);
	spin_lock_bh(&to->lock);
	mprox_flow_give_hs(to, hs);
	spin_unlock_bh(&to->lock);
	KUNIT_EXPECT_PTR_EQ(test, from->hs, NULL);
	KUNIT_EXPECT_EQ(test, atomic_read(slot), counted + 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&mprox_nr_handshakes), handshakes);
	KUNIT_EXPECT_EQ(test, (u64)atomic64_read(&ctx->total), total + 1);
	mprox_kunit_end_handshake(to);
	KUNIT_EXPECT_EQ(test, atomic_read(slot), counted);
	mprox_flow_remove(from);
	mprox_flow_put(from);
	mprox_kunit_forget(to, ctx);
}

static struct kunit_case flow_cases[] = {
	KUNIT_CASE(flow_is_found_until_removed),
	KUNIT_CASE(second_flow_of_a_key),
	KUNIT_CASE(nothing_is_armed_after_the_handshake),
	KUNIT_CASE(timer_holds_the_flow),
	KUNIT_CASE(handshake_moves),
	{}
};

struct kunit_suite mprox_flow_suite = {
	.name = "mutex_proxy_flows",
	.test_cases = flow_cases,
};
