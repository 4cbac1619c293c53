/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Linux 6.18 wants more than the options of the packet that an error is about, and 7.2
 * has another name for what sends one of ICMPv6.
 */
#ifndef MPROX_COMPAT_ICMP_H
#define MPROX_COMPAT_ICMP_H

#include <linux/icmpv6.h>
#include <net/icmp.h>
#include <net/ip.h>

/* About a packet without options, whose control block is not IP's yet. */
static inline void mprox_compat_icmp_send(struct sk_buff *skb, int type,
					  int code, __be32 info)
{
#ifdef MPROX_HAS_ICMP_PARM
	const struct inet_skb_parm none = {};
#else
	const struct ip_options none = {};
#endif

	__icmp_send(skb, type, code, info, &none);
}

#ifdef MPROX_HAS_ICMPV6_SEND
#define mprox_compat_icmpv6_send(skb, type, code, info, parm)	\
	__icmpv6_send(skb, type, code, info, parm)
#else
#define mprox_compat_icmpv6_send(skb, type, code, info, parm)	\
	icmp6_send(skb, type, code, info, NULL, parm)
#endif

#endif
