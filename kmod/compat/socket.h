/* SPDX-License-Identifier: GPL-2.0 */
/* Linux 6.18 keeps the table of TCP to itself; 6.19 has a type for addresses. */
#ifndef MPROX_COMPAT_SOCKET_H
#define MPROX_COMPAT_SOCKET_H

#include <linux/net.h>
#include <linux/socket.h>
#include <net/inet6_hashtables.h>
#include <net/inet_hashtables.h>

/* What bind() and connect() are given. */
#ifdef MPROX_HAS_SOCKADDR_UNSIZED
#define mprox_compat_sockaddr	sockaddr_unsized
#else
#define mprox_compat_sockaddr	sockaddr
#endif

/* A connection's socket, with a reference. */
static inline struct sock *
mprox_compat_find4(struct net *net, __be32 saddr, __be16 sport, __be32 daddr,
		   u16 dport, int dif, int sdif)
{
	return __inet_lookup_established(net,
#ifdef MPROX_HAS_LOOKUP_HASHINFO
					 net->ipv4.tcp_death_row.hashinfo,
#endif
					 saddr, sport, daddr, dport, dif, sdif);
}

#if IS_ENABLED(CONFIG_IPV6)
static inline struct sock *
mprox_compat_find6(struct net *net, const struct in6_addr *saddr, __be16 sport,
		   const struct in6_addr *daddr, u16 dport, int dif,
		   int sdif)
{
	return __inet6_lookup_established(net,
#ifdef MPROX_HAS_LOOKUP_HASHINFO
					  net->ipv4.tcp_death_row.hashinfo,
#endif
					  saddr, sport, daddr, dport, dif, sdif);
}
#endif

#endif
