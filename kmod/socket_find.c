// SPDX-License-Identifier: GPL-2.0
#include "socket_find.h"

#include "compat/socket.h"

struct sock *mprox_find_socket(const struct mprox_key *key, int bound_if)
{
	struct net *net = (struct net *)key->net;
	struct sock *sk = NULL;

	local_bh_disable();
	if (key->family == AF_INET)
		sk = mprox_compat_find4(net, key->remote.s6_addr32[0],
					key->rport, key->local.s6_addr32[0],
					ntohs(key->lport), bound_if);
#if IS_ENABLED(CONFIG_IPV6)
	else
		sk = mprox_compat_find6(net, &key->remote, key->rport,
					&key->local, ntohs(key->lport),
					bound_if);
#endif
	local_bh_enable();
	return sk;
}
