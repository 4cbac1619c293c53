// SPDX-License-Identifier: GPL-2.0
#include "socket_find.h"

#include <net/inet6_hashtables.h>
#include <net/inet_hashtables.h>

struct sock *mprox_find_socket(const struct mprox_key *key, int bound_if)
{
	struct net *net = (struct net *)key->net;
	struct inet_hashinfo *hashinfo = net->ipv4.tcp_death_row.hashinfo;
	struct sock *sk = NULL;

	local_bh_disable();
	if (key->family == AF_INET)
		sk = __inet_lookup_established(net, hashinfo,
					       key->remote.s6_addr32[0],
					       key->rport,
					       key->local.s6_addr32[0],
					       ntohs(key->lport), bound_if, 0);
#if IS_ENABLED(CONFIG_IPV6)
	else
		sk = __inet6_lookup_established(net, hashinfo, &key->remote,
						key->rport, &key->local,
						ntohs(key->lport), bound_if, 0);
#endif
	local_bh_enable();
	return sk;
}
