// SPDX-License-Identifier: GPL-2.0
#include "policy/probing.h"

#include <linux/sched.h>
#include "policy/policy.h"
#include "servers/probe.h"

void mprox_probing_work(struct work_struct *work)
{
	struct mprox_ctx *ctx = container_of(to_delayed_work(work),
					     struct mprox_ctx, probe_work);
	struct mprox_probe_terms terms;
	struct mprox_policy *policy;
	u32 i;

	/* Without a user its namespace may be gone. */
	if (!refcount_inc_not_zero(&ctx->users))
		return;
	policy = mprox_policy_of(ctx);
	if (policy && policy->probe_ms && READ_ONCE(ctx->enabled)) {
		terms = (struct mprox_probe_terms) {
			.probe_ms = policy->probe_ms,
			.attempt_ms = policy->attempt_ms,
			.fail_ms = policy->fail_ms,
		};
		for (i = 0; i < policy->nr_servers; i++) {
			mprox_probe_start(ctx, &policy->servers[i], &terms);
			cond_resched();
		}
		queue_delayed_work(mprox_wq, &ctx->probe_work,
				   msecs_to_jiffies(policy->probe_ms));
	}
	mprox_policy_put(policy);
	mprox_ctx_put_user(ctx);
}

void mprox_probing_arm(struct mprox_ctx *ctx)
{
	const struct mprox_policy *policy;

	lockdep_assert_held(&ctx->lock);
	policy = rcu_dereference_protected(ctx->policy,
					   lockdep_is_held(&ctx->lock));
	if (policy && policy->probe_ms && ctx->enabled)
		mod_delayed_work(mprox_wq, &ctx->probe_work, 0);
}
