// SPDX-License-Identifier: GPL-2.0
/*
 * Where no route leads to a destination, sendto() fails before there is a datagram that
 * could be taken for a relay, or answered. A last-resort route through this device lets
 * it come as far as LOCAL_OUT. TCP is led in connect() and needs none. What would leave
 * through the device is refused with what it would have heard without the route:
 * ENETUNREACH.
 */
#include "stack/netdev.h"

#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <linux/tcp.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include "compat/netdev.h"
#include "stack/packet.h"
#include "stack/socket_error.h"

atomic_t mprox_nr_netdevs = ATOMIC_INIT(0);

/* Of a namespace: mprox0 while somebody needs it, and how many do. Under RTNL. */
struct netdev_net {
	struct net_device *dev;
	u32 users;
};

static unsigned int netdev_net_id __read_mostly;

static struct netdev_net *netdev_of(const struct net *net)
{
	return net_generic(net, netdev_net_id);
}

/* What gets this far is refused before; a packet socket's frames are not. */
static netdev_tx_t drop(struct sk_buff *skb, struct net_device *dev)
{
	dev_core_stats_tx_dropped_inc(dev);
	kfree_skb(skb);
	return NETDEV_TX_OK;
}

/* Also when the namespace goes and takes its devices along. RTNL held. */
static void uninit(struct net_device *dev)
{
	struct netdev_net *own = netdev_of(dev_net(dev));

	/* Not so if it could not be registered. */
	if (own->dev == dev) {
		own->dev = NULL;
		atomic_dec(&mprox_nr_netdevs);
	}
}

static const struct net_device_ops netdev_ops = {
	.ndo_start_xmit = drop,
	.ndo_uninit = uninit,
};

bool mprox_is_netdev(const struct net_device *dev)
{
	return dev->netdev_ops == &netdev_ops;
}

static void setup(struct net_device *dev)
{
	dev->netdev_ops = &netdev_ops;
	dev->type = ARPHRD_NONE;
	dev->flags = IFF_NOARP | IFF_POINTOPOINT;
	dev->priv_flags |= IFF_NO_QUEUE;
	mprox_compat_stays_lockless(dev);
	dev->mtu = ETH_DATA_LEN;
	dev->min_mtu = IPV6_MIN_MTU;
	dev->max_mtu = ETH_MAX_MTU;
	dev->needs_free_netdev = true;
}

/* RTNL held. */
static int netdev_make(struct net *net)
{
	struct net_device *dev;
	int err;

	dev = alloc_netdev(0, MPROX_NETDEV_NAME, NET_NAME_PREDICTABLE, setup);
	if (!dev)
		return -ENOMEM;
	dev_net_set(dev, net);
	err = register_netdevice(dev);
	if (err) {
		free_netdev(dev);
		/*
		 * Nothing else of ours can be wrong. Those whom it asks say EINVAL
		 * and ENOBUFS where they have no memory.
		 */
		return err == -EEXIST ? err : -ENOMEM;
	}
	netdev_of(net)->dev = dev;
	atomic_inc(&mprox_nr_netdevs);
	if (!dev_open(dev, NULL))
		return 0;
	unregister_netdevice(dev);
	return -ENOMEM;
}

int mprox_netdev_get(struct net *net)
{
	struct netdev_net *own = netdev_of(net);
	int err = 0;

	rtnl_lock();
	if (!own->users)
		err = netdev_make(net);
	if (!err)
		own->users++;
	rtnl_unlock();
	return err;
}

void mprox_netdev_put(struct net *net)
{
	struct netdev_net *own = netdev_of(net);

	rtnl_lock();
	if (!--own->users && own->dev)
		unregister_netdevice(own->dev);
	rtnl_unlock();
}

unsigned int mprox_netdev_refuse(struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	const struct tcphdr *th = NULL;
	unsigned int thoff;
	struct tcphdr buf;
	u8 proto;

	if (state->sk && sk_fullsock(state->sk) &&
	    mprox_l4(skb, state->pf, &proto, &thoff) && proto == IPPROTO_TCP)
		th = skb_header_pointer(skb, thoff, sizeof(buf), &buf);
	/* tcp_connect() would not listen: it is told as soon as it has returned. */
	if (th && th->syn && !th->ack && state->sk->sk_type == SOCK_STREAM &&
	    mprox_socket_error_later(state->sk, ntohl(th->seq), -ENETUNREACH)) {
		consume_skb(skb);
		return NF_STOLEN;
	}
	return NF_DROP_ERR(-ENETUNREACH);
}

static struct pernet_operations netdev_net_ops = {
	.id = &netdev_net_id,
	.size = sizeof(struct netdev_net),
};

int mprox_netdev_init(void)
{
	return register_pernet_subsys(&netdev_net_ops);
}

void mprox_netdev_exit(void)
{
	unregister_pernet_subsys(&netdev_net_ops);
}
