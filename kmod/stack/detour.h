/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MPROX_DETOUR_H
#define MPROX_DETOUR_H

#include <linux/skbuff.h>

struct sock;

/*
 * Does the packet say by whom it travels? Its destination is then the next hop
 * and not the one that it is for (RFC 791, 3.1: LSRR, SSRR; RFC 8200, 4.4). Any
 * context.
 */
bool mprox_is_source_routed(const struct sk_buff *skb, u8 pf);

/* Would the packets of a TCP socket say so? The socket locked. */
bool mprox_is_detoured(const struct sock *sk);

#endif
