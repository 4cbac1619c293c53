// SPDX-License-Identifier: GPL-2.0
#include "stack/connect.h"

#include <linux/in.h>
#include <linux/in6.h>
#include <net/inet_sock.h>
#include "compat/socket.h"

int mprox_sockaddr(void *name, u16 family, const struct mprox_addr *at, u32 scope_id)
{
	struct sockaddr_in6 *sin6 = name;
	struct sockaddr_in *sin = name;

	memset(sin6, 0, sizeof(*sin6));
	if (family == AF_INET) {
		sin->sin_family = AF_INET;
		sin->sin_port = at->port;
		sin->sin_addr.s_addr = at->addr.s6_addr32[0];
		return sizeof(*sin);
	}
	sin6->sin6_family = AF_INET6;
	sin6->sin6_port = at->port;
	sin6->sin6_addr = at->addr;
	if (at->family == AF_INET)
		ipv6_addr_set_v4mapped(at->addr.s6_addr32[0], &sin6->sin6_addr);
	sin6->sin6_scope_id = scope_id;
	return sizeof(*sin6);
}

void mprox_bound_addr(const struct sock *sk, struct mprox_addr *at)
{
	memset(at, 0, sizeof(*at));
	at->family = sk->sk_family;
	at->port = inet_sk(sk)->inet_sport;
	if (sk->sk_family == AF_INET)
		at->addr.s6_addr32[0] = inet_sk(sk)->inet_rcv_saddr;
#if IS_ENABLED(CONFIG_IPV6)
	else
		at->addr = sk->sk_v6_rcv_saddr;
#endif
}

int mprox_bind_at(struct socket *sock, const struct mprox_addr *at, u32 scope_id)
{
	struct sockaddr_in6 name;
	int len = mprox_sockaddr(&name, sock->sk->sk_family, at, scope_id);

	return kernel_bind(sock, (struct mprox_compat_sockaddr *)&name, len);
}

int mprox_connect(struct socket *sock, const struct mprox_addr *to, u32 scope_id,
		  int flags)
{
	struct sockaddr_in6 name;
	int len = mprox_sockaddr(&name, sock->sk->sk_family, to, scope_id);

	return kernel_connect(sock, (struct mprox_compat_sockaddr *)&name, len, flags);
}
