// SPDX-License-Identifier: GPL-2.0
#include "stack/icmp_error.h"

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/netfilter.h>
#include <net/dst.h>
#include <net/ipv6.h>
#include "compat/icmp.h"
#include "stack/packet.h"

static void icmp_send_ipv4(struct sk_buff *skb, enum mprox_icmp_error what, u32 mtu)
{
	static const u8 codes[] = {
		[MPROX_ICMP_PROTOCOL] = ICMP_PROT_UNREACH,
		[MPROX_ICMP_PORT] = ICMP_PORT_UNREACH,
		[MPROX_ICMP_TOO_BIG] = ICMP_FRAG_NEEDED,
	};

	/* The packet's control block is still the transport's, not IP's. */
	mprox_compat_icmp_send(skb, ICMP_DEST_UNREACH, codes[what], htonl(mtu));
}

static void icmp_send_ipv6(struct sk_buff *skb, enum mprox_icmp_error what, u32 mtu)
{
	const struct inet6_skb_parm parm = {
		.iif = skb_dst(skb)->dev->ifindex,
	};

	/* ICMPv6 answers nothing that has no device; IPv6 sets it later. */
	skb->dev = skb_dst(skb)->dev;
	switch (what) {
	case MPROX_ICMP_PROTOCOL:
		mprox_compat_icmpv6_send(skb, ICMPV6_PARAMPROB,
					 ICMPV6_UNK_NEXTHDR,
					 offsetof(struct ipv6hdr, nexthdr),
					 &parm);
		break;
	case MPROX_ICMP_PORT:
		mprox_compat_icmpv6_send(skb, ICMPV6_DEST_UNREACH,
					 ICMPV6_PORT_UNREACH, 0, &parm);
		break;
	case MPROX_ICMP_TOO_BIG:
		mprox_compat_icmpv6_send(skb, ICMPV6_PKT_TOOBIG, 0, mtu, &parm);
		break;
	}
}

void mprox_icmp_error(struct sk_buff *skb, u8 pf, enum mprox_icmp_error what,
		      u32 mtu)
{
	/* Elsewhere it would leave, with what was refused in it. */
	if (!mprox_is_from_here(skb, pf, dev_net(skb_dst(skb)->dev)))
		return;
	if (pf == NFPROTO_IPV4)
		icmp_send_ipv4(skb, what, mtu);
	else
		icmp_send_ipv6(skb, what, mtu);
}
