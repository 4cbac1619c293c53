// SPDX-License-Identifier: GPL-2.0
#include "door/stats.h"

#include <linux/nsproxy.h>
#include <linux/proc_fs.h>
#include <linux/rculist.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/mutex_proxy.h>
#include "door/alerts.h"
#include "policy/policy.h"
#include "report/export.h"
#include "scope/net.h"
#include "servers/known.h"
#include "tcp/count.h"
#include "tcp/flow.h"

#define SERVER_SIZE_V1	72
static_assert(sizeof(struct mutex_proxy_server_statistics) == SERVER_SIZE_V1);
static_assert(sizeof(struct mutex_proxy_statistics) <= PAGE_SIZE);

static struct proc_dir_entry *proc_dir;

/* Of connections, those that have ended included, but for the queries among them. */
struct flow_sums {
	struct mprox_counters carried;
	u64 active;
	u64 handshakes;
	u64 flows;	/* with queries */
};

/*
 * What there is, of one context or of a whole namespace. Too large for the stack. Of
 * @counts, MPROX_COUNT_OPENED to _PACKETS_RECEIVED are only of ended contexts.
 */
struct figures {
	struct flow_sums flows;
	u64 opened;
	u32 contexts;
	u32 enabled;
	u32 members;
	u32 alerts;
	struct mprox_tally counts;
};

static void add_flow(struct flow_sums *sums, const struct mprox_flow *flow)
{
	struct mprox_counters live;

	sums->flows++;
	if (flow->is_query)
		return;
	sums->active++;
	if (rcu_access_pointer(flow->hs))
		sums->handshakes++;
	/* TCP's sockets keep their type for a grace period, whatever they become. */
	mprox_counters_of(&live, flow->sk);
	mprox_counters_add(&sums->carried, &live);
}

/* How often a sum is begun anew because something has ended meanwhile. */
#define SUM_TRIES	16

/* One that ends meanwhile may be counted twice, or not: then all is begun anew. */
static void add_flows(struct mprox_ctx *ctx, struct flow_sums *sums)
{
	const struct mprox_flow *flow;
	struct flow_sums before = *sums;
	unsigned int seq, tries = 0;

	do {
		*sums = before;
		seq = read_seqcount_begin(&ctx->flows.seq);
		mprox_counters_add(&sums->carried, &ctx->flows.ended);
		rcu_read_lock();
		list_for_each_entry_rcu(flow, &ctx->flows.list, ctx_node)
			add_flow(sums, flow);
		rcu_read_unlock();
	} while (read_seqcount_retry(&ctx->flows.seq, seq) &&
		 ++tries < SUM_TRIES);
}

void mprox_stats_read(struct mprox_ctx *ctx, struct mutex_proxy_stats *stats)
{
	struct flow_sums sums = {};

	add_flows(ctx, &sums);
	stats->bytes_sent = sums.carried.bytes_sent;
	stats->bytes_received = sums.carried.bytes_received;
	stats->packets_sent = sums.carried.packets_sent;
	stats->packets_received = sums.carried.packets_received;
	stats->connections_active = sums.active;
	stats->connections_total = atomic64_read(&ctx->flows.total);
}

static void add_ctx(struct mprox_ctx *ctx, struct figures *figures)
{
	add_flows(ctx, &figures->flows);
	figures->opened += atomic64_read(&ctx->flows.total);
	figures->contexts++;
	figures->enabled += READ_ONCE(ctx->enabled);
	figures->members += READ_ONCE(ctx->nr_members);
	figures->alerts |= mprox_alerts_active(ctx);
	mprox_tally_sum(&figures->counts, &ctx->tally);
}

struct net_figures {
	const struct net *net;
	struct figures *figures;
};

static void add_if_of_net(struct mprox_ctx *ctx, void *arg)
{
	const struct net_figures *of = arg;

	if (ctx->net == of->net)
		add_ctx(ctx, of->figures);
}

