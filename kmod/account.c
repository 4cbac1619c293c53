// SPDX-License-Identifier: GPL-2.0
#include "account.h"

#include <linux/nsproxy.h>
#include <linux/proc_fs.h>
#include <linux/rculist.h>
#include <linux/seq_file.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_acct.h>
#include <linux/mutex_proxy.h>
#include "net.h"

static struct proc_dir_entry *proc_dir;

static void add_ct(struct mprox_counters *sum, const struct nf_conn *ct)
{
	struct nf_conn_acct *acct = ct ? nf_conn_acct_find(ct) : NULL;
	int dir;

	if (!acct)
		return;
	for (dir = 0; dir < IP_CT_DIR_MAX; dir++) {
		sum->bytes[dir] += atomic64_read(&acct->counter[dir].bytes);
		sum->packets[dir] += atomic64_read(&acct->counter[dir].packets);
	}
}

bool mprox_account_is_over(const struct nf_conn *ct)
{
	return ct->proto.tcp.state >= TCP_CONNTRACK_LAST_ACK;
}

void mprox_account_close_locked(struct mprox_flow *flow)
{
	lockdep_assert_held(&flow->ctx->gc_lock);
	if (flow->closed)
		return;
	flow->closed = true;
	if (!flow->is_query)
		add_ct(&flow->ctx->closed, flow->ct);
	mprox_flow_remove(flow);
}

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
	const struct nf_conn *ct = READ_ONCE(flow->ct);

	tally->flows++;
	if (flow->is_query)
		return;
	if (READ_ONCE(flow->hs)) {
		tally->handshakes++;
		tally->active++;	/* its entry may still be exchanged */
		return;
	}
	add_ct(&tally->sum, ct);
	if (ct && !READ_ONCE(flow->error) && !mprox_account_is_over(ct))
		tally->active++;
}

/*
 * gc_lock keeps flows from being closed meanwhile, so each is counted exactly
 * once; new ones may join at the head, behind us.
 */
static void add_ctx(struct mprox_ctx *ctx, struct tally *tally)
{
	const struct mprox_flow *flow;
	int dir;

	mutex_lock(&ctx->gc_lock);
	for (dir = 0; dir < IP_CT_DIR_MAX; dir++) {
		tally->sum.bytes[dir] += ctx->closed.bytes[dir];
		tally->sum.packets[dir] += ctx->closed.packets[dir];
	}
	rcu_read_lock();
	list_for_each_entry_rcu(flow, &ctx->flows, ctx_node)
		add_flow(tally, flow);
	rcu_read_unlock();
	mutex_unlock(&ctx->gc_lock);
	tally->enabled += READ_ONCE(ctx->enabled);
	tally->members += READ_ONCE(ctx->nr_members);
	tally->total += atomic64_read(&ctx->total);
}

void mprox_account_read(struct mprox_ctx *ctx, struct mutex_proxy_stats *stats)
{
	struct tally tally = {};

	add_ctx(ctx, &tally);
	stats->bytes_sent = tally.sum.bytes[IP_CT_DIR_ORIGINAL];
	stats->bytes_received = tally.sum.bytes[IP_CT_DIR_REPLY];
	stats->packets_sent = tally.sum.packets[IP_CT_DIR_ORIGINAL];
	stats->packets_received = tally.sum.packets[IP_CT_DIR_REPLY];
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
	seq_printf(m, "bytes_sent %llu\n", tally.sum.bytes[IP_CT_DIR_ORIGINAL]);
	seq_printf(m, "bytes_received %llu\n",
		   tally.sum.bytes[IP_CT_DIR_REPLY]);
	seq_printf(m, "packets_sent %llu\n",
		   tally.sum.packets[IP_CT_DIR_ORIGINAL]);
	seq_printf(m, "packets_received %llu\n",
		   tally.sum.packets[IP_CT_DIR_REPLY]);
	return 0;
}

int mprox_account_init(void)
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

void mprox_account_exit(void)
{
	remove_proc_subtree("mutex", NULL);
}
