/* SPDX-License-Identifier: GPL-2.0 */
/*
 * SOCKS5 UDP ASSOCIATE: a program's datagrams, through a relay on the proxy. A
 * connection of ours to the proxy stands for the association, and its handshake
 * is like any other. The program's datagrams are taken from the output path, get
 * the relay's header and leave through a socket of ours; what the relay sends is
 * put into the program's own queue.
 */
#ifndef MPROX_ASSOC_H
#define MPROX_ASSOC_H

#include <linux/net.h>
#include <linux/netfilter.h>
#include <linux/refcount.h>
#include <linux/rhashtable-types.h>
#include <linux/workqueue.h>
#include <net/sock.h>
#include "names/names.h"
#include "proto/proto.h"
#include "scope/context.h"
#include "stack/own.h"
#include "tcp/errand.h"

/* Associations alive, over all namespaces: two sockets of ours each. */
#define MPROX_MAX_ASSOCS	16384

/* What waits for the proxy's answer. Beyond it the newest is lost. */
#define MPROX_ASSOC_PENDING	32

enum mprox_assoc_state {
	MPROX_ASSOC_CONNECTING,
	MPROX_ASSOC_OPEN,
	MPROX_ASSOC_OVER,
};

/*
 * Whose it is. A socket has one for all addresses, and one for each name that it
 * sends to: what comes back through that one comes from the name, whatever
 * address the relay tells.
 */
struct mprox_assoc_key {
	const struct mprox_ctx *ctx;
	const struct sock *sk;
	u64 family;		/* 0: addresses */
	struct in6_addr name;	/* the address that stands for it */
};

/**
 * struct mprox_assoc - an association
 * @node:	in the table until it is over
 * @refs:	one for the table, one per user: lookup, handshake, queued work
 * @lock:	BH safe, innermost; protects @state, @pending, @udp's being there
 * @ctx:	referenced
 * @user:	whose share of the machine's associations it is of, referenced
 * @sk:		the program's socket, referenced
 * @name:	what key.name stands for, held; or NULL
 * @local:	the program's end, as its first datagram had it
 * @pending:	datagrams that wait for the proxy
 * @work:	begins, opens and ends it; runs once at a time. Not over, it comes
 *		by every second, to see whether the program's socket is closed
 * @control:	the connection to the proxy; work only
 * @errand:	what the handshake of @control knows of it
 * @udp:	the socket that the relay knows
 * @relay:	where it listens; family 0: nobody knows yet
 */
struct mprox_assoc {
	struct rhash_head node;
	struct mprox_assoc_key key;
	refcount_t refs;
	spinlock_t lock;
	u8 state;
	struct mprox_ctx *ctx;
	struct mprox_user *user;
	struct sock *sk;
	struct mprox_name *name;
	struct mprox_addr local;
	struct sk_buff_head pending;
	struct delayed_work work;
	struct mprox_own control;
	struct mprox_errand errand;
	struct socket *udp;
	struct mprox_addr relay;
	struct rcu_head rcu;
};

int mprox_assoc_init(void);
/* Process context. Ends all of them, and waits for their memory. */
void mprox_assoc_exit(void);

/*
 * A datagram leaves a program's socket for @to. Process context, under
 * rcu_read_lock(). Returns a netfilter verdict.
 */
unsigned int mprox_assoc_datagram(struct mprox_ctx *ctx,
				  const struct mprox_policy *policy,
				  struct sk_buff *skb,
				  const struct nf_hook_state *state,
				  unsigned int thoff,
				  const struct mprox_addr *to);

/* Is it a socket that a relay knows? Any context. */
bool mprox_assoc_owns(const struct sock *sk);

void mprox_assoc_put(struct mprox_assoc *assoc);	/* NULL is fine; any context */

/*
 * Between assoc.c, which knows when, and assoc_send.c and assoc_receive.c.
 * send: takes @skb, which begins with its IP header; 0 or a negative errno for
 * the program, @skb's owner still. Any context, no lock held.
 */
int mprox_assoc_send(struct mprox_assoc *assoc, struct sk_buff *skb, u8 pf);
int mprox_assoc_receive(struct sock *sk, struct sk_buff *skb);

extern atomic_t mprox_nr_assocs;

#endif
