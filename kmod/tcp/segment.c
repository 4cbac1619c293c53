// SPDX-License-Identifier: GPL-2.0
#include "tcp/segment.h"

#include <linux/netfilter.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>
#include <net/tcp.h>
#include "family/translation.h"
#include "stack/packet.h"
#include "tcp/handshake.h"

/* Timestamps with two NOPs in front (RFC 7323, appendix A). */
#define TS_LEN		12

/* From one end of the attempt to the other, which way @dir says. */
static void put_ip_header(struct sk_buff *skb, const struct mprox_hs *hs,
			  enum mprox_dir dir, u8 ttl)
{
	const struct mprox_key *ends = &hs->wire.ends;
	const struct in6_addr *from = dir == MPROX_OUT ? &ends->local : &ends->remote;
	const struct in6_addr *to = dir == MPROX_OUT ? &ends->remote : &ends->local;
	struct ipv6hdr *ip6h;
	struct iphdr *iph;

	skb_reset_network_header(skb);
	if (ends->family == AF_INET) {
		iph = skb_put_zero(skb, sizeof(*iph));
		iph->version = 4;
		iph->ihl = sizeof(*iph) / 4;
		iph->tos = hs->syn.tos;
		iph->ttl = ttl;
		iph->protocol = IPPROTO_TCP;
		iph->saddr = from->s6_addr32[0];
		iph->daddr = to->s6_addr32[0];
		__ip_select_ident(hs->net, iph, 1);
		skb->protocol = htons(ETH_P_IP);
	} else {
		ip6h = skb_put_zero(skb, sizeof(*ip6h));
		ip6_flow_hdr(ip6h, hs->syn.tos, 0);
		ip6h->nexthdr = IPPROTO_TCP;
		ip6h->hop_limit = ttl;
		ip6h->saddr = *from;
		ip6h->daddr = *to;
		IP6CB(skb)->nhoff = offsetof(struct ipv6hdr, nexthdr);
		skb->protocol = htons(ETH_P_IPV6);
	}
}

static void put_tcp_header(struct sk_buff *skb, const struct mprox_flow *flow,
			   u8 tcp_flags, u32 seq)
{
	const struct mprox_hs *hs = mprox_flow_hs(flow);
	bool ts = hs->syn.opt.has_ts && hs->attempt.synack.has_ts;
	bool scaled = hs->syn.opt.has_wscale && hs->attempt.synack.has_wscale;
	struct tcphdr *th;
	__be32 *opt;

	skb_set_transport_header(skb, skb->len);
	th = skb_put_zero(skb, sizeof(*th) + (ts ? TS_LEN : 0));
	th->source = hs->wire.ends.lport;
	th->dest = hs->wire.ends.rport;
	th->seq = htonl(seq);
	th->doff = (sizeof(*th) + (ts ? TS_LEN : 0)) / 4;
	tcp_flag_byte(th) = tcp_flags;
	if (tcp_flags & TCPHDR_ACK)
		th->ack_seq = htonl(hs->attempt.rcv_nxt);
	/*
	 * The program's own window, in its own scale; never zero, as a reply
	 * of a handshake is far below any window.
	 */
	th->window = htons(max(1, hs->syn.opt.window >>
				  (scaled ? hs->syn.opt.wscale : 0)));
	if (!ts)
		return;
	/*
	 * Always the timestamp of the SYN: never ahead of what the program
	 * sends next, so that the proxy's PAWS (RFC 7323, 5) accepts it.
	 */
	opt = (__be32 *)(th + 1);
	opt[0] = htonl(TCPOPT_NOP << 24 | TCPOPT_NOP << 16 |
		       TCPOPT_TIMESTAMP << 8 | TCPOLEN_TIMESTAMP);
	opt[1] = htonl(hs->syn.opt.tsval);
	opt[2] = htonl(hs->attempt.tsecr);
}

/* What IP output takes from the socket otherwise. */
static void dress(struct sk_buff *skb, const struct mprox_hs *hs)
{
	skb->mark = READ_ONCE(hs->sk->sk_mark);
	skb->priority = READ_ONCE(hs->sk->sk_priority);
	skb_set_owner_w(skb, hs->sk);
	skb_dst_set(skb, dst_clone(hs->wire.dst));
}

