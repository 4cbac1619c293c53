/* SPDX-License-Identifier: GPL-2.0 */
/* mprox0: lets datagrams that have no route come as far as the hooks. */
#ifndef MPROX_NETDEV_H
#define MPROX_NETDEV_H

#include <linux/netdevice.h>
#include <linux/netfilter.h>

struct mprox_net;

#define MPROX_NETDEV_NAME	"mprox0"

/* One user more or less of the namespace's device. Process context. */
int mprox_netdev_get(struct net *net);
void mprox_netdev_put(struct net *net);

/* Over all namespaces. */
extern atomic_t mprox_nr_netdevs;

/* Is it one of ours? Any context. */
bool mprox_is_netdev(const struct net_device *dev);

/*
 * A packet would leave through the device, behind the NAT of others' rules: it is not
 * for a proxy, so there is no way for it. Any context. Returns a netfilter verdict.
 */
unsigned int mprox_netdev_refuse(struct sk_buff *skb,
				 const struct nf_hook_state *state);

int mprox_netdev_init(void);
void mprox_netdev_exit(void);

#endif
