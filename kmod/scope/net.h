/* SPDX-License-Identifier: GPL-2.0 */
/* What each network namespace has: its hooks and its global scopes. */
#ifndef MPROX_NET_H
#define MPROX_NET_H

#include <linux/atomic.h>
#include <linux/list.h>
#include "scope/context.h"

/* See mprox_net_expects(). A power of two. */
#define MPROX_PORT_SLOTS	4096

/**
 * struct mprox_net - per namespace
 * @globals:	contexts of global scope that have a user or are sealed; RCU, changed
 *		under a spinlock of net.c
 * @contexts:	that may still ask something of what we have of the namespace
 * @nr_ended:	contexts whose counters are in
 * @ended:	the sums of those that are not listed any more
 * @handshakes:	how many flows in handshake have a local port of each slot
 */
struct mprox_net {
	struct list_head globals;
	atomic_t contexts;
	atomic_t nr_ended;
	struct mprox_tally ended;
	atomic_t handshakes[MPROX_PORT_SLOTS];
};

int mprox_net_init(void);
void mprox_net_exit(void);
struct mprox_net *mprox_net(const struct net *net);

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
