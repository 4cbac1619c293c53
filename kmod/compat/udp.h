/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Linux 6.15 keeps the tail of UDP's receive path to itself, 6.16 has tunnels say what
 * IP is to remember of a packet, and 7.2 makes one of the inner half of a socket.
 */
#ifndef MPROX_COMPAT_UDP_H
#define MPROX_COMPAT_UDP_H

#include <linux/filter.h>
#include <linux/netdevice.h>
#include <net/protocol.h>
#include <net/sock.h>
#include <net/udp_tunnel.h>

/*
 * @skb, with its headers, into the queue of @sk, as if UDP had found it. @dst: a route
 * to the socket's own address, if it is wanted; both are the callee's from here on.
 */
#ifdef MPROX_HAS_UDP_ENQUEUE
#define MPROX_COMPAT_UDP_WANTS_ROUTE	false
static inline void mprox_compat_udp_receive(struct sock *sk,
					    struct sk_buff *skb, u16 family,
					    struct dst_entry *dst)
{
	if (sk_filter_trim_cap(sk, skb, sizeof(struct udphdr))) {
		kfree_skb(skb);
		return;
	}
	__skb_pull(skb, sizeof(struct udphdr));
	/* As from softirq, where UDP calls this. */
	local_bh_disable();
	if (__udp_enqueue_schedule_skb(sk, skb)) {
		atomic_inc(&sk->sk_drops);
		kfree_skb(skb);
	}
	local_bh_enable();
}
#else
#define MPROX_COMPAT_UDP_WANTS_ROUTE	true
/* All of the way in, which asks for a socket that is known before it looks for one. */
static inline void mprox_compat_udp_receive(struct sock *sk,
					    struct sk_buff *skb, u16 family,
					    struct dst_entry *dst)
{
	if (!dst) {
		kfree_skb(skb);
		return;
	}
	/* UDP over IPv6 has no packet without a checksum (RFC 8200, 8.1). */
	if (family == AF_INET6)
		udp_hdr(skb)->check = CSUM_MANGLED_0;
	skb->dev = sock_net(sk)->loopback_dev;
	skb_dst_set(skb, dst);
	sock_hold(sk);
	skb->sk = sk;
	skb->destructor = sock_edemux;
	local_bh_disable();
	rcu_read_lock();
#if IS_ENABLED(CONFIG_IPV6)
	if (family == AF_INET6)
		rcu_dereference(inet6_protos[IPPROTO_UDP])->handler(skb);
	else
#endif
		rcu_dereference(inet_protos[IPPROTO_UDP])->handler(skb);
	rcu_read_unlock();
	local_bh_enable();
}
#endif

#ifdef MPROX_HAS_TUNNEL_SOCKET
#define mprox_compat_udp_tunnel(sock, cfg) \
	setup_udp_tunnel_sock(sock_net((sock)->sk), sock, cfg)
#else
#define mprox_compat_udp_tunnel(sock, cfg) \
	setup_udp_tunnel_sock(sock_net((sock)->sk), (sock)->sk, cfg)
#endif

/* A tunnel's packet, without its last parameter. */
#ifdef MPROX_HAS_TUNNEL_FLAGS
#define mprox_compat_udp_xmit(...)	udp_tunnel_xmit_skb(__VA_ARGS__, 0)
#define mprox_compat_udp6_xmit(...)	udp_tunnel6_xmit_skb(__VA_ARGS__, 0)
#else
#define mprox_compat_udp_xmit(...)	udp_tunnel_xmit_skb(__VA_ARGS__)
#define mprox_compat_udp6_xmit(...)	udp_tunnel6_xmit_skb(__VA_ARGS__)
#endif

#endif
