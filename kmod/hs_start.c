// SPDX-License-Identifier: GPL-2.0
/* From the program's SYN to a handshake: what to say, where to, as whom. */
#include "handshake.h"

#include <net/dst.h>
#include <net/ip6_route.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/route.h>
#include <net/sock.h>
#include <net/tcp.h>

static bool keeps_source(const struct sock *sk, bool usable)
{
	/* bind() to an address is a wish that we follow where it can work. */
	return (sk->sk_userlocks & SOCK_BINDADDR_LOCK) && usable;
}

/*
 * What NAT shall make of the source: the address that the route to the server
 * would have chosen. A server on this machine is reached over lo, where every
 * address of the machine is a good source and a mapped one would not find its
 * way back (ip_route_input() drops 127.0.0.1 as a martian).
 */
static int find_source_v4(struct mprox_flow *flow)
{
	struct mprox_hs *hs = flow->hs;
	__be32 local = flow->key.local.s6_addr32[0];
	struct flowi4 fl4 = {
		.daddr = hs->server.addr.s6_addr32[0],
		.flowi4_oif = hs->sk->sk_bound_dev_if,
		.flowi4_mark = hs->mark,
		.flowi4_proto = IPPROTO_TCP,
		.flowi4_uid = hs->sk->sk_uid,
		.fl4_dport = hs->server.port,
	};
	struct rtable *rt = ip_route_output_key(hs->net, &fl4);

	if (IS_ERR(rt))
		return -EHOSTUNREACH;
	if (!(rt->rt_flags & RTCF_LOCAL) && fl4.saddr != local &&
	    !keeps_source(hs->sk, !ipv4_is_loopback(local))) {
		hs->source.family = AF_INET;
		hs->source.addr.s6_addr32[0] = fl4.saddr;
	}
	ip_rt_put(rt);
	return 0;
}

#if IS_ENABLED(CONFIG_IPV6)
static int find_source_v6(struct mprox_flow *flow, u32 scope_id)
{
	struct mprox_hs *hs = flow->hs;
	struct flowi6 fl6 = {
		.daddr = hs->server.addr,
		.flowi6_oif = hs->sk->sk_bound_dev_if,
		.flowi6_mark = hs->mark,
		.flowi6_proto = IPPROTO_TCP,
		.flowi6_uid = hs->sk->sk_uid,
		.fl6_dport = hs->server.port,
	};
	struct dst_entry *dst;

	/*
	 * NAT's rerouting looks for a link-local server on the device that the
	 * program's own route has chosen, and nowhere else.
	 */
	if (scope_id) {
		if (hs->dst->dev->ifindex != scope_id)
			return -EHOSTUNREACH;
		fl6.flowi6_oif = scope_id;
	}
	dst = ip6_dst_lookup_flow(hs->net, hs->sk, &fl6, NULL);
	if (IS_ERR(dst))
		return -EHOSTUNREACH;
	if (!(dst_rt6_info(dst)->rt6i_flags & RTF_LOCAL) &&
	    !(dst->dev->flags & IFF_LOOPBACK) &&
	    !ipv6_addr_equal(&fl6.saddr, &flow->key.local) &&
	    !keeps_source(hs->sk, !ipv6_addr_loopback(&flow->key.local))) {
		hs->source.family = AF_INET6;
		hs->source.addr = fl6.saddr;
	}
	dst_release(dst);
	return 0;
}
#else
static int find_source_v6(struct mprox_flow *flow, u32 scope_id)
{
	return -EAFNOSUPPORT;
}
#endif

static void write_handshake(struct mprox_flow *flow,
			    const struct mprox_server *server)
{
	struct mprox_hs *hs = flow->hs;
	struct mprox_cred cred = {};
	struct mprox_target to = {
		.is_ipv6 = flow->key.family == AF_INET6,
		.port = ntohs(flow->key.rport),
	};

	memcpy(to.addr, &flow->key.remote, sizeof(to.addr));
	if (server) {
		hs->server = server->addr;
		cred.user_len = server->user_len;
		cred.pass_len = server->pass_len;
		cred.user = server->user;
		cred.pass = server->pass;
	}
	mprox_socks5_init(&hs->socks, &to, &cred);
	hs->snd_una = hs->isn - hs->socks.out_len;
	hs->snd_nxt = hs->snd_una + 1;
}

