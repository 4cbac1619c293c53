// SPDX-License-Identifier: GPL-2.0
/* From the program to the relay. */
#include "assoc.h"

#include <linux/udp.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/route.h>
#include <net/udp_tunnel.h>
#include "icmp_error.h"
#include "proto/socks5_udp.h"

/* Of what leaves: what the program's own would have had. */
struct outer {
	u8 tos;
	u8 ttl;
	bool may_fragment;
};

static void write_target(struct mprox_target *to, const struct mprox_assoc *assoc,
			 const struct sk_buff *skb, u8 pf, __be16 port)
{
	memset(to, 0, sizeof(*to));
	to->port = ntohs(port);
	if (assoc->name) {
		to->name_len = assoc->name->len;
		to->name = assoc->name->text;
	} else if (pf == NFPROTO_IPV4) {
		memcpy(to->addr, &ip_hdr(skb)->daddr, 4);
	} else {
		to->is_ipv6 = true;
		memcpy(to->addr, &ipv6_hdr(skb)->daddr, 16);
	}
}

static int send_ipv4(struct mprox_assoc *assoc, struct sock *udp,
		     struct sk_buff *skb, const struct outer *outer)
{
	struct flowi4 fl4 = {
		.daddr = assoc->relay.addr.s6_addr32[0],
		.saddr = inet_sk(udp)->inet_saddr,
		.flowi4_mark = udp->sk_mark,
		.flowi4_proto = IPPROTO_UDP,
		.flowi4_uid = udp->sk_uid,
		.fl4_sport = inet_sk(udp)->inet_sport,
		.fl4_dport = assoc->relay.port,
	};
	struct rtable *rt = ip_route_output_key(sock_net(udp), &fl4);

	if (IS_ERR(rt)) {
		kfree_skb(skb);
		return 0;
	}
	udp_tunnel_xmit_skb(rt, udp, skb, fl4.saddr, fl4.daddr, outer->tos,
			    outer->ttl, outer->may_fragment ? 0 : htons(IP_DF),
			    fl4.fl4_sport, fl4.fl4_dport, false, false);
	return 0;
}

#if IS_ENABLED(CONFIG_IPV6)
static int send_ipv6(struct mprox_assoc *assoc, struct sock *udp,
		     struct sk_buff *skb, const struct outer *outer)
{
	struct flowi6 fl6 = {
		.daddr = assoc->relay.addr,
		.saddr = inet6_sk(udp)->saddr,
		.flowi6_mark = udp->sk_mark,
		.flowi6_proto = IPPROTO_UDP,
		.flowi6_uid = udp->sk_uid,
		.fl6_sport = inet_sk(udp)->inet_sport,
		.fl6_dport = assoc->relay.port,
	};
	struct dst_entry *dst = ip6_dst_lookup_flow(sock_net(udp), udp, &fl6,
						    NULL);

	if (IS_ERR(dst)) {
		kfree_skb(skb);
		return 0;
	}
	udp_tunnel6_xmit_skb(dst, udp, skb, NULL, &fl6.saddr, &fl6.daddr,
			     outer->tos, outer->ttl, 0, fl6.fl6_sport,
			     fl6.fl6_dport, false);
	return 0;
}
#else
static int send_ipv6(struct mprox_assoc *assoc, struct sock *udp,
		     struct sk_buff *skb, const struct outer *outer)
{
	kfree_skb(skb);
	return 0;
}
#endif

/* The header takes the place of the program's IP and UDP headers. */
static int wrap(struct sk_buff *skb, unsigned int headers,
		const struct mprox_target *to, size_t len)
{
	int err;

	if (skb_has_frag_list(skb)) {
		err = skb_linearize(skb);
		if (err)
			return err;
	}
	skb_pull(skb, headers);
	err = skb_cow_head(skb, len + sizeof(struct udphdr) +
				sizeof(struct ipv6hdr) + LL_MAX_HEADER);
	if (err) {
		skb_push(skb, headers);
		return err;
	}
	mprox_socks5_udp_header(skb_push(skb, len), len, to);
	skb->ip_summed = CHECKSUM_NONE;
	skb->dev = NULL;
	skb->ignore_df = 1;
	return 0;
}

