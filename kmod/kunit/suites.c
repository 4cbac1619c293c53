// SPDX-License-Identifier: GPL-2.0
/*
 * Not kunit_test_suites(): Linux 6.1 runs such suites before the init function of
 * their module, when nothing that they ask for is there.
 */
#include "kunit/suites.h"

#include <linux/moduleparam.h>
#include "door/life.h"
#include "tcp/flow.h"

static bool kunit;
module_param(kunit, bool, 0444);
MODULE_PARM_DESC(kunit, "run the module's KUnit suites when it is loaded");

static struct kunit_suite *suites[] = {
	&mprox_member_suite,
	&mprox_flow_suite,
	&mprox_kernel_sock_suite,
	&mprox_user_suite,
};

struct mprox_ctx *mprox_kunit_context(void)
{
	return mprox_ctx_create(&init_net, 0, true);
}

void mprox_kunit_end_handshake(struct mprox_flow *flow)
{
	struct mprox_hs *hs;

	spin_lock_bh(&flow->lock);
	hs = mprox_flow_take_hs(flow);
	spin_unlock_bh(&flow->lock);
	mprox_hs_put(hs);
}

void mprox_kunit_forget(struct mprox_flow *flow, struct mprox_ctx *ctx)
{
	mprox_flow_remove(flow);
	mprox_flow_put(flow);
	mprox_ctx_put_user(ctx);
}

void mprox_kunit_run(void)
{
	if (kunit)
		__kunit_test_suites_init(suites, ARRAY_SIZE(suites));
}

void mprox_kunit_end(void)
{
	if (kunit)
		__kunit_test_suites_exit(suites, ARRAY_SIZE(suites));
}
