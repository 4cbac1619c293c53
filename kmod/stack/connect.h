/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MPROX_CONNECT_H
#define MPROX_CONNECT_H

#include <linux/net.h>
#include "mprox.h"

/*
 * @at in the form of a socket of @family, into @name, which has room for a struct
 * sockaddr_in6. Its length.
 */
int mprox_sockaddr(void *name, u16 family, const struct mprox_addr *at, u32 scope_id);

/* What a socket has bound, in the terms of its own family. */
void mprox_bound_addr(const struct sock *sk, struct mprox_addr *at);

/*
 * kernel_bind() and kernel_connect(); @scope_id as in struct sockaddr_in6, 0 where it
 * means nothing. Process context.
 */
int mprox_bind_at(struct socket *sock, const struct mprox_addr *at, u32 scope_id);
int mprox_connect(struct socket *sock, const struct mprox_addr *to, u32 scope_id,
		  int flags);

#endif
