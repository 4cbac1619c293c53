/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MPROX_CONNECT_H
#define MPROX_CONNECT_H

#include <linux/net.h>
#include "mprox.h"

/*
 * kernel_connect() of a socket of @to's family; @scope_id as in struct
 * sockaddr_in6, 0 where it means nothing. Process context.
 */
int mprox_connect(struct socket *sock, const struct mprox_addr *to, u32 scope_id,
		  int flags);

#endif