/*
 * What does not fit is fragmented, as the program's own would have been, unless
 * it wants to know: then it hears of what remains for it, with all that we add
 * taken off.
 */
static bool fits(const struct mprox_assoc *assoc, struct sock *udp,
		 struct sk_buff *skb, u8 pf, u32 headers, u32 len)
{
	u32 ours = len + sizeof(struct udphdr) +
		   (assoc->relay.family == AF_INET ? sizeof(struct iphdr) :
						     sizeof(struct ipv6hdr));
	struct dst_entry *dst = sk_dst_get(udp);
	u32 mtu;

	if (!dst)
		return true;
	mtu = dst_mtu(dst);
	dst_release(dst);
	if (skb->len - headers + ours <= mtu)
		return true;
	/* What has waited for the proxy has no route to be answered by. */
	if (skb_dst(skb))
		mprox_icmp_error(skb, pf, MPROX_ICMP_TOO_BIG,
				 mtu - ours + headers);
	return false;
}

static int send_one(struct mprox_assoc *assoc, struct sock *udp,
		    struct sk_buff *skb, u8 pf)
{
	unsigned int headers = skb_transport_offset(skb) + sizeof(struct udphdr);
	bool wants_mtu = !skb->ignore_df &&
			 (pf == NFPROTO_IPV6 || ip_hdr(skb)->frag_off & htons(IP_DF));
	struct mprox_target to;
	struct outer outer;
	size_t len;
	int err;

	if (!pskb_may_pull(skb, headers))
		return -EINVAL;
	write_target(&to, assoc, skb, pf, udp_hdr(skb)->dest);
	len = mprox_socks5_udp_header_len(&to);
	if (wants_mtu && !fits(assoc, udp, skb, pf, headers, len)) {
		/* As a router would: the next call has the error. */
		kfree_skb(skb);
		return 0;
	}
	outer.tos = pf == NFPROTO_IPV4 ? ip_hdr(skb)->tos :
					 ipv6_get_dsfield(ipv6_hdr(skb));
	outer.ttl = pf == NFPROTO_IPV4 ? ip_hdr(skb)->ttl :
					 ipv6_hdr(skb)->hop_limit;
	outer.may_fragment = !wants_mtu;
	err = wrap(skb, headers, &to, len);
	if (err)
		return err;
	return assoc->relay.family == AF_INET ?
	       send_ipv4(assoc, udp, skb, &outer) :
	       send_ipv6(assoc, udp, skb, &outer);
}

/* A burst (UDP_SEGMENT) is cut as its device would have cut it. */
static int send_burst(struct mprox_assoc *assoc, struct sock *udp,
		      struct sk_buff *skb, u8 pf)
{
	struct sk_buff *segments, *next;

	segments = skb_gso_segment(skb, 0);
	if (IS_ERR_OR_NULL(segments))
		return -EINVAL;
	consume_skb(skb);
	skb_list_walk_safe(segments, skb, next) {
		skb_mark_not_on_list(skb);
		if (send_one(assoc, udp, skb, pf))
			kfree_skb(skb);
	}
	return 0;
}

int mprox_assoc_send(struct mprox_assoc *assoc, struct sk_buff *skb, u8 pf)
{
	struct sock *udp = NULL;
	int err;

	spin_lock_bh(&assoc->lock);
	if (assoc->udp) {
		udp = assoc->udp->sk;
		sock_hold(udp);
	}
	spin_unlock_bh(&assoc->lock);
	if (!udp)
		return -EPERM;
	err = skb_is_gso(skb) ? send_burst(assoc, udp, skb, pf) :
				send_one(assoc, udp, skb, pf);
	sock_put(udp);
	return err;
}
