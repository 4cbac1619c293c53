/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Connections that the kernel makes for a program: SMB, NVMe over TCP. The first one
 * leaves in a call of the program's own, and so is its context's; the next ones, when
 * that has broken, leave from a thread of the kernel, whose they are nobody could tell.
 * So where a call of a member has had the kernel connect to is remembered.
 */
#ifndef MPROX_KERNEL_SOCK_H
#define MPROX_KERNEL_SOCK_H

#include <linux/sched.h>
#include <net/mptcp.h>
#include <net/sock.h>
#include "stack/key.h"

struct mprox_ctx;

/* Of one context; each is a mount, or a disk. A row of them is searched. */
#define MPROX_KERNEL_PEERS_PER_CTX	64
/* On the machine; one costs some 100 octets. */
#define MPROX_KERNEL_PEERS_MAX		1024

/*
 * Is @sk not one that a program has asked for, or current not a program? Not so for
 * the parts of a program's MPTCP socket. In connect(), with the socket locked.
 */
static inline bool mprox_is_kernel_sock(const struct sock *sk)
{
	return sk && sk_fullsock(sk) && sk_is_tcp(sk) && !sk_is_mptcp(sk) &&
	       (sk->sk_kern_sock || current->flags & PF_KTHREAD ||
		!sk->sk_socket || !sk->sk_socket->file);
}

/* The rest: any context but hard interrupts, under rcu_read_lock(). */

/*
 * A call of a member of @ctx has the kernel connect to @key's other end. -ENOSPC: too
 * many are known; -ENOMEM. Then nothing could be told of what follows.
 */
int mprox_kernel_peer_note(struct mprox_ctx *ctx, const struct mprox_key *key);

/* Likewise a call of nobody's member: what contexts that are over have left goes. */
void mprox_kernel_peer_disown(const struct mprox_key *key);

/*
 * Calls @fn for each context that what a thread of the kernel connects there may be
 * for. -EACCES: or it is for one that is over.
 */
int mprox_kernel_peer_for_each(const struct mprox_key *key,
			       void (*fn)(struct mprox_ctx *ctx, void *arg),
			       void *arg);

/* @ctx has no user any more. */
void mprox_kernel_peers_end(const struct mprox_ctx *ctx);
/* Nobody is left in @net. */
void mprox_kernel_peers_exit_net(const struct net *net);

#endif
