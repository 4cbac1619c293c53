/* SPDX-License-Identifier: GPL-2.0 */
/* What all of the module shares: addresses, bounds, the workqueue. */
#ifndef MPROX_H
#define MPROX_H

#include <linux/in6.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <net/ipv6.h>

/*
 * Handshakes in progress, over all namespaces. One costs about 2 KiB and
 * what it says, so this bounds what a connect() flood can pin to some 160 MiB.
 */
#define MPROX_MAX_HANDSHAKES	65536

/* Contexts alive, over all namespaces. */
#define MPROX_MAX_CONTEXTS	65536

/* An endpoint: network byte order, IPv4 in the first word of addr. */
struct mprox_addr {
	struct in6_addr addr;
	__be16 port;
	u16 family;		/* AF_INET or AF_INET6 */
};

static inline u16 mprox_other_family(u32 family)
{
	return family == AF_INET ? AF_INET6 : AF_INET;
}

/* Everything that must not run in softirq. Owned by main.c. */
extern struct workqueue_struct *mprox_wq;

#endif