/* Fills the handshake. Negative errno: it cannot be, and why. */
static int prepare(struct mprox_flow *flow, const struct mprox_policy *policy,
		   const struct sk_buff *skb, const struct nf_hook_state *state,
		   const struct tcphdr *th)
{
	const struct mprox_server *server;
	struct mprox_hs *hs = flow->hs;

	server = mprox_policy_server(policy, flow->key.family);
	hs->state = MPROX_HS_SYN_SENT;
	hs->sk = state->sk;
	sock_hold(hs->sk);
	if (dst_hold_safe(skb_dst(skb)))
		hs->dst = skb_dst(skb);
	hs->net = state->net;
	hs->mark = skb->mark;
	hs->sent_at = jiffies;
	hs->deadline = jiffies + msecs_to_jiffies(policy->handshake_ms);
	hs->rto = MPROX_RTO_INIT;
	hs->isn = ntohl(th->seq);
	flow->bound_if = READ_ONCE(hs->sk->sk_bound_dev_if);
	mprox_tcp_parse(th, &hs->syn);
	write_handshake(flow, server);

	if (!hs->dst)
		return -EHOSTUNREACH;
	if (flow->key.net != flow->ctx->net || !server)
		return -ENETUNREACH;
	if (hs->syn.signed_)
		return -EOPNOTSUPP;
	if (flow->key.family == AF_INET)
		return find_source_v4(flow);
	return find_source_v6(flow, server->scope_id);
}

unsigned int mprox_hs_start(struct mprox_ctx *ctx,
			    const struct mprox_policy *policy,
			    const struct mprox_key *key, struct sk_buff *skb,
			    const struct nf_hook_state *state,
			    unsigned int thoff)
{
	const struct tcphdr *th = (struct tcphdr *)(skb->data + thoff);
	struct mprox_flow *flow;
	unsigned int n;
	int err;

	/*
	 * tcp_connect() gives up at once for ECONNREFUSED and for nothing else;
	 * any other refusal has to be told to the socket from work.
	 */
	flow = mprox_flow_alloc(ctx, key);
	if (!flow)
		return NF_DROP_ERR(-ECONNREFUSED);
	err = prepare(flow, policy, skb, state, th);
	n = flow->hs->socks.out_len;
	if (!mprox_flow_publish(flow)) {
		mprox_flow_put(flow);
		return NF_DROP_ERR(-ECONNREFUSED);
	}
	if (err) {
		mprox_hs_fail(flow, -err, false);
		mprox_flow_put(flow);
		consume_skb(skb);
		return NF_STOLEN;
	}
	spin_lock_bh(&flow->lock);
	if (flow->hs)
		mprox_flow_arm(flow, mprox_hs_next_look(flow->hs));
	spin_unlock_bh(&flow->lock);
	mprox_flow_put(flow);
	/* Without memory it is a lost SYN: TCP sends it again. */
	return mprox_syn_rewrite(skb, key->family, thoff, n) ? NF_ACCEPT :
							       NF_DROP;
}

bool mprox_hs_set_ct(struct mprox_flow *flow, struct nf_conn *ct,
		     struct mprox_addr *server)
{
	struct nf_conn *old = NULL;
	bool ours;

	spin_lock_bh(&flow->lock);
	ours = flow->hs && flow->hs->state == MPROX_HS_SYN_SENT;
	if (ours) {
		*server = flow->hs->server;
		/* A SYN that was lost below us took its unconfirmed entry along. */
		old = flow->ct;
		nf_conntrack_get(&ct->ct_general);
		WRITE_ONCE(flow->ct, ct);
	}
	spin_unlock_bh(&flow->lock);
	if (old)
		nf_ct_put(old);
	return ours;
}

bool mprox_hs_source(struct mprox_flow *flow, struct mprox_addr *source)
{
	bool mapped;

	spin_lock_bh(&flow->lock);
	mapped = flow->hs && flow->hs->source.family;
	if (mapped)
		*source = flow->hs->source;
	spin_unlock_bh(&flow->lock);
	return mapped;
}
