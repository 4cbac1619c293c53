// SPDX-License-Identifier: GPL-2.0
/*
 * The socket has the proxy's address, and an address of its own on the way there. The
 * program hears of its peer as it asked for it, and of itself what it has bound or, if
 * that is nothing, what it would have been on the way to what it asked for: a program
 * may tell its peer of its own address, and 127.0.0.1, from where a proxy on this machine
 * is reached, would be of no use to that.
 */
#include "tcp/getname.h"

#include <linux/in.h>
#include <linux/in6.h>
#include <net/dst.h>
#include <net/sock.h>
#include "stack/intercept.h"
#include "stack/route.h"
#include "tcp/flow.h"

mprox_getname_fn mprox_getname4_own, mprox_getname6_own;

/* @addr of @family in the terms of @name, whose port stays. @scope_id: if link-local. */
static void write_address(struct sockaddr *name, u16 family,
			  const struct in6_addr *addr, u32 scope_id)
{
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)name;
	struct sockaddr_in *sin = (struct sockaddr_in *)name;

	if (name->sa_family == AF_INET)
		sin->sin_addr.s_addr = addr->s6_addr32[0];
	else if (family == AF_INET)
		ipv6_addr_set_v4mapped(addr->s6_addr32[0], &sin6->sin6_addr);
	else
		sin6->sin6_addr = *addr;
	if (name->sa_family == AF_INET6)
		sin6->sin6_scope_id = ipv6_iface_scope_id(&sin6->sin6_addr, scope_id);
}

/* Both kinds of address have the port in the same place. */
static void write_port(struct sockaddr *name, __be16 port)
{
	((struct sockaddr_in *)name)->sin_port = port;
}

/* The address that a socket to what was asked for would have; false: no route. */
static bool find_source(const struct mprox_flow *flow, struct sock *sk,
			struct in6_addr *source)
{
	const struct mprox_way way = mprox_way_of(sk, &flow->asked, flow->scope_id);
	struct dst_entry *dst = mprox_route(&way, source);

	dst_release(dst);
	return dst;
}

/* The socket locked. */
static void tell_own(const struct mprox_flow *flow, struct sock *sk,
		     struct sockaddr *name)
{
	struct in6_addr source;

	if (flow->bound.port)
		write_port(name, flow->bound.port);
	if (flow->bound.family)
		/* As the program's own address was: mapped, or not. */
		write_address(name, flow->bound.family, &flow->bound.addr,
			      sk->sk_bound_dev_if);
	else if (!(sk->sk_userlocks & SOCK_BINDADDR_LOCK) &&
		 find_source(flow, sk, &source))
		write_address(name, flow->asked.family, &source, flow->scope_id);
}

static int getname_tell(struct socket *sock, struct sockaddr *name, int peer, int len)
{
	struct mprox_flow *flow;
	struct sock *sk = sock->sk;

	if (len < 0 || !sk || sk->sk_type != SOCK_STREAM)
		return len;
	flow = mprox_flow_of(sk);
	if (!flow)
		return len;
	if (peer) {
		write_address(name, flow->asked.family, &flow->asked.addr,
			      flow->scope_id);
		write_port(name, flow->asked.port);
	} else {
		lock_sock(sk);
		tell_own(flow, sk, name);
		release_sock(sk);
	}
	mprox_flow_put(flow);
	return len;
}

int mprox_getname4(struct socket *sock, struct sockaddr *name, int peer)
{
	int len;

	mprox_intercept_enter();
	len = mprox_getname4_own(sock, name, peer);
	len = getname_tell(sock, name, peer, len);
	mprox_intercept_leave();
	return len;
}

int mprox_getname6(struct socket *sock, struct sockaddr *name, int peer)
{
	int len;

	mprox_intercept_enter();
	len = mprox_getname6_own(sock, name, peer);
	len = getname_tell(sock, name, peer, len);
	mprox_intercept_leave();
	return len;
}
