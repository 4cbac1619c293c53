/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MPROX_UDP_DELIVER_H
#define MPROX_UDP_DELIVER_H

#include <linux/skbuff.h>
#include <linux/udp.h>
#include "mprox.h"

/* What a datagram for mprox_udp_deliver() needs in front of its payload. */
#define MPROX_UDP_HEADROOM	(sizeof(struct ipv6hdr) + sizeof(struct udphdr))

/**
 * mprox_udp_deliver - puts a datagram into a socket's own queue
 * @sk:		a UDP socket
 * @skb:	the payload, linear or not, with MPROX_UDP_HEADROOM that may be
 *		written to, and without dst or conntrack; taken
 * @from:	who seems to have sent it
 * @to:		the socket's end, of the same family
 *
 * As UDP's receive path would have put it there; no packet exists at any time.
 * What the queue has no room for is lost, as on any network. Any context up to
 * softirq.
 */
void mprox_udp_deliver(struct sock *sk, struct sk_buff *skb,
		       const struct mprox_addr *from,
		       const struct mprox_addr *to);

/* A socket of a program's that has such a queue. */
bool mprox_is_udp_socket(const struct sock *sk);

#endif
