// SPDX-License-Identifier: GPL-2.0
#include "door/flows.h"

#include <linux/cred.h>
#include <linux/mm.h>
#include <linux/rculist.h>
#include <linux/uaccess.h>
#include <linux/mutex_proxy.h>
#include "tcp/flow.h"
#include "tcp/tell.h"

/* A walk under RCU cannot write to userspace: records are gathered first. */
static void flows_gather(const struct mprox_ctx *ctx, u8 *to,
			 struct mutex_proxy_flows *uf)
{
	struct user_namespace *ns = current_user_ns();
	const struct mprox_flow *flow;

	rcu_read_lock();
	list_for_each_entry_rcu(flow, &ctx->flows.list, ctx_node) {
		if (flow->is_query)
			continue;
		uf->nr++;
		uf->used += mprox_tell_flow(flow, to + uf->used, uf->room - uf->used, ns);
	}
	rcu_read_unlock();
}

int mprox_flows_list(struct mprox_ctx *ctx, struct mutex_proxy_flows *uf)
{
	u8 *records = NULL;
	int err = 0;

	if (uf->flags || uf->reserved || uf->used || uf->nr ||
	    uf->room > MUTEX_PROXY_MAX_EVENTS_ROOM)
		return -EINVAL;
	if (uf->room) {
		records = kvmalloc(uf->room, GFP_KERNEL_ACCOUNT);
		if (!records)
			return -ENOMEM;
	}
	flows_gather(ctx, records, uf);
	if (copy_to_user(u64_to_user_ptr(uf->records), records, uf->used))
		err = -EFAULT;
	kvfree(records);
	return err;
}
