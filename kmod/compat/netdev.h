/* SPDX-License-Identifier: GPL-2.0 */
/* Linux 6.12 made fields of two features of a device. */
#ifndef MPROX_COMPAT_NETDEV_H
#define MPROX_COMPAT_NETDEV_H

#include <linux/netdevice.h>
#include <linux/version.h>

/* It stays in its namespace, and its transmit function needs no lock. */
static inline void mprox_compat_stays_lockless(struct net_device *dev)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
	dev->netns_immutable = true;
	dev->lltx = true;
#else
	dev->features |= NETIF_F_NETNS_LOCAL | NETIF_F_LLTX;
#endif
}

#endif
