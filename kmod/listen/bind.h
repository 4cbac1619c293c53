/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A port on the proxy (SOCKS BIND) for a socket that listens here. A socket of
 * ours connects to the expected peer as any program's would, only that its
 * handshake asks for BIND. The proxy's second answer, when the peer has come, is
 * what lets its connect() succeed, and then it takes its place among those that
 * the program's socket has to accept().
 */
#ifndef MPROX_BIND_H
#define MPROX_BIND_H

#include <linux/completion.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/net.h>
#include <linux/refcount.h>
#include <linux/workqueue.h>
#include <net/sock.h>
#include "scope/context.h"
#include "stack/own.h"
#include "tcp/errand.h"

/* Ports that wait, over all namespaces. */
#define MPROX_MAX_BINDS		4096

/**
 * struct mprox_bind - one of them
 * @node:	in the list of bind.c, while it waits
 * @refs:	one for being listed, one per handshake, waiting caller and
 *		queued work
 * @user:	whose share of the machine's binds it is of, referenced
 * @listener:	the program's socket, referenced
 * @peer:	who is expected; the port is 0 if nobody knows
 * @errand:	what the handshake knows of it
 * @lock:	process context: @own.sock and @is_over
 * @own:	the connection, whose context is referenced; no socket: not made, or handed
 *		over
 * @abandoned:	the program does not wait for the port any more
 * @is_over:	nothing is left to do for the work
 * @opened:	the proxy has answered: then @err, or @bound if that is 0
 */
struct mprox_bind {
	struct list_head node;
	refcount_t refs;
	struct mprox_user *user;
	struct sock *listener;
	struct mprox_addr peer;
	struct mprox_errand errand;
	struct mutex lock;
	struct mprox_own own;
	bool abandoned;
	bool is_over;
	struct completion opened;
	int err;
	struct mprox_addr bound;
	struct work_struct work;
};

/**
 * mprox_bind_open - a port on the proxy for @listener
 * @ctx:	a user of it is held
 * @listener:	TCP, bound, not connected, of @ctx's namespace
 * @peer:	who is expected
 * @bound:	result
 *
 * Waits until the proxy has answered. Returns 0, -EALREADY: it has one, @bound
 * is that, or why it cannot be. Process context.
 */
int mprox_bind_open(struct mprox_ctx *ctx, struct sock *listener,
		    const struct mprox_addr *peer, struct mprox_addr *bound);

/*
 * MUTEX_PROXY_IOC_BIND; the result is in @ub if that is 0 or -EALREADY. Process
 * context.
 */
int mprox_bind_user(struct mprox_ctx *ctx, struct mutex_proxy_bind *ub);

extern atomic_t mprox_nr_binds;

#endif
