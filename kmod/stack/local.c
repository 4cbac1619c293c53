// SPDX-License-Identifier: GPL-2.0
/*
 * An address being ours says nothing of where a packet goes: a socket that is bound
 * to a device, or a rule in front of the local table, sends what is for ourselves to
 * a neighbour. So the packet's own route is asked. And only what goes from an address
 * to the same one counts: when the address is taken from the machine while a
 * connection is open, its packets can still be told from all others.
 */
#include "stack/local.h"

#include <net/sock.h>
#include "stack/packet.h"
#include "stack/route.h"

static bool is_to_itself(const struct sk_buff *skb, u8 pf)
{
	if (pf == NFPROTO_IPV4)
		return ip_hdr(skb)->saddr == ip_hdr(skb)->daddr;
	return ipv6_addr_equal(&ipv6_hdr(skb)->saddr, &ipv6_hdr(skb)->daddr);
}

static bool has_local_route(const struct sk_buff *skb, u8 pf)
{
	return mprox_route_is_local(skb_dst(skb), pf == NFPROTO_IPV4 ?
						  AF_INET : AF_INET6);
}

bool mprox_is_local(const struct sk_buff *skb, const struct nf_hook_state *state)
{
	const struct sock *sk = state->sk;

	if (!is_to_itself(skb, state->pf) || !has_local_route(skb, state->pf) ||
	    !sk || !sk_fullsock(sk))
		return false;
	/* A raw socket's own header may be another one than its route is for. */
	return sk->sk_type != SOCK_RAW ||
	       mprox_is_from_here(skb, state->pf, state->net);
}

static bool is_address_here(struct net *net, const struct mprox_addr *addr)
{
	if (addr->family == AF_INET)
		return inet_addr_type(net, addr->addr.s6_addr32[0]) == RTN_LOCAL;
	return mprox_has_family(AF_INET6) && ipv6_chk_addr(net, &addr->addr, NULL, 0);
}

/* The address that the socket is bound to, in place of what the route would choose. */
static void bound_source(const struct sock *sk, u16 family, struct in6_addr *source)
{
	if (!sk || !(sk->sk_userlocks & SOCK_BINDADDR_LOCK))
		return;
	if (family == AF_INET)
		source->s6_addr32[0] = inet_sk(sk)->inet_saddr;
#if IS_ENABLED(CONFIG_IPV6)
	else
		*source = sk->sk_v6_rcv_saddr;
#endif
}

/* From an address of this machine to the same one? @sk: whose it is, or NULL. */
static bool way_stays_here(const struct mprox_way *way, const struct sock *sk)
{
	struct in6_addr source;
	struct dst_entry *dst = mprox_route(way, &source);
	bool local;

	if (!dst)
		return false;
	bound_source(sk, way->to->family, &source);
	local = mprox_route_is_local(dst, way->to->family) &&
		ipv6_addr_equal(&source, &way->to->addr);
	dst_release(dst);
	return local;
}

bool mprox_is_local_address(struct net *net, const struct mprox_addr *to)
{
	const struct mprox_way way = {
		.net = net,
		.to = to,
		.uid = current_fsuid(),
	};

	return way_stays_here(&way, NULL);
}

bool mprox_is_local_peer(struct sock *sk, const struct mprox_addr *to, u32 scope_id)
{
	const struct mprox_way way = mprox_way_of(sk, to, scope_id);

	/* A VRF has a table of its own for its addresses. */
	return (way.oif || is_address_here(way.net, to)) && way_stays_here(&way, sk);
}

bool mprox_is_bound_here(const struct sock *sk)
{
	struct mprox_addr at = { .family = sk->sk_family };

	if (sk->sk_family == AF_INET)
		at.addr.s6_addr32[0] = inet_sk(sk)->inet_saddr;
#if IS_ENABLED(CONFIG_IPV6)
	else if (ipv6_addr_v4mapped(&sk->sk_v6_rcv_saddr))
		at = (struct mprox_addr){
			.family = AF_INET,
			.addr.s6_addr32[0] = inet_sk(sk)->inet_saddr,
		};
	else
		at.addr = sk->sk_v6_rcv_saddr;
#endif
	return is_address_here(sock_net(sk), &at);
}

bool mprox_is_astray(const struct sk_buff *skb, const struct nf_hook_state *state)
{
	const struct sock *sk = state->sk;

	return is_to_itself(skb, state->pf) &&
	       !has_local_route(skb, state->pf) && sk && sk_fullsock(sk) &&
	       sk->sk_type == SOCK_STREAM;
}
