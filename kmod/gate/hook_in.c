// SPDX-License-Identifier: GPL-2.0
/*
 * What comes in for a connection that is still in handshake, or translated. Behind the
 * NAT of others' rules, so that the addresses are those that its socket has.
 */
#include "gate/hooks.h"

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/netfilter.h>
#include "family/translate.h"
#include "scope/net.h"
#include "stack/packet.h"
#include "stack/socket_find.h"
#include "tcp/handshake.h"

/* The flow whose attempt may go between these ends, referenced; or NULL. */
static struct mprox_flow *find_flow(const struct sk_buff *skb,
				    const struct mprox_key *ends)
{
	const struct mprox_translation *t = NULL;
	struct mprox_flow *flow = NULL;
	struct sock *sk;

	if (ends->family == AF_INET6 && atomic_read(&mprox_nr_translations))
		t = mprox_translation_of_wire(ends);
	if (t)
		return atomic_read(&t->ended) ? NULL : mprox_flow_of(t->sk);
	sk = mprox_find_socket_of(skb, ends);
	if (!sk)
		return NULL;
	if (sk_fullsock(sk))
		flow = mprox_flow_of(sk);
	sock_gen_put(sk);
	return flow;
}

static unsigned int on_handshake(struct sk_buff *skb,
				 const struct nf_hook_state *state,
				 unsigned int thoff)
{
	struct mprox_flow *flow;
	struct mprox_key ends;
	unsigned int verdict;
	__be16 buf[2], *ports;

	ports = skb_header_pointer(skb, thoff, sizeof(buf), buf);
	if (!ports || !mprox_net_expects(mprox_net(state->net), ports[1]))
		return NF_ACCEPT;
	mprox_key_from(&ends, state->net, state->pf, MPROX_IN,
		       skb_network_header(skb), ports[0], ports[1]);
	flow = find_flow(skb, &ends);
	if (!flow)
		return NF_ACCEPT;
	verdict = mprox_hs_receive(flow, skb, state, thoff, &ends);
	mprox_flow_put(flow);
	return verdict;
}

static unsigned int on_tcp(struct sk_buff *skb,
			   const struct nf_hook_state *state,
			   unsigned int thoff)
{
	unsigned int verdict = NF_ACCEPT;

	if (atomic_read(&mprox_nr_handshakes))
		verdict = on_handshake(skb, state, thoff);
	if (verdict == NF_ACCEPT &&
	    unlikely(atomic_read(&mprox_nr_translations)))
		verdict = mprox_translate_in(skb, state, thoff);
	return verdict;
}

/* The TCP packet that an ICMP error at @off is about; false: it is none. */
static bool find_subject(const struct sk_buff *skb,
			 const struct nf_hook_state *state, unsigned int off,
			 struct mprox_key *key, u32 *seq)
{
	/* RFC 792: at least eight octets of the transport header come back. */
	struct { __be16 source, dest; __be32 seq; } tbuf, *th;
	struct ipv6hdr nbuf;	/* the larger of the two */
	unsigned int thoff;
	const void *nh;
	u8 proto;

	if (state->pf == NFPROTO_IPV4) {
		nh = skb_header_pointer(skb, off, sizeof(struct iphdr), &nbuf);
		if (!nh)
			return false;
		thoff = off + ((const struct iphdr *)nh)->ihl * 4;
		proto = ((const struct iphdr *)nh)->protocol;
	} else {
		nh = skb_header_pointer(skb, off, sizeof(nbuf), &nbuf);
		if (!nh)
			return false;
		/* What we send has no extension headers. */
		thoff = off + sizeof(struct ipv6hdr);
		proto = ((const struct ipv6hdr *)nh)->nexthdr;
	}
	th = skb_header_pointer(skb, thoff, sizeof(tbuf), &tbuf);
	if (proto != IPPROTO_TCP || !th)
		return false;
	mprox_key_from(key, state->net, state->pf, MPROX_OUT, nh, th->source,
		       th->dest);
	*seq = ntohl(th->seq);
	return true;
}

/*
 * RFC 1122 4.2.3.9 and RFC 4443: errors that end a connection attempt, and the
 * one that tells an MTU. False: anything else.
 */
static bool is_error(const struct sk_buff *skb, u8 pf, unsigned int thoff,
		     u32 *mtu)
{
	const struct icmp6hdr *icmp6;
	const struct icmphdr *icmp;
	struct icmp6hdr buf;		/* both are of eight octets */

	*mtu = 0;
	icmp6 = skb_header_pointer(skb, thoff, sizeof(buf), &buf);
	if (!icmp6)
		return false;
	if (pf == NFPROTO_IPV6) {
		if (icmp6->icmp6_type == ICMPV6_PKT_TOOBIG)
			*mtu = ntohl(icmp6->icmp6_mtu);
		return *mtu || icmp6->icmp6_type == ICMPV6_DEST_UNREACH ||
		       icmp6->icmp6_type == ICMPV6_TIME_EXCEED;
	}
	icmp = (const struct icmphdr *)icmp6;
	if (icmp->type != ICMP_DEST_UNREACH)
		return icmp->type == ICMP_TIME_EXCEEDED;
	if (icmp->code != ICMP_FRAG_NEEDED)
		return true;
	*mtu = ntohs(icmp->un.frag.mtu);
	return *mtu;
}

/*
 * An error about a packet of a handshake must not reach the program's socket:
 * what our last message was acknowledged with has the number that its own SYN
 * ends with, and an error about that would end its connect(), whatever is left
 * to try.
 */
static unsigned int on_icmp(struct sk_buff *skb,
			    const struct nf_hook_state *state,
			    unsigned int thoff)
{
	struct mprox_flow *flow = NULL;
	struct mprox_key key;
	bool ours = false;
	u32 mtu, seq;

	if (!is_error(skb, state->pf, thoff, &mtu) ||
	    !find_subject(skb, state, thoff + sizeof(struct icmphdr), &key,
			  &seq))
		return NF_ACCEPT;
	if (!mtu)
		flow = find_flow(skb, &key);
	if (flow) {
		ours = mprox_hs_icmp_error(flow, &key, seq);
		mprox_flow_put(flow);
	}
	if (!ours && atomic_read(&mprox_nr_translations))
		mprox_translate_icmp(&key, seq, mtu);
	return ours ? NF_DROP : NF_ACCEPT;
}

unsigned int mprox_hook_in(void *priv, struct sk_buff *skb,
			   const struct nf_hook_state *state)
{
	unsigned int thoff;
	u8 proto;

	if ((!atomic_read(&mprox_nr_handshakes) &&
	     !atomic_read(&mprox_nr_translations)) ||
	    !mprox_l4(skb, state->pf, &proto, &thoff))
		return NF_ACCEPT;
	if (proto == IPPROTO_TCP)
		return on_tcp(skb, state, thoff);
	if (proto == (state->pf == NFPROTO_IPV4 ? IPPROTO_ICMP :
						  IPPROTO_ICMPV6))
		return on_icmp(skb, state, thoff);
	return NF_ACCEPT;
}
