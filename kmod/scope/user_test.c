// SPDX-License-Identifier: GPL-2.0
/* Part of user.c, where the kernel has KUnit. Nobody has these numbers. */
#include "kunit/suites.h"

#define NOBODY_A	KUIDT_INIT(4000000001u)
#define NOBODY_B	KUIDT_INIT(4000000002u)

static struct mprox_user *user_of(kuid_t uid)
{
	struct cred cred = { .euid = uid, .user_ns = &init_user_ns };

	return mprox_user_get(&cred);
}

static void user_has_one_record(struct kunit *test)
{
	struct mprox_user *a = user_of(NOBODY_A), *b = user_of(NOBODY_B);

	KUNIT_ASSERT_NOT_NULL(test, a);
	KUNIT_ASSERT_NOT_NULL(test, b);
	KUNIT_EXPECT_PTR_NE(test, a, b);
	KUNIT_EXPECT_PTR_EQ(test, user_of(NOBODY_A), a);
	mprox_user_put(a);
	mprox_user_put(a);
	mprox_user_put(b);
}

static void user_is_who_owns_the_namespace(struct kunit *test)
{
	static struct user_namespace outer, inner;
	struct cred cred = { .euid = NOBODY_B, .user_ns = &inner };

	outer.parent = &init_user_ns;
	outer.owner = NOBODY_A;
	inner.parent = &outer;
	inner.owner = NOBODY_B;

	KUNIT_EXPECT_TRUE(test, uid_eq(mprox_owner_of(&cred), NOBODY_A));
	cred.user_ns = &outer;
	KUNIT_EXPECT_TRUE(test, uid_eq(mprox_owner_of(&cred), NOBODY_A));
	cred.user_ns = &init_user_ns;
	KUNIT_EXPECT_TRUE(test, uid_eq(mprox_owner_of(&cred), NOBODY_B));
}

static void user_has_a_share(struct kunit *test)
{
	struct mprox_user *a = user_of(NOBODY_A), *b = user_of(NOBODY_B);
	struct mprox_user *root = user_of(GLOBAL_ROOT_UID);
	int what, i;

	for (what = 0; what < MPROX_QUOTAS; what++) {
		for (i = 0; i < user_max[what]; i++)
			KUNIT_ASSERT_TRUE(test, mprox_user_charge(a, what));
		KUNIT_EXPECT_FALSE(test, mprox_user_charge(a, what));
		/* The others have theirs, and root all that there is. */
		KUNIT_EXPECT_TRUE(test, mprox_user_charge(b, what));
		mprox_user_uncharge(b, what);
		for (i = 0; i <= user_max[what]; i++)
			KUNIT_ASSERT_TRUE(test, mprox_user_charge(root, what));
		for (i = 0; i <= user_max[what]; i++)
			mprox_user_uncharge(root, what);
		mprox_user_uncharge(a, what);
		KUNIT_EXPECT_TRUE(test, mprox_user_charge(a, what));
		for (i = 0; i < user_max[what]; i++)
			mprox_user_uncharge(a, what);
	}
	mprox_user_put(a);
	mprox_user_put(b);
	mprox_user_put(root);
}

static struct kunit_case user_cases[] = {
	KUNIT_CASE(user_has_one_record),
	KUNIT_CASE(user_is_who_owns_the_namespace),
	KUNIT_CASE(user_has_a_share),
	{}
};

struct kunit_suite mprox_user_suite = {
	.name = "mutex_proxy_users",
	.test_cases = user_cases,
};
