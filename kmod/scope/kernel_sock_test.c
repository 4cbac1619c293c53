// SPDX-License-Identifier: GPL-2.0
/* Part of kernel_sock.c, where the kernel has KUnit. Addresses of RFC 5737. */
#include "kunit/suites.h"

static struct mprox_key kernel_test_key(u16 port)
{
	struct mprox_key key = {
		.net = &init_net,
		.family = AF_INET,
		.lport = htons(1000),
		.rport = htons(port),
	};

	key.local.s6_addr32[0] = htonl(0xc0000201);	/* 192.0.2.1 */
	key.remote.s6_addr32[0] = htonl(0xc6336401);	/* 198.51.100.1 */
	return key;
}

static struct mprox_ctx *kernel_test_ctx(struct kunit *test)
{
	struct mprox_ctx *ctx = mprox_kunit_context();

	KUNIT_ASSERT_FALSE(test, IS_ERR(ctx));
	return ctx;
}

static int kernel_test_note(struct mprox_ctx *ctx, u16 port)
{
	struct mprox_key key = kernel_test_key(port);
	int err;

	rcu_read_lock();
	err = mprox_kernel_peer_note(ctx, &key);
	rcu_read_unlock();
	return err;
}

static void kernel_test_count(struct mprox_ctx *ctx, void *arg)
{
	++*(int *)arg;
}

/* How many contexts a thread of the kernel would be judged by; or an errno. */
static int kernel_test_find(u16 port)
{
	struct mprox_key key = kernel_test_key(port);
	int count = 0, err;

	rcu_read_lock();
	err = mprox_kernel_peer_for_each(&key, kernel_test_count, &count);
	rcu_read_unlock();
	return err ?: count;
}

static void kernel_peer_is_its_contexts(struct kunit *test)
{
	struct mprox_ctx *first = kernel_test_ctx(test);
	struct mprox_ctx *second = kernel_test_ctx(test);

	KUNIT_EXPECT_EQ(test, kernel_test_find(445), 0);
	KUNIT_EXPECT_EQ(test, kernel_test_note(first, 445), 0);
	KUNIT_EXPECT_EQ(test, kernel_test_note(first, 445), 0);
	KUNIT_EXPECT_EQ(test, kernel_test_find(445), 1);
	KUNIT_EXPECT_EQ(test, kernel_test_find(446), 0);
	KUNIT_EXPECT_EQ(test, kernel_test_note(second, 445), 0);
	KUNIT_EXPECT_EQ(test, kernel_test_find(445), 2);
	mprox_ctx_put_user(first);
	mprox_ctx_put_user(second);
	mprox_kernel_peers_exit_net(&init_net);
	KUNIT_EXPECT_EQ(test, kernel_test_find(445), 0);
}

static void kernel_peer_outlives_its_context(struct kunit *test)
{
	struct mprox_ctx *first = kernel_test_ctx(test);
	struct mprox_ctx *second = kernel_test_ctx(test);
	struct mprox_key key = kernel_test_key(445);

	KUNIT_EXPECT_EQ(test, kernel_test_note(first, 445), 0);
	KUNIT_EXPECT_EQ(test, kernel_test_note(first, 446), 0);
	mprox_ctx_put_user(first);
	KUNIT_EXPECT_EQ(test, kernel_test_find(445), -EACCES);
	/* Another scope has the kernel connect there, and is over. */
	KUNIT_EXPECT_EQ(test, kernel_test_note(second, 445), 0);
	KUNIT_EXPECT_EQ(test, kernel_test_find(445), 1);
	mprox_ctx_put_user(second);
	KUNIT_EXPECT_EQ(test, kernel_test_find(445), -EACCES);
	/* And somebody who is in none. */
	mprox_kernel_peer_disown(&key);
	KUNIT_EXPECT_EQ(test, kernel_test_find(445), 0);
	KUNIT_EXPECT_EQ(test, kernel_test_find(446), -EACCES);
	mprox_kernel_peers_exit_net(&init_net);
}

static void kernel_peers_are_bounded(struct kunit *test)
{
	struct mprox_ctx *ctx;
	int port = 0, i;

	while (port < MPROX_KERNEL_PEERS_MAX) {
		ctx = kernel_test_ctx(test);
		for (i = 0; i < MPROX_KERNEL_PEERS_PER_CTX; i++)
			KUNIT_ASSERT_EQ(test, kernel_test_note(ctx, ++port), 0);
		KUNIT_EXPECT_EQ(test, kernel_test_note(ctx, 50000), -ENOSPC);
		mprox_ctx_put_user(ctx);
	}
	/* The oldest of those who are over makes room. */
	ctx = kernel_test_ctx(test);
	KUNIT_EXPECT_EQ(test, kernel_test_note(ctx, 50000), 0);
	KUNIT_EXPECT_EQ(test, kernel_test_find(1), 0);
	KUNIT_EXPECT_EQ(test, kernel_test_find(2), -EACCES);
	mprox_ctx_put_user(ctx);
	mprox_kernel_peers_exit_net(&init_net);
	KUNIT_EXPECT_EQ(test, peers_count, 0u);
}

static struct kunit_case kernel_sock_cases[] = {
	KUNIT_CASE(kernel_peer_is_its_contexts),
	KUNIT_CASE(kernel_peer_outlives_its_context),
	KUNIT_CASE(kernel_peers_are_bounded),
	{}
};

struct kunit_suite mprox_kernel_sock_suite = {
	.name = "mutex_proxy_kernel_sock",
	.test_cases = kernel_sock_cases,
};
