/* SPDX-License-Identifier: GPL-2.0 */
/* What each network namespace has: its hooks and its global scopes. */
#ifndef MPROX_NET_H
#define MPROX_NET_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include "listen/dns_tcp.h"
#include "scope/context.h"

/* See mprox_net_expects(). A power of two. */
#define MPROX_PORT_SLOTS	4096

/**
 * struct mprox_net - per namespace
 * @lock:	process context: arming and disarming
 * @users:	contexts that need the hooks, under @lock
 * @globals:	contexts of global scope that have a user or are sealed; RCU, changed
 *		under a spinlock of net.c
 * @known:	struct mprox_known, the servers' records; under @lock
 * @nr_known:	how many are listed
 * @dns:	answers queries over TCP while @users is not 0
 * @netdev:	mprox0 while somebody needs it; under RTNL
 * @netdev_users: contexts that do; under RTNL
 * @handshakes:	how many flows in handshake have a local port of each slot
 */
struct mprox_net {
	struct mutex lock;
	u32 users;
	struct list_head globals;
	struct list_head known;
	u32 nr_known;
	struct mprox_dns_server dns;
	struct net_device *netdev;
	u32 netdev_users;
	atomic_t contexts;	/* that may still ask something of this struct */
	atomic_t handshakes[MPROX_PORT_SLOTS];
};

int mprox_net_init(void);
void mprox_net_exit(void);
struct mprox_net *mprox_net(const struct net *net);

/* The namespace's inbound hooks and its server for queries; process context. */
int mprox_net_arm(struct net *net);
void mprox_net_disarm(struct net *net);

/* Any context. */
void mprox_net_add_global(struct mprox_ctx *ctx);
void mprox_net_del_global(struct mprox_ctx *ctx);

/* Calls @fn for each global scope of @net. Under rcu_read_lock(). */
void mprox_net_for_each_global(const struct net *net,
			       void (*fn)(struct mprox_ctx *ctx, void *arg),
			       void *arg);
/* One of them, referenced (@refs), or NULL. Any context. */
struct mprox_ctx *mprox_net_get_global(const struct net *net);

/*
 * Could a handshake own this local port? Lets a packet of an established
 * connection pass with one read and no lookup. Any context.
 */
static inline atomic_t *mprox_net_slot(struct mprox_net *mn, __be16 port)
{
	return &mn->handshakes[ntohs(port) & (MPROX_PORT_SLOTS - 1)];
}

static inline bool mprox_net_expects(struct mprox_net *mn, __be16 port)
{
	return atomic_read(mprox_net_slot(mn, port));
}

#endif
