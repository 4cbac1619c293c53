// SPDX-License-Identifier: GPL-2.0
/*
 * An address being ours says nothing of where a packet goes: a socket that is bound
 * to a device, or a rule in front of the local table, sends what is for ourselves to
 * a neighbour. So the packet's own route is asked. And only what goes from an address
 * to the same one counts: when the address is taken from the machine while a
 * connection is open, its packets can still be told from all others.
 */
#include "local.h"

#include <net/sock.h>
#include "packet.h"
#include "route.h"

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

bool mprox_is_local_address(struct net *net, const struct mprox_addr *to)
{
	const struct mprox_way way = {
		.net = net,
		.to = to,
		.uid = current_fsuid(),
	};
	struct in6_addr source;
	struct dst_entry *dst = mprox_route(&way, &source);
	bool local;

	if (!dst)
		return false;
	local = mprox_route_is_local(dst, to->family) &&
		ipv6_addr_equal(&source, &to->addr);
	dst_release(dst);
	return local;
}

bool mprox_is_astray(const struct sk_buff *skb, const struct nf_hook_state *state)
{
	const struct sock *sk = state->sk;

	return is_to_itself(skb, state->pf) &&
	       !has_local_route(skb, state->pf) && sk && sk_fullsock(sk) &&
	       sk->sk_type == SOCK_STREAM;
}
