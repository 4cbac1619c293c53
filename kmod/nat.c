// SPDX-License-Identifier: GPL-2.0
/*
 * Where the kernel's NAT engine asks us, once per new connection, what to map
 * it to. Clashes of ports, ICMP errors and every later packet are its own.
 */
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_extend.h>
#include <net/netfilter/nf_nat.h>
#include "dns_tcp.h"
#include "handshake.h"
#include "hooks.h"
#include "packet.h"

/* The flow that @ct's first packet belongs to: a held reference, or NULL. */
static struct mprox_flow *find_flow(const struct net *net,
				    const struct nf_conn *ct)
{
	const struct nf_conntrack_tuple *tuple =
		&ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	struct mprox_key key;

	if (!atomic_read(&mprox_nr_flows) ||
	    tuple->dst.protonum != IPPROTO_TCP)
		return NULL;
	mprox_key_init(&key, net, tuple->src.l3num, MPROX_OUT, &tuple->src.u3,
		       &tuple->dst.u3, tuple->src.u.tcp.port,
		       tuple->dst.u.tcp.port);
	return mprox_flow_find(&key);
}

static unsigned int map(struct nf_conn *ct, const struct mprox_addr *addr,
			enum nf_nat_manip_type manip, unsigned int flags)
{
	struct nf_nat_range2 range = { .flags = NF_NAT_RANGE_MAP_IPS | flags };

	if (addr->family == AF_INET)
		range.min_addr.ip = addr->addr.s6_addr32[0];
	else
		range.min_addr.in6 = addr->addr;
	range.max_addr = range.min_addr;
	if (manip == NF_NAT_MANIP_DST) {
		range.flags |= NF_NAT_RANGE_PROTO_SPECIFIED;
		range.min_proto.tcp.port = addr->port;
		range.max_proto.tcp.port = addr->port;
	}
	return nf_nat_setup_info(ct, &range, manip);
}

/*
 * The entry is unconfirmed, so it is ours alone. Its counters are read when
 * somebody asks for statistics. Liberal tracking, because a packet that looks
 * out of window to conntrack would be passed on without being mapped.
 */
static void adopt(struct nf_conn *ct)
{
	if (!nf_ct_ext_find(ct, NF_CT_EXT_ACCT))
		nf_ct_ext_add(ct, NF_CT_EXT_ACCT, GFP_ATOMIC);
	ct->proto.tcp.seen[0].flags |= IP_CT_TCP_FLAG_BE_LIBERAL;
	ct->proto.tcp.seen[1].flags |= IP_CT_TCP_FLAG_BE_LIBERAL;
}

unsigned int mprox_nat_dst(void *priv, struct sk_buff *skb,
			   const struct nf_hook_state *state)
{
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);
	unsigned int verdict = NF_DROP;
	struct mprox_addr server;
	struct mprox_flow *flow;

	if (!ct || ctinfo != IP_CT_NEW)
		return NF_ACCEPT;
	flow = find_flow(state->net, ct);
	if (!flow)
		return NF_ACCEPT;
	/*
	 * If no SYN is on its way, conntrack has forgotten an established flow
	 * and picks it up in the middle, with no mapping: it must not leave.
	 * The collector ends such a connection (flow_gc.c).
	 */
	if (flow->is_query ? mprox_dns_divert(flow, ct, &server) :
			     mprox_hs_set_ct(flow, ct, &server)) {
		adopt(ct);
		verdict = map(ct, &server, NF_NAT_MANIP_DST, 0);
	}
	mprox_flow_put(flow);
	return verdict;
}

unsigned int mprox_nat_src(void *priv, struct sk_buff *skb,
			   const struct nf_hook_state *state)
{
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);
	unsigned int verdict = NF_ACCEPT;
	struct mprox_addr source;
	struct mprox_flow *flow;
	bool new_port;

	if (!ct || ctinfo != IP_CT_NEW)
		return NF_ACCEPT;
	flow = find_flow(state->net, ct);
	if (!flow)
		return NF_ACCEPT;
	if (mprox_hs_source(flow, &source, &new_port))
		verdict = map(ct, &source, NF_NAT_MANIP_SRC, new_port ?
			      NF_NAT_RANGE_PROTO_RANDOM_FULLY : 0);
	mprox_flow_put(flow);
	return verdict;
}

#ifdef CONFIG_KUNIT
#include "kunit/nat_test.c"
#endif
