// SPDX-License-Identifier: GPL-2.0
#include "source.h"

#include <net/ipv6.h>
#include <net/sock.h>
#include "handshake.h"
#include "route.h"

static bool is_loopback(const struct in6_addr *addr, u32 family)
{
	return family == AF_INET ? ipv4_is_loopback(addr->s6_addr32[0]) :
				   ipv6_addr_loopback(addr);
}

/* bind() to an address is a wish that we follow where it can work. */
static bool keeps_source(const struct sock *sk, const struct mprox_key *key)
{
	return (sk->sk_userlocks & SOCK_BINDADDR_LOCK) &&
	       !is_loopback(&key->local, key->family);
}

/*
 * What NAT shall make of the source: the address that the route to the server
 * would have chosen. A server on this machine is reached over lo, where every
 * address of the machine is a good source and a mapped one would not find its
 * way back (ip_route_input() drops 127.0.0.1 as a martian).
 */
static int find(struct mprox_flow *flow, const struct mprox_way *way)
{
	const struct mprox_key *key = &flow->key;
	struct mprox_hs *hs = flow->hs;
	struct in6_addr source;
	struct dst_entry *dst;
	int err = 0;

	dst = mprox_route(way, &source);
	if (!dst)
		return -EHOSTUNREACH;
	/* Bound to a device: the SYN would leave by it, to nobody. */
	if (is_loopback(&hs->to.addr, key->family) &&
	    !(dst->dev->flags & IFF_LOOPBACK)) {
		err = -EHOSTUNREACH;
	} else if (!mprox_route_is_local(dst, key->family) &&
		   !ipv6_addr_equal(&source, &key->local) &&
		   !keeps_source(hs->sk, key)) {
		hs->source.family = key->family;
		hs->source.addr = source;
	}
	dst_release(dst);
	return err;
}

int mprox_source_find(struct mprox_flow *flow, u32 scope_id)
{
	struct mprox_hs *hs = flow->hs;
	struct mprox_way way = {
		.net = hs->net,
		.to = &hs->to,
		.oif = hs->sk->sk_bound_dev_if,
		.mark = hs->mark,
		.uid = hs->sk->sk_uid,
		/* If it speaks IPv6 at all. */
		.sk = hs->sk->sk_family == AF_INET6 ? hs->sk : NULL,
	};

	memset(&hs->source, 0, sizeof(hs->source));
	/*
	 * NAT's rerouting looks for a link-local server on the device that the
	 * program's own route has chosen, and nowhere else.
	 */
	if (scope_id) {
		if (hs->dst->dev->ifindex != scope_id)
			return -EHOSTUNREACH;
		way.oif = scope_id;
	}
	return find(flow, &way);
}