static void add_ended(const struct mprox_net *mn, struct figures *figures)
{
	struct mprox_counters *carried = &figures->flows.carried;

	mprox_tally_sum(&figures->counts, &mn->ended);
	figures->opened = mprox_tally_read(&mn->ended, MPROX_COUNT_OPENED);
	carried->bytes_sent = mprox_tally_read(&mn->ended, MPROX_COUNT_BYTES_SENT);
	carried->bytes_received = mprox_tally_read(&mn->ended, MPROX_COUNT_BYTES_RECEIVED);
	carried->packets_sent = mprox_tally_read(&mn->ended, MPROX_COUNT_PACKETS_SENT);
	carried->packets_received = mprox_tally_read(&mn->ended,
						     MPROX_COUNT_PACKETS_RECEIVED);
}

/* A context that ends meanwhile is begun anew for, as a flow is above. */
static void add_namespace(const struct net *net, struct figures *figures)
{
	const struct mprox_net *mn = mprox_net(net);
	struct net_figures of = { .net = net, .figures = figures };
	int nr_ended, tries = 0;

	do {
		memset(figures, 0, sizeof(*figures));
		nr_ended = atomic_read_acquire(&mn->nr_ended);
		add_ended(mn, figures);
		/* Nobody's end is under way during the walk: see mprox_ctx_unlist(). */
		mprox_ctx_for_each(add_if_of_net, &of);
	} while (atomic_read(&mn->nr_ended) != nr_ended && ++tries < SUM_TRIES);
}

static void copy_counts(__u64 *to, const struct figures *figures, u32 first, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++)
		to[i] = mprox_tally_read(&figures->counts, first + i);
}

static void figures_tell(const struct figures *figures, struct mutex_proxy_statistics *us)
{
	const struct mprox_counters *carried = &figures->flows.carried;
	const struct mprox_tally *counts = &figures->counts;

	us->contexts = figures->contexts;
	us->members = figures->members;
	us->connections_active = figures->flows.active;
	us->connections_handshake = figures->flows.handshakes;
	us->connections_total = figures->opened;
	us->connections_proxied = mprox_tally_read(counts, MPROX_COUNT_PROXIED);
	us->connections_failed = mprox_tally_read(counts, MPROX_COUNT_FAILED);
	us->connections_direct = mprox_tally_read(counts, MPROX_COUNT_DIRECT);
	us->bytes_sent = carried->bytes_sent;
	us->bytes_received = carried->bytes_received;
	us->packets_sent = carried->packets_sent;
	us->packets_received = carried->packets_received;
	us->associations = mprox_tally_read(counts, MPROX_COUNT_ASSOCIATIONS);
	us->datagrams_sent = mprox_tally_read(counts, MPROX_COUNT_DATAGRAMS_SENT);
	us->datagrams_received = mprox_tally_read(counts, MPROX_COUNT_DATAGRAMS_RECEIVED);
	us->datagram_bytes_sent = mprox_tally_read(counts,
						   MPROX_COUNT_DATAGRAM_BYTES_SENT);
	us->datagram_bytes_received =
		mprox_tally_read(counts, MPROX_COUNT_DATAGRAM_BYTES_RECEIVED);
	us->latency_us = mprox_tally_read(counts, MPROX_COUNT_LATENCY_US);
	copy_counts(us->queries, figures, MPROX_COUNT_DNS, MPROX_DNS_COUNTS);
	copy_counts(us->refused, figures, MPROX_COUNT_REFUSED, MPROX_REFUSED_KINDS);
	copy_counts(us->latency, figures, MPROX_COUNT_LATENCY, MUTEX_PROXY_LATENCY_BUCKETS);
	copy_counts(us->reasons, figures, MPROX_COUNT_REASON, MUTEX_PROXY_REASONS);
	us->alerts = figures->alerts;
}

static void server_tell(const struct mprox_server *server,
			struct mutex_proxy_server_statistics *us)
{
	const struct mprox_share *share = server->share;

