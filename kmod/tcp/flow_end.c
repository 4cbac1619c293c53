// SPDX-License-Identifier: GPL-2.0
/*
 * The end of many flows at once: of a namespace, or of the module. Established
 * connections go on without us: their sockets have the proxy's address.
 */
#include <linux/delay.h>
#include <linux/rculist.h>
#include "tcp/flow.h"
#include "tcp/handshake.h"

/* Calls @fn for each flow of @ctx. New ones may join at the head, behind us. */
static void walk_flows(struct mprox_ctx *ctx, void (*fn)(struct mprox_flow *flow))
{
	struct mprox_flow *flow;

	rcu_read_lock();
	list_for_each_entry_rcu(flow, &ctx->flows.list, ctx_node)
		fn(flow);
	rcu_read_unlock();
}

/* The callback's softirqs and works do the rest. */
static void abort_one(struct mprox_flow *flow)
{
	if (rcu_access_pointer(flow->hs))
		mprox_hs_abort(flow);
}

static void abort_ctx(struct mprox_ctx *ctx, void *arg)
{
	walk_flows(ctx, abort_one);
}

void mprox_flow_abort_all(void)
{
	for (;;) {
		mprox_ctx_for_each(abort_ctx, NULL);
		/* What has failed is now told to its socket. */
		flush_workqueue(mprox_wq);
		rcu_barrier();
		if (!atomic_read(&mprox_nr_handshakes))
			break;
		/* A timer that was running may have the last reference. */
		msleep(20);
	}
}

static void purge_ctx(struct mprox_ctx *ctx, void *arg)
{
	if (!arg || ctx->net == arg)
		walk_flows(ctx, mprox_flow_remove);
}

void mprox_flow_purge(const struct net *net)
{
	mprox_ctx_for_each(purge_ctx, (void *)net);
	/* The callbacks put contexts ... */
	rcu_barrier();
	/* ... whose work takes the hooks down ... */
	flush_workqueue(mprox_wq);
	/* ... and frees them. */
	rcu_barrier();
}

void mprox_flow_drain(void)
{
	mprox_flow_purge(NULL);
	/* A timer or a work that was running then may hold the last reference. */
	while (atomic_read(&mprox_nr_flows) ||
	       atomic_read(&mprox_nr_contexts)) {
		msleep(20);
		flush_workqueue(mprox_wq);
	}
	/* The callbacks that counted down have returned after this. */
	rcu_barrier();
}
