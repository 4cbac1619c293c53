/* SPDX-License-Identifier: GPL-2.0 */
/* The way to an endpoint, in either version of IP. */
#ifndef MPROX_ROUTE_H
#define MPROX_ROUTE_H

#include <linux/uidgid.h>
#include <net/dst.h>
#include "mprox.h"

struct net;
struct sock;

/**
 * struct mprox_way - what a route is chosen by
 * @to:		where to
 * @from:	the address that it is sent from, in the form of @to; ::, any
 * @from_port:	and the port, as a rule or a policy of IPsec may ask for it; 0: not known
 * @oif:	the device to leave by, 0: any
 * @sk:		whose preferences of IPv6 source addresses hold, or NULL
 */
struct mprox_way {
	struct net *net;
	const struct mprox_addr *to;
	struct in6_addr from;
	__be16 from_port;
	int oif;
	u32 mark;
	kuid_t uid;
	struct sock *sk;
};

/* That of a connection of @sk to @to; @scope_id: of @to, if it is link-local. */
struct mprox_way mprox_way_of(const struct sock *sk, const struct mprox_addr *to,
			      u32 scope_id);

/*
 * Does this kernel speak that version of IP? With ipv6.disable=1 on its command
 * line it makes no socket of IPv6, and what a look-up of a route would need was
 * never allocated.
 */
bool mprox_has_family(u32 family);

/*
 * A route for TCP, and in @source the address that it would be sent from. NULL:
 * there is none. The caller releases it. Any context.
 */
struct dst_entry *mprox_route(const struct mprox_way *way,
			      struct in6_addr *source);

/*
 * Is it still the way? What it was when it was found is in @cookie, by mprox_route_cookie().
 * Not once routes, or policies and keys of IPsec, have changed. Any context.
 */
bool mprox_route_holds(struct dst_entry *dst, u32 cookie);
u32 mprox_route_cookie(const struct dst_entry *dst);

/* The route to an address of this machine; NULL: it is none any more. */
struct dst_entry *mprox_route_home(struct net *net, u32 family,
				   const struct in6_addr *addr);

/* Does it stay on this machine? */
bool mprox_route_is_local(const struct dst_entry *dst, u32 family);

#endif
