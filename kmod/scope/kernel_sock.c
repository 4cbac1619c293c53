// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "scope/kernel_sock.h"

#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include "scope/context.h"

/**
 * struct kernel_peer - where the kernel has connected to for a context
 * @node:	in peers, the one noted last in front; RCU
 * @ctx:	whose; NULL: it is over, and nobody may be let through for it. No
 *		reference: it is taken out when the context ends, which its memory
 *		outlives by a grace period
 * @net:	where; no reference: the namespace's exit removes it
 * @to:		the address and port that it has connected to
 * @rcu:	readers of the list may still see it
 */
struct kernel_peer {
	struct list_head node;
	struct mprox_ctx *ctx;
	const struct net *net;
	struct mprox_addr to;
	struct rcu_head rcu;
};

/* Protects the list and its count. Process context and softirq. */
static DEFINE_SPINLOCK(peers_lock);
static LIST_HEAD(peers);
static u32 peers_count;

static bool peer_is(const struct kernel_peer *peer, const struct mprox_key *key)
{
	return peer->net == key->net && peer->to.family == key->family &&
	       peer->to.port == key->rport &&
	       ipv6_addr_equal(&peer->to.addr, &key->remote);
}

/* Of @ctx; NULL: of one that is over. */
static struct kernel_peer *peer_find(const struct mprox_key *key,
				     const struct mprox_ctx *ctx)
{
	struct kernel_peer *peer;

	list_for_each_entry_rcu(peer, &peers, node,
				lockdep_is_held(&peers_lock))
		if (peer_is(peer, key) && READ_ONCE(peer->ctx) == ctx)
			return peer;
	return NULL;
}

static void peer_remove(struct kernel_peer *peer)
{
	lockdep_assert_held(&peers_lock);
	list_del_rcu(&peer->node);
	peers_count--;
	kfree_rcu(peer, rcu);
}

/* The oldest of those whose context is over makes room. */
static bool peers_have_room(const struct mprox_ctx *ctx)
{
	struct kernel_peer *peer, *oldest = NULL;
	u32 mine = 0;

	lockdep_assert_held(&peers_lock);
	list_for_each_entry(peer, &peers, node) {
		mine += peer->ctx == ctx;
		if (!peer->ctx)
			oldest = peer;
	}
	if (mine >= MPROX_KERNEL_PEERS_PER_CTX)
		return false;
	if (peers_count >= MPROX_KERNEL_PEERS_MAX && oldest)
		peer_remove(oldest);
	return peers_count < MPROX_KERNEL_PEERS_MAX;
}

static struct kernel_peer *peer_alloc(const struct mprox_key *key)
{
	struct kernel_peer *peer;

	peer = kzalloc(sizeof(*peer), GFP_ATOMIC | __GFP_ACCOUNT);
	if (!peer)
		return NULL;
	peer->net = key->net;
	peer->to.family = key->family;
	peer->to.port = key->rport;
	peer->to.addr = key->remote;
	return peer;
}

/*
 * A context may lose its last user meanwhile: then mprox_kernel_peers_end() waits for
 * the lock, or has had it, and the count says so.
 */
static struct mprox_ctx *peer_owner(struct mprox_ctx *ctx)
{
	lockdep_assert_held(&peers_lock);
	return refcount_read(&ctx->users) ? ctx : NULL;
}

/* Somebody who lives answers for the place of those who are over. */
static void peer_disown(const struct mprox_key *key)
{
	struct kernel_peer *peer;

	lockdep_assert_held(&peers_lock);
	while ((peer = peer_find(key, NULL)))
		peer_remove(peer);
}

static int peer_add(struct kernel_peer *peer, struct mprox_ctx *ctx)
{
	lockdep_assert_held(&peers_lock);
	if (!peers_have_room(ctx))
		return -ENOSPC;
	peer->ctx = peer_owner(ctx);
	list_add_rcu(&peer->node, &peers);
	peers_count++;
	return 0;
}

int mprox_kernel_peer_note(struct mprox_ctx *ctx, const struct mprox_key *key)
{
	struct kernel_peer *peer;
	int err = -EEXIST;

	if (peer_find(key, ctx))
		return 0;
	peer = peer_alloc(key);
	if (!peer)
		return -ENOMEM;
	spin_lock_bh(&peers_lock);
	peer_disown(key);
	if (!peer_find(key, ctx))
		err = peer_add(peer, ctx);
	spin_unlock_bh(&peers_lock);
	if (err)
		kfree(peer);
	if (err == -ENOSPC)
		pr_warn_ratelimited("context %u: refused, the kernel connects to %u servers for it, or to %u for all\n",
				    ctx->id, MPROX_KERNEL_PEERS_PER_CTX,
				    MPROX_KERNEL_PEERS_MAX);
	return err == -EEXIST ? 0 : err;
}

void mprox_kernel_peer_disown(const struct mprox_key *key)
{
	if (!peer_find(key, NULL))
		return;
	spin_lock_bh(&peers_lock);
	peer_disown(key);
	spin_unlock_bh(&peers_lock);
}

int mprox_kernel_peer_for_each(const struct mprox_key *key,
			       void (*fn)(struct mprox_ctx *ctx, void *arg),
			       void *arg)
{
	const struct kernel_peer *peer;
	struct mprox_ctx *ctx;
	int err = 0;

	list_for_each_entry_rcu(peer, &peers, node) {
		if (!peer_is(peer, key))
			continue;
		ctx = READ_ONCE(peer->ctx);
		if (ctx)
			fn(ctx, arg);
		else
			err = -EACCES;
	}
	return err;
}

void mprox_kernel_peers_end(const struct mprox_ctx *ctx)
{
	struct kernel_peer *peer;

	spin_lock_bh(&peers_lock);
	list_for_each_entry(peer, &peers, node)
		if (peer->ctx == ctx)
			WRITE_ONCE(peer->ctx, NULL);
	spin_unlock_bh(&peers_lock);
}

void mprox_kernel_peers_exit_net(const struct net *net)
{
	struct kernel_peer *peer, *next;

	spin_lock_bh(&peers_lock);
	list_for_each_entry_safe(peer, next, &peers, node)
		if (peer->net == net)
			peer_remove(peer);
	spin_unlock_bh(&peers_lock);
}

#ifdef CONFIG_KUNIT
#include "scope/kernel_sock_test.c"
#endif
