/* SPDX-License-Identifier: GPL-2.0 */
/* Private to listen/: a query that is passed on as it is, and its answer. */
#ifndef MPROX_DNS_FORWARD_H
#define MPROX_DNS_FORWARD_H

#include <linux/spinlock.h>
#include "mprox.h"

struct file;
struct mprox_ctx;

/* An answer that is longer is not passed on. RFC 6891, 6.2.5's usual figure. */
#define MPROX_DNS_FORWARD_MAX	4096

/**
 * struct mprox_forward - a query that is passed on, or none
 * @lock:	protects the others. Process context
 * @file:	the connection's while there is one
 * @over:	there will be no more
 */
struct mprox_forward {
	spinlock_t lock;
	struct file *file;
	bool over;
};

/**
 * mprox_dns_forward - asks a resolver itself, over TCP and without any proxy
 * @forward:	where it can be found meanwhile
 * @ctx:	in whose name, and in whose namespace
 * @resolver:	whom
 * @msg:	the query, without TCP's length
 * @len:	octets of @msg
 * @to:		where the answer goes: MPROX_DNS_FORWARD_MAX octets
 *
 * Returns the answer's length or a negative errno. By a work; takes as long as the
 * resolver does, some seconds at most. Whoever calls keeps the namespace alive.
 */
int mprox_dns_forward(struct mprox_forward *forward, const struct mprox_ctx *ctx,
		      const struct mprox_addr *resolver, const u8 *msg,
		      size_t len, u8 *to);
/* It has no answer, at once, and nor has any after it. Process context. */
void mprox_dns_forward_end(struct mprox_forward *forward);

#endif
