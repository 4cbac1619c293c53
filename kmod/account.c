// SPDX-License-Identifier: GPL-2.0
#include "account.h"

#include <linux/proc_fs.h>
#include <linux/rculist.h>
#include <linux/seq_file.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_acct.h>
#include <linux/mutex_proxy.h>
#include "member.h"

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

/*
 * gc_lock keeps flows from being closed meanwhile, so each is counted exactly
 * once; new ones may join at the head, behind us.
 */
void mprox_account_read(struct mprox_ctx *ctx, struct mutex_proxy_stats *stats)
{
	struct mprox_counters sum;
	struct mprox_flow *flow;
	u64 active = 0;

	mutex_lock(&ctx->gc_lock);
	sum = ctx->closed;
	rcu_read_lock();
	list_for_each_entry_rcu(flow, &ctx->flows, ctx_node) {
		struct nf_conn *ct = READ_ONCE(flow->ct);

		if (flow->is_query)
			continue;
		if (READ_ONCE(flow->hs)) {
			active++;	/* its entry may still be exchanged */
			continue;
		}
		add_ct(&sum, ct);
		if (ct && !READ_ONCE(flow->error) && !mprox_account_is_over(ct))
			active++;
	}
	rcu_read_unlock();
	mutex_unlock(&ctx->gc_lock);

	stats->bytes_sent = sum.bytes[IP_CT_DIR_ORIGINAL];
	stats->bytes_received = sum.bytes[IP_CT_DIR_REPLY];
	stats->packets_sent = sum.packets[IP_CT_DIR_ORIGINAL];
	stats->packets_received = sum.packets[IP_CT_DIR_REPLY];
	stats->connections_active = active;
	stats->connections_total = atomic64_read(&ctx->total);
}

/* Contexts that are gone took their sums along: these are of the living. */
static void add_ctx(struct mprox_ctx *ctx, void *arg)
{
	struct mutex_proxy_stats *sum = arg, one;

	mprox_account_read(ctx, &one);
	sum->bytes_sent += one.bytes_sent;
	sum->bytes_received += one.bytes_received;
	sum->packets_sent += one.packets_sent;
	sum->packets_received += one.packets_received;
	sum->connections_active += one.connections_active;
	sum->connections_total += one.connections_total;
}

static int stats_show(struct seq_file *m, void *v)
{
	struct mutex_proxy_stats sum = {};

	mprox_ctx_for_each(add_ctx, &sum);
	seq_printf(m, "contexts %d\n", atomic_read(&mprox_nr_contexts));
	seq_printf(m, "contexts_enabled %d\n", atomic_read(&mprox_nr_enabled));
	seq_printf(m, "members %d\n", atomic_read(&mprox_nr_members));
	seq_printf(m, "flows %d\n", atomic_read(&mprox_nr_flows));
	seq_printf(m, "handshakes %d\n", atomic_read(&mprox_nr_handshakes));
	seq_printf(m, "connections_active %llu\n", sum.connections_active);
	seq_printf(m, "connections_total %llu\n", sum.connections_total);
	seq_printf(m, "bytes_sent %llu\n", sum.bytes_sent);
	seq_printf(m, "bytes_received %llu\n", sum.bytes_received);
	seq_printf(m, "packets_sent %llu\n", sum.packets_sent);
	seq_printf(m, "packets_received %llu\n", sum.packets_received);
	return 0;
}

int mprox_account_init(void)
{
	proc_dir = proc_mkdir("mutex", NULL);
	if (!proc_dir)
		return -ENOMEM;
	if (!proc_create_single("stats", 0444, proc_dir, stats_show)) {
		remove_proc_entry("mutex", NULL);
		return -ENOMEM;
	}
	return 0;
}

void mprox_account_exit(void)
{
	remove_proc_subtree("mutex", NULL);
}
