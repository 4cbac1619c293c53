/* SPDX-License-Identifier: GPL-2.0 */
/* What the hooks need to know of a packet. */
#ifndef MPROX_PACKET_H
#define MPROX_PACKET_H

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/ip.h>
#include <net/addrconf.h>
#include <net/ipv6.h>
#include <net/route.h>
#include "mprox.h"
#include "stack/key.h"

/* Which way the packet goes: who is the program's end. */
enum mprox_dir { MPROX_OUT, MPROX_IN };

/* The transport protocol and where it begins; false: not to be found. */
static inline bool mprox_l4(const struct sk_buff *skb, u8 pf, u8 *proto,
			    unsigned int *thoff)
{
	__be16 frag_off = 0;
	int off;

	if (pf == NFPROTO_IPV4) {
		*proto = ip_hdr(skb)->protocol;
		*thoff = ip_hdrlen(skb);
		return true;
	}
	*proto = ipv6_hdr(skb)->nexthdr;
	off = ipv6_skip_exthdr(skb, sizeof(struct ipv6hdr), proto, &frag_off);
	*thoff = off;
	return off > 0;
}

/* Has the IP header anything but its fixed part, before TCP's? */
static inline bool mprox_is_plain(const struct sk_buff *skb, u8 pf)
{
	if (pf == NFPROTO_IPV4)
		return ip_hdr(skb)->ihl == 5;
	return ipv6_hdr(skb)->nexthdr == IPPROTO_TCP;
}

/* Both ends as the IP header has them; ports 0. */
static inline void mprox_addresses(const struct sk_buff *skb, u8 pf,
				   struct mprox_addr *source,
				   struct mprox_addr *dest)
{
	memset(source, 0, sizeof(*source));
	memset(dest, 0, sizeof(*dest));
	source->family = pf == NFPROTO_IPV4 ? AF_INET : AF_INET6;
	dest->family = source->family;
	if (pf == NFPROTO_IPV4) {
		source->addr.s6_addr32[0] = ip_hdr(skb)->saddr;
		dest->addr.s6_addr32[0] = ip_hdr(skb)->daddr;
	} else {
		source->addr = ipv6_hdr(skb)->saddr;
		dest->addr = ipv6_hdr(skb)->daddr;
	}
}

/*
 * Does what answers this packet stay on the machine? With IP_FREEBIND or
 * IP_TRANSPARENT the source may be an address of somebody else.
 */
static inline bool mprox_is_from_here(const struct sk_buff *skb, u8 pf,
				      struct net *net)
{
	if (pf == NFPROTO_IPV4)
		return inet_addr_type(net, ip_hdr(skb)->saddr) == RTN_LOCAL;
	return ipv6_chk_addr(net, &ipv6_hdr(skb)->saddr, NULL, 0);
}

static inline void mprox_key_init(struct mprox_key *key, const struct net *net,
				  u16 family, enum mprox_dir dir,
				  const void *saddr, const void *daddr,
				  __be16 sport, __be16 dport)
{
	size_t len = family == AF_INET ? 4 : 16;

	memset(key, 0, sizeof(*key));
	key->net = net;
	key->family = family;
	memcpy(&key->local, dir == MPROX_OUT ? saddr : daddr, len);
	memcpy(&key->remote, dir == MPROX_OUT ? daddr : saddr, len);
	key->lport = dir == MPROX_OUT ? sport : dport;
	key->rport = dir == MPROX_OUT ? dport : sport;
}

/* The key of a packet whose IP header is at @nh; @pf is NFPROTO_*. */
static inline void mprox_key_from(struct mprox_key *key, const struct net *net,
				  u8 pf, enum mprox_dir dir, const void *nh,
				  __be16 sport, __be16 dport)
{
	const struct ipv6hdr *ip6h = nh;
	const struct iphdr *iph = nh;

	if (pf == NFPROTO_IPV4)
		mprox_key_init(key, net, AF_INET, dir, &iph->saddr,
			       &iph->daddr, sport, dport);
	else
		mprox_key_init(key, net, AF_INET6, dir, &ip6h->saddr,
			       &ip6h->daddr, sport, dport);
}

/* The key of a connected TCP socket, whose packets are of @pf. */
static inline void mprox_key_of_socket(struct mprox_key *key,
				       const struct net *net, u8 pf,
				       const struct sock *sk)
{
	const struct inet_sock *inet = inet_sk(sk);

	if (pf == NFPROTO_IPV4)
		mprox_key_init(key, net, AF_INET, MPROX_OUT, &inet->inet_saddr,
			       &inet->inet_daddr, inet->inet_sport,
			       inet->inet_dport);
#if IS_ENABLED(CONFIG_IPV6)
	else
		mprox_key_init(key, net, AF_INET6, MPROX_OUT,
			       &sk->sk_v6_rcv_saddr, &sk->sk_v6_daddr,
			       inet->inet_sport, inet->inet_dport);
#endif
}

#endif
