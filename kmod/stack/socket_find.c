// SPDX-License-Identifier: GPL-2.0
#include "stack/socket_find.h"

#include <net/inet_sock.h>
#include <net/ipv6.h>
#include "compat/socket.h"

static struct sock *socket_find(const struct mprox_key *key, int dif, int sdif)
{
	struct net *net = (struct net *)key->net;
	struct sock *sk = NULL;

	local_bh_disable();
	if (key->family == AF_INET)
		sk = mprox_compat_find4(net, key->remote.s6_addr32[0],
					key->rport, key->local.s6_addr32[0],
					ntohs(key->lport), dif, sdif);
#if IS_ENABLED(CONFIG_IPV6)
	else
		sk = mprox_compat_find6(net, &key->remote, key->rport,
					&key->local, ntohs(key->lport),
					dif, sdif);
#endif
	local_bh_enable();
	return sk;
}

struct sock *mprox_find_socket(const struct mprox_key *key, int bound_if)
{
	return socket_find(key, bound_if, 0);
}

struct sock *mprox_find_socket_of(const struct sk_buff *skb,
				  const struct mprox_key *ends)
{
	if (ends->family == AF_INET)
		return socket_find(ends, inet_iif(skb), inet_sdif(skb));
	return socket_find(ends, inet6_iif(skb), inet6_sdif(skb));
}
