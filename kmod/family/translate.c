// SPDX-License-Identifier: GPL-2.0
#include "family/translate.h"

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/dsfield.h>
#include <net/ip.h>
#include <net/tcp.h>
#include "stack/tcp_header.h"

/* RFC 7915, 5.1: what is no longer may be fragmented on its way. */
#define SURELY_FITS	1280

/* Of an IP header, what means the same in both versions. */
struct common {
	u8 dsfield;
	u8 ttl;
};

static struct common read_common(const struct sk_buff *skb)
{
	if (ip_hdr(skb)->version == 4)
		return (struct common) {
			.dsfield = ipv4_get_dsfield(ip_hdr(skb)),
			.ttl = ip_hdr(skb)->ttl,
		};
	return (struct common) {
		.dsfield = ipv6_get_dsfield(ipv6_hdr(skb)),
		.ttl = ipv6_hdr(skb)->hop_limit,
	};
}

/* skb->data at the TCP header. */
static void translate_write_ipv4(struct sk_buff *skb, const struct mprox_key *key,
				 enum mprox_dir dir, struct common common)
{
	struct iphdr *iph = skb_push(skb, sizeof(*iph));
	__be32 local = key->local.s6_addr32[0];
	__be32 remote = key->remote.s6_addr32[0];

	*iph = (struct iphdr) {
		.version = 4,
		.ihl = sizeof(*iph) / 4,
		.tos = common.dsfield,
		.tot_len = htons(skb->len),
		.ttl = common.ttl,
		.protocol = IPPROTO_TCP,
		.saddr = dir == MPROX_OUT ? local : remote,
		.daddr = dir == MPROX_OUT ? remote : local,
	};
	if (skb_is_gso(skb) || skb->len > SURELY_FITS)
		iph->frag_off = htons(IP_DF);
	if (dir == MPROX_OUT)
		__ip_select_ident((struct net *)key->net, iph,
				  skb_shinfo(skb)->gso_segs ?: 1);
	ip_send_check(iph);
	skb->protocol = htons(ETH_P_IP);
	IPCB(skb)->iif = skb->skb_iif;
}

static void translate_write_ipv6(struct sk_buff *skb, const struct mprox_key *key,
				 enum mprox_dir dir, struct common common)
{
	struct ipv6hdr *ip6h = skb_push(skb, sizeof(*ip6h));

	ip6_flow_hdr(ip6h, common.dsfield, 0);
	ip6h->payload_len = htons(skb->len - sizeof(*ip6h));
	ip6h->nexthdr = IPPROTO_TCP;
	ip6h->hop_limit = common.ttl;
	ip6h->saddr = dir == MPROX_OUT ? key->local : key->remote;
	ip6h->daddr = dir == MPROX_OUT ? key->remote : key->local;
	skb->protocol = htons(ETH_P_IPV6);
	IP6CB(skb)->iif = skb->skb_iif;
	IP6CB(skb)->nhoff = offsetof(struct ipv6hdr, nexthdr);
}

static void set_gso(struct sk_buff *skb, u32 family)
{
	struct skb_shared_info *shinfo = skb_shinfo(skb);

	if (!skb_is_gso(skb))
		return;
	shinfo->gso_type &= ~(SKB_GSO_TCPV4 | SKB_GSO_TCPV6 |
			      SKB_GSO_TCP_FIXEDID);
	shinfo->gso_type |= family == AF_INET ? SKB_GSO_TCPV4 : SKB_GSO_TCPV6;
}

bool mprox_translate_headers(struct sk_buff *skb, unsigned int thoff,
			     const struct mprox_key *key, enum mprox_dir dir)
{
	unsigned int len = key->family == AF_INET ? sizeof(struct iphdr) :
						    sizeof(struct ipv6hdr);
	struct common common;
	struct tcphdr *th;

	if (skb_ensure_writable(skb, thoff + sizeof(*th)) ||
	    skb_cow_head(skb, len > thoff ? len - thoff : 0))
		return false;
	common = read_common(skb);
	__skb_pull(skb, thoff);
	th = (struct tcphdr *)skb->data;
	th->source = dir == MPROX_OUT ? key->lport : key->rport;
	th->dest = dir == MPROX_OUT ? key->rport : key->lport;
	memset(skb->cb, 0, sizeof(skb->cb));
	if (key->family == AF_INET)
		translate_write_ipv4(skb, key, dir, common);
	else
		translate_write_ipv6(skb, key, dir, common);
	skb_reset_mac_header(skb);
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, len);
	set_gso(skb, key->family);
	if (dir == MPROX_OUT)
		mprox_tcp_checksum(skb, key->family, len);
	else
		skb->ip_summed = CHECKSUM_UNNECESSARY;
	return true;
}
