// SPDX-License-Identifier: GPL-2.0
#include "stack/udp_deliver.h"

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/ip.h>
#include <net/udp.h>
#include "compat/udp.h"
#include "stack/route.h"

/* Linux's own, RFC 1700's and RFC 8200's recommendation. */
#define TTL		64

static void udp_write_ipv4(struct sk_buff *skb, const struct mprox_addr *from,
			   const struct mprox_addr *to)
{
	struct iphdr *iph = skb_push(skb, sizeof(*iph));

	skb_reset_network_header(skb);
	*iph = (struct iphdr) {
		.version = 4,
		.ihl = sizeof(*iph) / 4,
		.tot_len = htons(skb->len),
		.ttl = TTL,
		.protocol = IPPROTO_UDP,
		.saddr = from->addr.s6_addr32[0],
		.daddr = to->addr.s6_addr32[0],
	};
	ip_send_check(iph);
	skb->protocol = htons(ETH_P_IP);
	IPCB(skb)->iif = LOOPBACK_IFINDEX;
}

static void udp_write_ipv6(struct sk_buff *skb, const struct mprox_addr *from,
			   const struct mprox_addr *to)
{
	struct ipv6hdr *ip6h = skb_push(skb, sizeof(*ip6h));

	skb_reset_network_header(skb);
	*ip6h = (struct ipv6hdr) {
		.version = 6,
		.payload_len = htons(skb->len - sizeof(*ip6h)),
		.nexthdr = IPPROTO_UDP,
		.hop_limit = TTL,
		.saddr = from->addr,
		.daddr = to->addr,
	};
	skb->protocol = htons(ETH_P_IPV6);
	IP6CB(skb)->iif = LOOPBACK_IFINDEX;
}

/* What the socket's reader will look back at; skb->data at the UDP header. */
static void write_headers(struct sk_buff *skb, const struct mprox_addr *from,
			  const struct mprox_addr *to)
{
	struct udphdr *uh = skb_push(skb, sizeof(*uh));

	skb_reset_transport_header(skb);
	uh->source = from->port;
	uh->dest = to->port;
	uh->len = htons(skb->len);
	uh->check = 0;
	memset(skb->cb, 0, sizeof(skb->cb));
	if (from->family == AF_INET)
		udp_write_ipv4(skb, from, to);
	else
		udp_write_ipv6(skb, from, to);
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	skb->skb_iif = LOOPBACK_IFINDEX;
	skb_pull(skb, skb_transport_offset(skb));
}

void mprox_udp_deliver(struct sock *sk, struct sk_buff *skb,
		       const struct mprox_addr *from,
		       const struct mprox_addr *to)
{
	struct dst_entry *dst = NULL;

	if (MPROX_COMPAT_UDP_WANTS_ROUTE)
		dst = mprox_route_home(sock_net(sk), to->family, &to->addr);
	write_headers(skb, from, to);
	mprox_compat_udp_receive(sk, skb, to->family, dst);
}

bool mprox_is_udp_socket(const struct sock *sk)
{
	return sk->sk_type == SOCK_DGRAM && sk->sk_protocol == IPPROTO_UDP;
}
