// SPDX-License-Identifier: GPL-2.0
/* Part of flow.c, where the kernel has KUnit: the table, and the gate for timers. */
#include <linux/delay.h>
#include "kunit/suites.h"

static struct mprox_ctx *flow_context(struct kunit *test)
{
	struct mprox_ctx *ctx = mprox_kunit_context();

	KUNIT_ASSERT_FALSE(test, IS_ERR(ctx));
	return ctx;
}

/* RFC 5737: nobody has it. */
static const struct mprox_addr flow_asked = {
	.family = AF_INET,
	.addr.s6_addr32[0] = htonl(0xc6336401),
	.port = htons(80),
};

/* A socket that is connected to nobody; released with the test's. */
static struct socket *flow_socket(struct kunit *test)
{
	struct socket *sock;

	KUNIT_ASSERT_EQ(test, 0, sock_create_kern(&init_net, AF_INET, SOCK_STREAM,
						  IPPROTO_TCP, &sock));
	return sock;
}

static struct mprox_flow *new_flow(struct kunit *test, struct mprox_ctx *ctx,
				   const struct socket *sock)
{
	struct mprox_flow *flow = mprox_flow_alloc(ctx, sock->sk, &flow_asked,
						   GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, flow);
	return flow;
}

static void flow_is_found_until_removed(struct kunit *test)
{
	struct mprox_ctx *ctx = flow_context(test);
	struct socket *sock = flow_socket(test), *other = flow_socket(test);
	struct mprox_flow *flow = new_flow(test, ctx, sock), *found;

	KUNIT_EXPECT_PTR_EQ(test, mprox_flow_of(sock->sk), NULL);
	KUNIT_EXPECT_TRUE(test, mprox_flow_publish(flow));
	found = mprox_flow_of(sock->sk);
	KUNIT_EXPECT_PTR_EQ(test, found, flow);
	mprox_flow_put(found);
	KUNIT_EXPECT_PTR_EQ(test, mprox_flow_of(other->sk), NULL);
	mprox_kunit_end_handshake(flow);
	mprox_flow_remove(flow);
	mprox_flow_remove(flow);
	KUNIT_EXPECT_PTR_EQ(test, mprox_flow_of(sock->sk), NULL);
	mprox_flow_put(flow);
	mprox_ctx_put_user(ctx);
	sock_release(other);
	sock_release(sock);
}

/* What an earlier connection of a socket has left gives way to the next one. */
static void flow_gives_way(struct kunit *test)
{
	struct mprox_ctx *ctx = flow_context(test);
	struct socket *sock = flow_socket(test);
	struct mprox_flow *first = new_flow(test, ctx, sock);
	struct mprox_flow *second = new_flow(test, ctx, sock), *found;

	KUNIT_EXPECT_TRUE(test, mprox_flow_publish(first));
	mprox_kunit_end_handshake(first);
	KUNIT_EXPECT_TRUE(test, mprox_flow_publish(second));
	KUNIT_EXPECT_FALSE(test, first->listed);
	found = mprox_flow_of(sock->sk);
	KUNIT_EXPECT_PTR_EQ(test, found, second);
	mprox_flow_put(found);
	mprox_kunit_end_handshake(second);
	mprox_flow_put(first);
	mprox_kunit_forget(second, ctx);
	sock_release(sock);
}

/* The figures of a flow whose socket has closed stay with the context, once. */
static void flow_is_counted_once(struct kunit *test)
{
	struct mprox_ctx *ctx = flow_context(test);
	struct socket *sock = flow_socket(test);
	struct mprox_flow *flow = new_flow(test, ctx, sock);

	KUNIT_EXPECT_TRUE(test, mprox_flow_publish(flow));
	mprox_kunit_end_handshake(flow);
	tcp_sk(sock->sk)->bytes_sent = 1000;
	tcp_sk(sock->sk)->bytes_retrans = 100;
	tcp_sk(sock->sk)->bytes_received = 70;
	tcp_sk(sock->sk)->segs_out = 3;
	/* While its connect() is under way a socket may close and be aimed again. */
	flow->in_call = true;
	mprox_flow_closed(sock->sk);
	KUNIT_EXPECT_TRUE(test, flow->listed);
	flow->in_call = false;
	mprox_flow_closed(sock->sk);
	mprox_flow_closed(sock->sk);
	KUNIT_EXPECT_FALSE(test, flow->listed);
	KUNIT_EXPECT_EQ(test, ctx->flows.ended.bytes_sent, 900ULL);
	KUNIT_EXPECT_EQ(test, ctx->flows.ended.bytes_received, 70ULL);
	KUNIT_EXPECT_EQ(test, ctx->flows.ended.packets_sent, 3ULL);
	mprox_flow_put(flow);
	mprox_ctx_put_user(ctx);
	sock_release(sock);
}

static void nothing_is_armed_after_the_handshake(struct kunit *test)
{
	struct mprox_ctx *ctx = flow_context(test);
	struct socket *sock = flow_socket(test);
	struct mprox_flow *flow = new_flow(test, ctx, sock);
	struct mprox_hs *hs = mprox_flow_hs(flow);

	refcount_inc(&hs->refs);
	KUNIT_EXPECT_TRUE(test, mprox_flow_publish(flow));
	mprox_kunit_end_handshake(flow);
	spin_lock_bh(&flow->lock);
	mprox_flow_arm(flow, 1);
	mprox_flow_queue(flow);
	spin_unlock_bh(&flow->lock);
	KUNIT_EXPECT_FALSE(test, timer_pending(&hs->timer));
	KUNIT_EXPECT_FALSE(test, work_pending(&hs->work));
	KUNIT_EXPECT_EQ(test, refcount_read(&hs->refs), 1u);
	mprox_hs_put(hs);
	mprox_kunit_forget(flow, ctx);
	sock_release(sock);
}

/* Armed twice, it holds the handshake once, and lets go of one that is over. */
static void timer_holds_the_handshake(struct kunit *test)
{
	struct mprox_ctx *ctx = flow_context(test);
	struct socket *sock = flow_socket(test);
	struct mprox_flow *flow = new_flow(test, ctx, sock);
	struct mprox_hs *hs = mprox_flow_hs(flow);
	int i;

	hs->sk = sock->sk;
	sock_hold(sock->sk);
	refcount_inc(&hs->refs);
	KUNIT_EXPECT_TRUE(test, mprox_flow_publish(flow));
	spin_lock_bh(&flow->lock);
	mprox_flow_arm(flow, 60 * HZ);
	mprox_flow_arm(flow, 1);
	KUNIT_EXPECT_EQ(test, refcount_read(&hs->refs), 3u);
	mprox_hs_put(mprox_flow_take_hs(flow));
	spin_unlock_bh(&flow->lock);
	for (i = 0; i < 5000 && refcount_read(&hs->refs) > 1; i++)
		msleep(1);
	KUNIT_EXPECT_EQ(test, refcount_read(&hs->refs), 1u);
	mprox_hs_put(hs);
	mprox_kunit_forget(flow, ctx);
	sock_release(sock);
}

static struct kunit_case flow_cases[] = {
	KUNIT_CASE(flow_is_found_until_removed),
	KUNIT_CASE(flow_gives_way),
	KUNIT_CASE(flow_is_counted_once),
	KUNIT_CASE(nothing_is_armed_after_the_handshake),
	KUNIT_CASE(timer_holds_the_handshake),
	{}
};

struct kunit_suite mprox_flow_suite = {
	.name = "mutex_proxy_flows",
	.test_cases = flow_cases,
};
