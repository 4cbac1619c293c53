// SPDX-License-Identifier: GPL-2.0
/*
 * What comes in for a connection that is still in handshake. Behind NAT, so
 * that the addresses are those that the program knows.
 */
#include "hooks.h"

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/netfilter.h>
#include "handshake.h"
#include "net.h"
#include "packet.h"

static unsigned int on_tcp(struct sk_buff *skb,
			   const struct nf_hook_state *state,
			   unsigned int thoff)
{
	struct mprox_flow *flow;
	struct mprox_key key;
	unsigned int verdict;
	__be16 buf[2], *ports;

	ports = skb_header_pointer(skb, thoff, sizeof(buf), buf);
	if (!ports || !mprox_net_expects(mprox_net(state->net), ports[1]))
		return NF_ACCEPT;
	mprox_key_from(&key, state->net, state->pf, MPROX_IN,
		       skb_network_header(skb), ports[0], ports[1]);
	flow = mprox_flow_find(&key);
	if (!flow)
		return NF_ACCEPT;
	verdict = mprox_hs_receive(flow, skb, state, thoff);
	mprox_flow_put(flow);
	return verdict;
}

/*
 * The TCP packet that an ICMP error at @off is about. One of a handshake must
 * not reach the program's socket: what our last message was acknowledged with
 * has the number that its own SYN ends with, and an error about that would end
 * its connect(), whatever is left to try.
 */
static unsigned int on_icmp_error(struct sk_buff *skb,
				  const struct nf_hook_state *state,
				  unsigned int off)
{
	/* RFC 792: at least eight octets of the transport header come back. */
	struct { __be16 source, dest; __be32 seq; } tbuf, *th;
	struct mprox_flow *flow;
	struct mprox_key key;
	struct ipv6hdr nbuf;	/* the larger of the two */
	unsigned int thoff;
	const void *nh;
	bool ours;
	u8 proto;

	if (state->pf == NFPROTO_IPV4) {
		nh = skb_header_pointer(skb, off, sizeof(struct iphdr), &nbuf);
		if (!nh)
			return NF_ACCEPT;
		thoff = off + ((const struct iphdr *)nh)->ihl * 4;
		proto = ((const struct iphdr *)nh)->protocol;
	} else {
		nh = skb_header_pointer(skb, off, sizeof(nbuf), &nbuf);
		if (!nh)
			return NF_ACCEPT;
		/* Our SYNs have no extension headers. */
		thoff = off + sizeof(struct ipv6hdr);
		proto = ((const struct ipv6hdr *)nh)->nexthdr;
	}
	th = skb_header_pointer(skb, thoff, sizeof(tbuf), &tbuf);
	if (proto != IPPROTO_TCP || !th)
		return NF_ACCEPT;
	mprox_key_from(&key, state->net, state->pf, MPROX_OUT, nh, th->source,
		       th->dest);
	flow = mprox_flow_find(&key);
	if (!flow)
		return NF_ACCEPT;
	ours = mprox_hs_icmp_error(flow, ntohl(th->seq));
	mprox_flow_put(flow);
	return ours ? NF_DROP : NF_ACCEPT;
}

/* RFC 1122 4.2.3.9 and RFC 4443: errors that end a connection attempt. */
static bool is_error(const struct sk_buff *skb, u8 pf, unsigned int thoff)
{
	const u8 *icmp;
	u8 buf[2];

	icmp = skb_header_pointer(skb, thoff, sizeof(buf), buf);
	if (!icmp)
		return false;
	if (pf == NFPROTO_IPV4)
		return (icmp[0] == ICMP_DEST_UNREACH &&
			icmp[1] != ICMP_FRAG_NEEDED) ||
		       icmp[0] == ICMP_TIME_EXCEEDED;
	return icmp[0] == ICMPV6_DEST_UNREACH || icmp[0] == ICMPV6_TIME_EXCEED;
}

unsigned int mprox_hook_in(void *priv, struct sk_buff *skb,
			   const struct nf_hook_state *state)
{
	unsigned int thoff;
	u8 proto;

	if (!atomic_read(&mprox_nr_handshakes) ||
	    !mprox_l4(skb, state->pf, &proto, &thoff))
		return NF_ACCEPT;
	if (proto == IPPROTO_TCP)
		return on_tcp(skb, state, thoff);
	if (proto == (state->pf == NFPROTO_IPV4 ? IPPROTO_ICMP :
						  IPPROTO_ICMPV6) &&
	    is_error(skb, state->pf, thoff))
		/* Both kinds have a header of eight octets. */
		return on_icmp_error(skb, state,
				     thoff + sizeof(struct icmphdr));
	return NF_ACCEPT;
}