struct sk_buff *mprox_segment(const struct mprox_flow *flow, u8 tcp_flags,
			      u32 seq, const void *data, u16 len)
{
	const struct mprox_hs *hs = mprox_flow_hs(flow);
	u16 family = hs->wire.ends.family;
	struct sk_buff *skb;

	skb = alloc_skb(LL_MAX_HEADER + sizeof(struct ipv6hdr) +
			sizeof(struct tcphdr) + TS_LEN + len, GFP_ATOMIC);
	if (!skb)
		return NULL;
	skb_reserve(skb, LL_MAX_HEADER);
	put_ip_header(skb, hs, MPROX_OUT, hs->syn.ttl);
	put_tcp_header(skb, flow, tcp_flags, seq);
	if (len)
		skb_put_data(skb, data, len);
	mprox_ip_set_lengths(skb, family);
	mprox_tcp_checksum(skb, family, skb_transport_offset(skb));
	dress(skb, hs);
	return skb;
}

struct sk_buff *mprox_syn(struct mprox_flow *flow)
{
	const struct mprox_hs *hs = mprox_flow_hs(flow);
	const struct tcphdr *th = (const struct tcphdr *)hs->syn.hdr;
	u16 family = hs->wire.ends.family;
	struct tcphdr *syn;
	struct sk_buff *skb;

	skb = alloc_skb(LL_MAX_HEADER + sizeof(struct ipv6hdr) +
			sizeof(hs->syn.hdr) + MPROX_FASTOPEN_MAX, GFP_ATOMIC);
	if (!skb)
		return NULL;
	skb_reserve(skb, LL_MAX_HEADER);
	put_ip_header(skb, hs, MPROX_OUT, hs->syn.ttl);
	skb_set_transport_header(skb, skb->len);
	syn = skb_put_data(skb, th, th->doff * 4);
	syn->source = hs->wire.ends.lport;
	syn->dest = hs->wire.ends.rport;
	/* The program's TCP wrote it for another way, perhaps of the other IP version. */
	if (hs->wire.dst)
		mprox_tcp_clamp(skb, dst_metric_advmss(hs->wire.dst));
	mprox_ip_set_lengths(skb, family);
	mprox_tcp_checksum(skb, family, skb_transport_offset(skb));
	dress(skb, hs);
	if (mprox_hs_send_syn(flow, skb, skb_transport_offset(skb)))
		return skb;
	kfree_skb(skb);
	return NULL;
}

struct sk_buff *mprox_synack(const struct mprox_flow *flow,
			     const struct sk_buff *rx, u32 seq, u32 ack_seq)
{
	const struct mprox_hs *hs = mprox_flow_hs(flow);
	u16 family = hs->wire.ends.family;
	struct tcphdr *th;
	struct sk_buff *skb;

	skb = alloc_skb(sizeof(struct ipv6hdr) + sizeof(hs->attempt.synack_hdr),
			GFP_ATOMIC);
	if (!skb)
		return NULL;
	/* Control block first: it says how the stack took the packet in. */
	memcpy(skb->cb, rx->cb, sizeof(skb->cb));
	put_ip_header(skb, hs, MPROX_IN, family == AF_INET ?
		      ip_hdr(rx)->ttl : ipv6_hdr(rx)->hop_limit);
	if (family == AF_INET)
		memset(&IPCB(skb)->opt, 0, sizeof(IPCB(skb)->opt));
	skb_set_transport_header(skb, skb->len);
	th = skb_put_data(skb, hs->attempt.synack_hdr, hs->attempt.synack_len);
	th->source = hs->wire.ends.rport;
	th->dest = hs->wire.ends.lport;
	th->seq = htonl(seq);
	th->ack_seq = htonl(ack_seq);
	mprox_ip_set_lengths(skb, family);
	/* Made here, from a segment whose checksum was checked. */
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	skb->dev = rx->dev;
	skb->skb_iif = rx->skb_iif;
	skb->mark = rx->mark;
	skb->pkt_type = PACKET_HOST;
	skb_dst_copy(skb, rx);
	/* IPsec: TCP asks whether it was encrypted, where a policy wants that. */
	skb_ext_copy(skb, rx);
	return skb;
}