	us->at.family = server->at.family;
	us->at.port = ntohs(server->at.port);
	us->at.scope_id = server->hops[0].scope_id;
	memcpy(us->at.addr, &server->at.addr, sizeof(us->at.addr));
	us->hops = server->nr_hops;
	us->failures = READ_ONCE(share->failures);
	us->latency_us = READ_ONCE(share->latency);
	us->connections_active = atomic_read(&share->conns);
	us->connections_proxied = atomic64_read(&share->opened);
	us->attempts_failed = atomic64_read(&share->refused);
	us->bytes_sent = atomic64_read(&share->bytes_sent);
	us->bytes_received = atomic64_read(&share->bytes_received);
}

/* Fills the caller's array, as far as it goes, and says how many there are. */
static int tell_servers(struct mprox_ctx *ctx, struct mutex_proxy_statistics *us)
{
	struct mprox_policy *policy = mprox_policy_of(ctx);
	u32 i, nr = policy ? policy->nr_servers : 0;
	int err = 0;

	for (i = 0; !err && i < min(nr, us->nr_servers); i++) {
		struct mutex_proxy_server_statistics server = {};

		server_tell(&policy->servers[i], &server);
		err = mprox_export_element(us->servers, i, us->server_size, &server,
					   sizeof(server));
	}
	us->nr_servers = nr;
	mprox_policy_put(policy);
	return err;
}

int mprox_statistics_read(struct mprox_ctx *ctx, struct mutex_proxy_statistics *us)
{
	struct figures *figures = kzalloc(sizeof(*figures), GFP_KERNEL);

	if (!figures)
		return -ENOMEM;
	add_ctx(ctx, figures);
	figures_tell(figures, us);
	kfree(figures);
	return 0;
}

static bool is_clean(const struct mutex_proxy_statistics *us)
{
	return !us->flags && !us->reserved &&
	       (!us->nr_servers || (us->server_size >= SERVER_SIZE_V1 &&
				    us->server_size <= PAGE_SIZE));
}

int mprox_statistics_tell(struct mprox_ctx *ctx, struct mutex_proxy_statistics *us)
{
	int err;

	if (!is_clean(us))
		return -EINVAL;
	err = tell_servers(ctx, us);
	return err ?: mprox_statistics_read(ctx, us);
}

int mprox_statistics_tell_net(const struct net *net, struct mutex_proxy_statistics *us)
{
	struct figures *figures;

	if (!is_clean(us))
		return -EINVAL;
	figures = kmalloc(sizeof(*figures), GFP_KERNEL);
	if (!figures)
		return -ENOMEM;
	add_namespace(net, figures);
	figures_tell(figures, us);
	us->nr_servers = 0;
	kfree(figures);
	return 0;
}

u64 mprox_statistics_news(const struct mprox_ctx *ctx)
{
	return mprox_tally_read(&ctx->tally, MPROX_COUNT_PROXIED) +
	       mprox_tally_read(&ctx->tally, MPROX_COUNT_FAILED) +
	       mprox_tally_read(&ctx->tally, MPROX_COUNT_CLOSED);
}

/* Of the reader's own network namespace: others are nobody's business here. */
static int stats_show(struct seq_file *m, void *v)
{
	const struct net *net = current->nsproxy->net_ns;
	const struct mprox_counters *carried;
	struct figures *figures;

	figures = kmalloc(sizeof(*figures), GFP_KERNEL);
	if (!figures)
		return -ENOMEM;
	add_namespace(net, figures);
	carried = &figures->flows.carried;
	seq_printf(m, "contexts %d\n", atomic_read(&mprox_net(net)->contexts));
	seq_printf(m, "contexts_enabled %u\n", figures->enabled);
	seq_printf(m, "members %u\n", figures->members);
	seq_printf(m, "flows %llu\n", figures->flows.flows);
	seq_printf(m, "handshakes %llu\n", figures->flows.handshakes);
	seq_printf(m, "connections_active %llu\n", figures->flows.active);
	seq_printf(m, "connections_total %llu\n", figures->opened);
	seq_printf(m, "bytes_sent %llu\n", carried->bytes_sent);
	seq_printf(m, "bytes_received %llu\n", carried->bytes_received);
	seq_printf(m, "packets_sent %llu\n", carried->packets_sent);
	seq_printf(m, "packets_received %llu\n", carried->packets_received);
	kfree(figures);
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
