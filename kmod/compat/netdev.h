/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Linux 6.12 made fields of two features of a device, and renamed one of them in
 * 6.15, which 6.12 has got in an update.
 */
#ifndef MPROX_COMPAT_NETDEV_H
#define MPROX_COMPAT_NETDEV_H

#include <linux/netdevice.h>

/* It stays in its namespace, and its transmit function needs no lock. */
static inline void mprox_compat_stays_lockless(struct net_device *dev)
{
#if defined(MPROX_HAS_NETNS_IMMUTABLE)
	dev->netns_immutable = true;
	dev->lltx = true;
#elif defined(MPROX_HAS_NETNS_LOCAL)
	dev->netns_local = true;
	dev->lltx = true;
#else
	dev->features |= NETIF_F_NETNS_LOCAL | NETIF_F_LLTX;
#endif
}

#endif
