/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A connection of our own that goes through a context's proxy like a program's, and
 * is recognised in connect() (lead.c); or past the proxy. A work of its owner looks
 * after it.
 */
#ifndef MPROX_OWN_H
#define MPROX_OWN_H

#include <linux/net.h>
#include <net/sock.h>
#include "mprox.h"

struct mprox_ctx;
struct mprox_errand;
struct mprox_identity;

/**
 * struct mprox_own - the connection, part of what needs it
 * @ctx:	whose proxy; the owner sees to it that it lives. NULL: none, it is
 *		direct
 * @errand:	what the proxy is asked for instead of a connection; or NULL
 * @sock:	NULL: there is none
 * @kick:	the connection has changed, or has data. Softirq, the socket locked
 * @state_change, @data_ready: what the socket's callbacks were
 */
struct mprox_own {
	struct mprox_ctx *ctx;
	struct mprox_errand *errand;
	struct socket *sock;
	void (*kick)(struct mprox_own *own);
	void (*state_change)(struct sock *sk);
	void (*data_ready)(struct sock *sk);
};

/*
 * In the name of @id, or of the program whose socket @like is (see
 * mprox_identity_socket()). @scope_id as in struct sockaddr_in6. By a work; the
 * owner serialises. Negative errno: there is no socket.
 */
int mprox_own_connect(struct mprox_own *own, const struct mprox_identity *id,
		      struct sock *like, struct net *net,
		      const struct mprox_addr *to, u32 scope_id);
/* The same with an @own->sock that the owner has made, and will connect. By a work. */
void mprox_own_take(struct mprox_own *own);
/* What it has taken is the owner's alone again. No kick comes after it. */
struct socket *mprox_own_let_go(struct mprox_own *own);
/* No kick comes after it. None there: fine. By a work. */
void mprox_own_close(struct mprox_own *own);

/* Whose socket is it? NULL: none of these. The socket locked. */
struct mprox_own *mprox_own_of(const struct sock *sk);

#endif
