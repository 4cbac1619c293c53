// SPDX-License-Identifier: GPL-2.0
/* From the program to the relay. */
#include "udp/assoc.h"

#include <linux/udp.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/route.h>
#include "compat/udp.h"
#include "proto/socks5_udp.h"
#include "stack/icmp_error.h"

/* Of what leaves: what the program's own would have had. */
struct outer {
	u8 tos;
	u8 ttl;
	bool may_fragment;
};

static void assoc_write_target(struct mprox_target *to, const struct mprox_assoc *assoc,
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

/*
 * Ours is a connected socket, so it has a route, which is looked up again when it
 * is stale. Referenced, or ERR_PTR.
 */
static struct dst_entry *route_ipv4(const struct mprox_assoc *assoc,
				    struct sock *udp)
{
	struct dst_entry *dst = sk_dst_check(udp, 0);
	struct flowi4 fl4 = {
		.daddr = assoc->relay.addr.s6_addr32[0],
		.saddr = inet_sk(udp)->inet_saddr,
		.flowi4_mark = udp->sk_mark,
		.flowi4_proto = IPPROTO_UDP,
		.flowi4_uid = udp->sk_uid,
		.fl4_sport = inet_sk(udp)->inet_sport,
		.fl4_dport = assoc->relay.port,
	};
	struct rtable *rt;

	if (dst)
		return dst;
	rt = ip_route_output_key(sock_net(udp), &fl4);
	if (IS_ERR(rt))
		return ERR_CAST(rt);
	sk_dst_set(udp, dst_clone(&rt->dst));
	return &rt->dst;
}

/* Takes @dst's reference, and @skb, as the next one does. */
static void assoc_send_ipv4(struct dst_entry *dst, struct sock *udp,
			    struct sk_buff *skb, const struct outer *outer)
{
	const struct inet_sock *inet = inet_sk(udp);

	mprox_compat_udp_xmit(container_of(dst, struct rtable, dst), udp, skb,
			      inet->inet_saddr, inet->inet_daddr, outer->tos,
			      outer->ttl, outer->may_fragment ? 0 : htons(IP_DF),
			      inet->inet_sport, inet->inet_dport, false, false);
}

#if IS_ENABLED(CONFIG_IPV6)
static struct dst_entry *route_ipv6(const struct mprox_assoc *assoc,
				    struct sock *udp)
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

	return ip6_sk_dst_lookup_flow(udp, &fl6, NULL, true);
}

static void assoc_send_ipv6(struct dst_entry *dst, struct sock *udp,
			    struct sk_buff *skb, const struct outer *outer)
{
	const struct inet_sock *inet = inet_sk(udp);

	mprox_compat_udp6_xmit(dst, udp, skb, NULL, &inet6_sk(udp)->saddr,
			       &udp->sk_v6_daddr, outer->tos, outer->ttl, 0,
			       inet->inet_sport, inet->inet_dport, false);
}
#else
static struct dst_entry *route_ipv6(const struct mprox_assoc *assoc,
				    struct sock *udp)
{
	return ERR_PTR(-EAFNOSUPPORT);
}

static void assoc_send_ipv6(struct dst_entry *dst, struct sock *udp,
			    struct sk_buff *skb, const struct outer *outer)
{
	dst_release(dst);
	kfree_skb(skb);
}
#endif

/* What leaves in front of the relay's header. */
static unsigned int outer_len(const struct mprox_assoc *assoc)
{
	return sizeof(struct udphdr) + (assoc->relay.family == AF_INET ?
					sizeof(struct iphdr) :
					sizeof(struct ipv6hdr));
}

/*
 * The program's headers have left less than we need, by a few octets, and to get
 * them in front means to copy all of it into new memory. Mostly there are as many
 * behind the data, which are in the cache, so they move.
 */
static int assoc_make_room(struct sk_buff *skb, unsigned int need)
{
	int missing = need - skb_headroom(skb);

	if (missing <= 0 || skb_cloned(skb) || skb_tailroom(skb) < missing)
		return skb_cow_head(skb, need);
	memmove(skb->data + missing, skb->data, skb->len);
	skb->data += missing;
	skb->tail += missing;
	return 0;
}

/* The header takes the place of the program's IP and UDP headers. */
static int wrap(struct sk_buff *skb, unsigned int headers, unsigned int room,
		const struct mprox_target *to, size_t len)
{
	int err;

	if (skb_has_frag_list(skb)) {
		err = skb_linearize(skb);
		if (err)
			return err;
	}
	skb_pull(skb, headers);
	err = assoc_make_room(skb, room + len);
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
static bool fits(const struct dst_entry *dst, struct sk_buff *skb, u8 pf,
		 u32 headers, u32 ours)
{
	u32 mtu = dst_mtu(dst);

	if (skb->len - headers + ours <= mtu)
		return true;
	/* What has waited for the proxy has no route to be answered by. */
	if (skb_dst(skb))
		mprox_icmp_error(skb, pf, MPROX_ICMP_TOO_BIG,
				 mtu - ours + headers);
	return false;
}

static void write_outer(struct outer *outer, const struct sk_buff *skb, u8 pf)
{
	if (pf == NFPROTO_IPV4) {
		outer->tos = ip_hdr(skb)->tos;
		outer->ttl = ip_hdr(skb)->ttl;
		outer->may_fragment = skb->ignore_df ||
				      !(ip_hdr(skb)->frag_off & htons(IP_DF));
	} else {
		outer->tos = ipv6_get_dsfield(ipv6_hdr(skb));
		outer->ttl = ipv6_hdr(skb)->hop_limit;
		outer->may_fragment = skb->ignore_df;
	}
}

static int send_one(struct mprox_assoc *assoc, struct sock *udp,
		    struct sk_buff *skb, u8 pf)
{
	unsigned int headers = skb_transport_offset(skb) + sizeof(struct udphdr);
	unsigned int added = outer_len(assoc);
	struct mprox_target to;
	struct dst_entry *dst;
	struct outer outer;
	u32 payload;
	size_t len;
	int err;

	if (!pskb_may_pull(skb, headers))
		return -EINVAL;
	dst = assoc->relay.family == AF_INET ? route_ipv4(assoc, udp) :
					       route_ipv6(assoc, udp);
	if (IS_ERR(dst)) {
		kfree_skb(skb);
		return 0;
	}
	payload = skb->len - headers;
	assoc_write_target(&to, assoc, skb, pf, udp_hdr(skb)->dest);
	write_outer(&outer, skb, pf);
	len = mprox_socks5_udp_header_len(&to);
	if (!outer.may_fragment && !fits(dst, skb, pf, headers, added + len)) {
		/* As a router would: the next call has the error. */
		dst_release(dst);
		kfree_skb(skb);
		return 0;
	}
	err = wrap(skb, headers, added + dst->header_len +
		   LL_RESERVED_SPACE(dst->dev), &to, len);
	if (err) {
		dst_release(dst);
		return err;
	}
	mprox_tally_datagram(&assoc->ctx->tally, MPROX_COUNT_DATAGRAMS_SENT, payload);
	/*
	 * Tunnels count for each processor how deep one is in another, and rely on
	 * not being preempted while they do.
	 */
	local_bh_disable();
	if (assoc->relay.family == AF_INET)
		assoc_send_ipv4(dst, udp, skb, &outer);
	else
		assoc_send_ipv6(dst, udp, skb, &outer);
	local_bh_enable();
	return 0;
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
