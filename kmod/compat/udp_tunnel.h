/* SPDX-License-Identifier: GPL-2.0 */
/* Linux 6.12 gave udp_tunnel6_xmit_skb() no result and constant addresses. */
#ifndef MPROX_COMPAT_UDP_TUNNEL_H
#define MPROX_COMPAT_UDP_TUNNEL_H

#include <net/udp_tunnel.h>

static inline void mprox_compat_udp_tunnel6_xmit(struct dst_entry *dst,
						 struct sock *sk,
						 struct sk_buff *skb,
						 struct flowi6 *fl6, u8 tos,
						 u8 ttl)
{
	udp_tunnel6_xmit_skb(dst, sk, skb, NULL, &fl6->saddr, &fl6->daddr, tos,
			     ttl, 0, fl6->fl6_sport, fl6->fl6_dport, false);
}

#endif
