/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MPROX_ICMP_ERROR_H
#define MPROX_ICMP_ERROR_H

#include <linux/skbuff.h>

enum mprox_icmp_error {
	MPROX_ICMP_PROTOCOL,	/* RFC 792: protocol unreachable; RFC 4443: 4, 1 */
	MPROX_ICMP_PORT,	/* port unreachable */
	MPROX_ICMP_TOO_BIG,	/* RFC 1191, RFC 4443: with the MTU */
};

/*
 * Tells a program's transport what has become of @skb, which is on its way out
 * and has a route. The error goes to the program's own address, over loopback.
 * @mtu: octets, for MPROX_ICMP_TOO_BIG. Any context up to softirq.
 */
void mprox_icmp_error(struct sk_buff *skb, u8 pf, enum mprox_icmp_error what,
		      u32 mtu);

#endif
