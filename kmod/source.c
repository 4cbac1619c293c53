// SPDX-License-Identifier: GPL-2.0
#include "source.h"

#include <net/dst.h>
#include <net/ip6_route.h>
#include <net/route.h>
#include <net/sock.h>
#include "handshake.h"

static bool keeps_source(const struct sock *sk, bool usable)
{
	/* bind() to an address is a wish that we follow where it can work. */
	return (sk->sk_userlocks & SOCK_BINDADDR_LOCK) && usable;
}

/*
 * What NAT shall make of the source: the address that the route to the server
 * would have chosen. A server on this machine is reached over lo, where every
 * address of the machine is a good source and a mapped one would not find its
 * way back (ip_route_input() drops 127.0.0.1 as a martian).
 */
static int find_source_v4(struct mprox_flow *flow)
{
	struct mprox_hs *hs = flow->hs;
	__be32 local = flow->key.local.s6_addr32[0];
	struct flowi4 fl4 = {
		.daddr = hs->to.addr.s6_addr32[0],
		.flowi4_oif = hs->sk->sk_bound_dev_if,
		.flowi4_mark = hs->mark,
		.flowi4_proto = IPPROTO_TCP,
		.flowi4_uid = hs->sk->sk_uid,
		.fl4_dport = hs->to.port,
	};
	struct rtable *rt = ip_route_output_key(hs->net, &fl4);

	if (IS_ERR(rt))
		return -EHOSTUNREACH;
	/* Bound to a device: the SYN would leave by it, to nobody. */
	if (ipv4_is_loopback(hs->to.addr.s6_addr32[0]) &&
	    !(rt->dst.dev->flags & IFF_LOOPBACK)) {
		ip_rt_put(rt);
		return -EHOSTUNREACH;
	}
	if (!(rt->rt_flags & RTCF_LOCAL) && fl4.saddr != local &&
	    !keeps_source(hs->sk, !ipv4_is_loopback(local))) {
		hs->source.family = AF_INET;
		hs->source.addr.s6_addr32[0] = fl4.saddr;
	}
	ip_rt_put(rt);
	return 0;
}

#if IS_ENABLED(CONFIG_IPV6)
static int find_source_v6(struct mprox_flow *flow, u32 scope_id)
{
	struct mprox_hs *hs = flow->hs;
	struct flowi6 fl6 = {
		.daddr = hs->to.addr,
		.flowi6_oif = hs->sk->sk_bound_dev_if,
		.flowi6_mark = hs->mark,
		.flowi6_proto = IPPROTO_TCP,
		.flowi6_uid = hs->sk->sk_uid,
		.fl6_dport = hs->to.port,
	};
	const struct sock *sk;
	struct dst_entry *dst;

	/*
	 * NAT's rerouting looks for a link-local server on the device that the
	 * program's own route has chosen, and nowhere else.
	 */
	if (scope_id) {
		if (hs->dst->dev->ifindex != scope_id)
			return -EHOSTUNREACH;
		fl6.flowi6_oif = scope_id;
	}
	/* Its preferences of source addresses, if it speaks IPv6 at all. */
	sk = hs->sk->sk_family == AF_INET6 ? hs->sk : NULL;
	dst = ip6_dst_lookup_flow(hs->net, sk, &fl6, NULL);
	if (IS_ERR(dst))
		return -EHOSTUNREACH;
	if (ipv6_addr_loopback(&hs->to.addr) &&
	    !(dst->dev->flags & IFF_LOOPBACK)) {
		dst_release(dst);
		return -EHOSTUNREACH;
	}
	if (!(dst_rt6_info(dst)->rt6i_flags & RTF_LOCAL) &&
	    !(dst->dev->flags & IFF_LOOPBACK) &&
	    !ipv6_addr_equal(&fl6.saddr, &flow->key.local) &&
	    !keeps_source(hs->sk, !ipv6_addr_loopback(&flow->key.local))) {
		hs->source.family = AF_INET6;
		hs->source.addr = fl6.saddr;
	}
	dst_release(dst);
	return 0;
}
#else
static int find_source_v6(struct mprox_flow *flow, u32 scope_id)
{
	return -EAFNOSUPPORT;
}
#endif

int mprox_source_find(struct mprox_flow *flow, u32 scope_id)
{
	memset(&flow->hs->source, 0, sizeof(flow->hs->source));
	if (flow->key.family == AF_INET)
		return find_source_v4(flow);
	return find_source_v6(flow, scope_id);
}
