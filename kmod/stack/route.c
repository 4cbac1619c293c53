// SPDX-License-Identifier: GPL-2.0
#include "stack/route.h"

#include <net/ip6_route.h>
#include <net/route.h>
#include <net/sock.h>
#include "compat/route.h"
#include "stack/netdev.h"

struct mprox_way mprox_way_of(const struct sock *sk, const struct mprox_addr *to,
			      u32 scope_id)
{
	return (struct mprox_way) {
		.net = sock_net(sk),
		.to = to,
		.oif = scope_id ?: READ_ONCE(sk->sk_bound_dev_if),
		.mark = READ_ONCE(sk->sk_mark),
		.uid = sk->sk_uid,
	};
}

bool mprox_has_family(u32 family)
{
	return family == AF_INET || ipv6_mod_enabled();
}

static struct dst_entry *route4(const struct mprox_way *way,
				struct in6_addr *source)
{
	struct flowi4 fl4 = {
		.daddr = way->to->addr.s6_addr32[0],
		.saddr = way->from.s6_addr32[0],
		.flowi4_oif = way->oif,
		.flowi4_mark = way->mark,
		.flowi4_proto = IPPROTO_TCP,
		.flowi4_uid = way->uid,
		.fl4_sport = way->from_port,
		.fl4_dport = way->to->port,
	};
	struct rtable *rt = ip_route_output_key(way->net, &fl4);

	if (IS_ERR(rt))
		return NULL;
	memset(source, 0, sizeof(*source));
	source->s6_addr32[0] = fl4.saddr;
	return &rt->dst;
}

#if IS_ENABLED(CONFIG_IPV6)
static struct dst_entry *route6(const struct mprox_way *way,
				struct in6_addr *source)
{
	struct flowi6 fl6 = {
		.daddr = way->to->addr,
		.saddr = way->from,
		.flowi6_oif = way->oif,
		.flowi6_mark = way->mark,
		.flowi6_proto = IPPROTO_TCP,
		.flowi6_uid = way->uid,
		.fl6_sport = way->from_port,
		.fl6_dport = way->to->port,
	};
	struct dst_entry *dst;

	dst = ip6_dst_lookup_flow(way->net, way->sk, &fl6, NULL);
	if (IS_ERR(dst))
		return NULL;
	*source = fl6.saddr;
	return dst;
}

static struct dst_entry *home6(struct net *net, const struct in6_addr *addr)
{
	struct flowi6 fl6 = { .daddr = *addr };
	struct dst_entry *dst;

	dst = ip6_route_output(net, NULL, &fl6);
	if (!dst->error)
		return dst;
	dst_release(dst);
	return NULL;
}

static bool is_local6(const struct dst_entry *dst)
{
	return dst_rt6_info(dst)->rt6i_flags & RTF_LOCAL;
}
#else
static struct dst_entry *route6(const struct mprox_way *way,
				struct in6_addr *source)
{
	return NULL;
}

static struct dst_entry *home6(struct net *net, const struct in6_addr *addr)
{
	return NULL;
}

static bool is_local6(const struct dst_entry *dst)
{
	return false;
}
#endif

struct dst_entry *mprox_route(const struct mprox_way *way,
			      struct in6_addr *source)
{
	struct dst_entry *dst;

	if (!mprox_has_family(way->to->family))
		return NULL;
	dst = way->to->family == AF_INET ? route4(way, source) :
					   route6(way, source);
	if (!dst || !mprox_is_netdev(dst->dev))
		return dst;
	dst_release(dst);
	return NULL;
}

u32 mprox_route_cookie(const struct dst_entry *dst)
{
	return dst->ops->family == AF_INET6 ? rt6_get_cookie(dst_rt6_info(dst)) : 0;
}

bool mprox_route_holds(struct dst_entry *dst, u32 cookie)
{
	/* Above 0: its device has gone, or it stands for one that there is not yet. */
	return !dst->obsolete ||
	       (dst->obsolete < 0 && dst->ops->check(dst, cookie));
}

static struct dst_entry *home4(struct net *net, const struct in6_addr *addr)
{
	struct flowi4 fl4 = { .daddr = addr->s6_addr32[0] };
	struct rtable *rt = ip_route_output_key(net, &fl4);

	return IS_ERR(rt) ? NULL : &rt->dst;
}

struct dst_entry *mprox_route_home(struct net *net, u32 family,
				   const struct in6_addr *addr)
{
	if (!mprox_has_family(family))
		return NULL;
	return family == AF_INET ? home4(net, addr) : home6(net, addr);
}

bool mprox_route_is_local(const struct dst_entry *dst, u32 family)
{
	if (dst->dev->flags & IFF_LOOPBACK)
		return true;
	if (family == AF_INET)
		return container_of(dst, struct rtable, dst)->rt_flags &
		       RTCF_LOCAL;
	return is_local6(dst);
}
