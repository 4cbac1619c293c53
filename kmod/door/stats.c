// SPDX-License-Identifier: GPL-2.0
#include "door/stats.h"

#include <linux/nsproxy.h>
#include <linux/proc_fs.h>
#include <linux/rculist.h>
#include <linux/seq_file.h>
#include <linux/mutex_proxy.h>
#include "scope/net.h"
#include "tcp/count.h"
#include "tcp/flow.h"

static struct proc_dir_entry *proc_dir;

/* What there is, of one context or of all those of a namespace. */
struct tally {
	struct mprox_counters sum;
	u32 enabled;
	u32 members;
	u32 flows;
	u32 handshakes;
	u64 active;
	u64 total;
};

static void add_flow(struct tally *tally, const struct mprox_flow *flow)
{
	struct mprox_counters live;

	tally->flows++;
	if (flow->is_query)
		return;
	tally->active++;
	if (rcu_access_pointer(flow->hs))
		tally->handshakes++;
	/* TCP's sockets keep their type for a grace period, whatever they become. */
	mprox_counters_of(&live, flow->sk);
	mprox_counters_add(&tally->sum, &live);
}

/* How often a sum is begun anew because a connection has ended meanwhile. */
#define SUM_TRIES	16

/* One that ends meanwhile may be counted twice, or not: then all is begun anew. */
static void add_flows(struct mprox_ctx *ctx, struct tally *tally)
{
	const struct mprox_flow *flow;
	struct tally before = *tally;
	unsigned int seq, tries = 0;

	do {
		*tally = before;
		seq = read_seqcount_begin(&ctx->flows.seq);
		mprox_counters_add(&tally->sum, &ctx->flows.ended);
		rcu_read_lock();
		list_for_each_entry_rcu(flow, &ctx->flows.list, ctx_node)
			add_flow(tally, flow);
		rcu_read_unlock();
	} while (read_seqcount_retry(&ctx->flows.seq, seq) &&
		 ++tries < SUM_TRIES);
}

static void add_ctx(struct mprox_ctx *ctx, struct tally *tally)
{
	add_flows(ctx, tally);
	tally->enabled += READ_ONCE(ctx->enabled);
	tally->members += READ_ONCE(ctx->nr_members);
	tally->total += atomic64_read(&ctx->flows.total);
}

void mprox_stats_read(struct mprox_ctx *ctx, struct mutex_proxy_stats *stats)
{
	struct tally tally = {};

	add_ctx(ctx, &tally);
	stats->bytes_sent = tally.sum.bytes_sent;
	stats->bytes_received = tally.sum.bytes_received;
	stats->packets_sent = tally.sum.packets_sent;
	stats->packets_received = tally.sum.packets_received;
	stats->connections_active = tally.active;
	stats->connections_total = tally.total;
}

/* Contexts that are gone took their sums along: these are of the living. */
static void add_all(const struct net *net, struct tally *tally)
{
	struct mprox_ctx *ctx = NULL;

	while ((ctx = mprox_ctx_next(net, ctx))) {
		add_ctx(ctx, tally);
		cond_resched();
	}
}

/* Of the reader's own network namespace: others are nobody's business here. */
static int stats_show(struct seq_file *m, void *v)
{
	const struct net *net = current->nsproxy->net_ns;
	struct tally tally = {};

	add_all(net, &tally);
	seq_printf(m, "contexts %d\n", atomic_read(&mprox_net(net)->contexts));
	seq_printf(m, "contexts_enabled %u\n", tally.enabled);
	seq_printf(m, "members %u\n", tally.members);
	seq_printf(m, "flows %u\n", tally.flows);
	seq_printf(m, "handshakes %u\n", tally.handshakes);
	seq_printf(m, "connections_active %llu\n", tally.active);
	seq_printf(m, "connections_total %llu\n", tally.total);
	seq_printf(m, "bytes_sent %llu\n", tally.sum.bytes_sent);
	seq_printf(m, "bytes_received %llu\n",
		   tally.sum.bytes_received);
	seq_printf(m, "packets_sent %llu\n",
		   tally.sum.packets_sent);
	seq_printf(m, "packets_received %llu\n",
		   tally.sum.packets_received);
	return 0;
}

int mprox_stats_init(void)
{
	proc_dir = proc_mkdir("mutex", NULL);
	if (!proc_dir)
		return -ENOMEM;
	/* How much who sends to whom, and when, is for the administrator. */
	if (!proc_create_single("stats", 0400, proc_dir, stats_show)) {
		remove_proc_entry("mutex", NULL);
		return -ENOMEM;
	}
	return 0;
}

void mprox_stats_exit(void)
{
	remove_proc_subtree("mutex", NULL);
}
