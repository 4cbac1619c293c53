/* SPDX-License-Identifier: GPL-2.0 */
/* What the packets of one connection have in common. */
#ifndef MPROX_KEY_H
#define MPROX_KEY_H

#include <linux/in6.h>
#include <linux/types.h>

struct net;

/* Both ends of a connection: the program's own is @local. */
struct mprox_key {
	const struct net *net;
	struct in6_addr local;
	struct in6_addr remote;
	__be16 lport;
	__be16 rport;
	u32 family;
};

#endif
