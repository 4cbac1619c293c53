// SPDX-License-Identifier: GPL-2.0
/*
 * Queries in datagrams. The answer is put into the socket's own queue, as UDP's
 * receive path would have put it there; no packet exists at any time.
 */
#include "dns.h"

#include <linux/filter.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/ip.h>
#include <net/udp.h>
#include "proto/dns.h"

/* Linux's own, RFC 1700's and RFC 8200's recommendation. */
#define TTL		64

/* The query's addresses, the other way round. */
static void write_ipv4(struct sk_buff *skb, const struct sk_buff *query)
{
	const struct iphdr *from = ip_hdr(query);
	struct iphdr *iph = skb_push(skb, sizeof(*iph));

	skb_reset_network_header(skb);
	*iph = (struct iphdr) {
		.version = 4,
		.ihl = sizeof(*iph) / 4,
		.tot_len = htons(skb->len),
		.ttl = TTL,
		.protocol = IPPROTO_UDP,
		.saddr = from->daddr,
		.daddr = from->saddr,
	};
	ip_send_check(iph);
	skb->protocol = htons(ETH_P_IP);
	IPCB(skb)->iif = LOOPBACK_IFINDEX;
}

static void write_ipv6(struct sk_buff *skb, const struct sk_buff *query)
{
	const struct ipv6hdr *from = ipv6_hdr(query);
	struct ipv6hdr *ip6h = skb_push(skb, sizeof(*ip6h));

	*ip6h = (struct ipv6hdr) {
		.version = 6,
		.payload_len = htons(skb->len - sizeof(*ip6h)),
		.nexthdr = IPPROTO_UDP,
		.hop_limit = TTL,
		.saddr = from->daddr,
		.daddr = from->saddr,
	};
	skb_reset_network_header(skb);
	skb->protocol = htons(ETH_P_IPV6);
	IP6CB(skb)->iif = LOOPBACK_IFINDEX;
}

/* What the socket's reader will see: headers to look back at, and the payload. */
static void write_headers(struct sk_buff *skb, const struct sk_buff *query,
			  const struct udphdr *from, u8 pf)
{
	struct udphdr *uh = skb_push(skb, sizeof(*uh));

	skb_reset_transport_header(skb);
	uh->source = from->dest;
	uh->dest = from->source;
	uh->len = htons(skb->len);
	uh->check = 0;
	if (pf == NFPROTO_IPV4)
		write_ipv4(skb, query);
	else
		write_ipv6(skb, query);
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	skb->skb_iif = LOOPBACK_IFINDEX;
	skb_pull(skb, skb_transport_offset(skb));
}

/* Takes @skb. What the queue has no room for is lost, as on any network. */
static void deliver(struct sock *sk, struct sk_buff *skb)
{
	if (sk_filter_trim_cap(sk, skb, sizeof(struct udphdr))) {
		kfree_skb(skb);
		return;
	}
	__skb_pull(skb, sizeof(struct udphdr));
	/* As from softirq, where UDP calls this. */
	local_bh_disable();
	if (__udp_enqueue_schedule_skb(sk, skb)) {
		atomic_inc(&sk->sk_drops);
		kfree_skb(skb);
	}
	local_bh_enable();
}

static bool is_datagram_socket(const struct sock *sk)
{
	return sk->sk_type == SOCK_DGRAM && sk->sk_protocol == IPPROTO_UDP;
}

unsigned int mprox_dns_datagram(struct mprox_ctx *ctx,
				const struct mprox_policy *policy,
				struct sk_buff *skb,
				const struct nf_hook_state *state,
				unsigned int thoff)
{
	const unsigned int headers = sizeof(struct ipv6hdr) +
				     sizeof(struct udphdr);
	unsigned int off = thoff + sizeof(struct udphdr);
	const struct udphdr *uh;
	struct sk_buff *answer;
	int len;

	/* What a raw socket makes up has no queue that an answer could go to. */
	if (!is_datagram_socket(state->sk) || skb_is_gso(skb) ||
	    skb->len < off || skb_linearize(skb))
		return NF_DROP_ERR(-EPERM);
	uh = (const struct udphdr *)(skb->data + thoff);
	answer = alloc_skb(headers + MPROX_DNS_ANSWER_MAX, GFP_ATOMIC);
	if (!answer)
		return NF_DROP_ERR(-ENOMEM);
	skb_reserve(answer, headers);
	len = mprox_dns_resolve(ctx, policy, skb->data + off, skb->len - off,
				skb_tail_pointer(answer));
	if (len <= 0) {
		kfree_skb(answer);
		if (len == -EAGAIN)
			return NF_ACCEPT;
	} else {
		skb_put(answer, len);
		write_headers(answer, skb, uh, state->pf);
		deliver(state->sk, answer);
	}
	consume_skb(skb);
	return NF_STOLEN;
}
