/* SPDX-License-Identifier: GPL-2.0 */
/* Names that addresses stand for: what a context has answered with. */
#ifndef MPROX_NAMES_H
#define MPROX_NAMES_H

#include <linux/rhashtable-types.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>
#include "policy/fake.h"

/**
 * struct mprox_names - the names of one context
 * @lock:	BH safe, innermost; protects all of this
 * @by_name:	struct mprox_name by its text
 * @by_index:	the same by its index
 * @idle:	those that no connection is open to, longest unused first
 * @count:	how many there are; also the next index
 */
struct mprox_names {
	spinlock_t lock;
	struct rhashtable by_name;
	struct xarray by_index;
	struct list_head idle;
	u32 count;
};

/* The key of the table. */
struct mprox_name_text {
	const u8 *text;
	u8 len;
};

/**
 * struct mprox_name - one of them
 * @idle:	in names->idle, while @users is zero
 * @users:	flows to it
 * @index:	its place in the ranges of addresses, from 0
 * @text:	@len octets, in lower case
 */
struct mprox_name {
	struct rhash_head node;
	struct list_head idle;
	struct rcu_head rcu;
	u32 users;
	u32 index;
	u8 len;
	u8 text[];
};

/* Process context. NULL: no memory. Nobody may use it when it is freed. */
struct mprox_names *mprox_names_alloc(void);
void mprox_names_free(struct mprox_names *names);	/* NULL is fine */

/* The rest: any context up to softirq. */

/*
 * The index of a name, which is remembered from now on if it is below
 * @capacity. Negative: no memory, or every name has a connection.
 */
int mprox_names_put(struct mprox_names *names, const u8 *text, u8 len,
		    u32 capacity);

/* The name that @addr stands for; NULL: none (any more). To be given back. */
struct mprox_name *mprox_names_hold(struct mprox_names *names,
				    const struct mprox_dns *dns,
				    const struct mprox_addr *addr);
void mprox_names_release(struct mprox_names *names, struct mprox_name *name);

/* Copies the text of the name that @addr stands for; octets, 0: none. */
u8 mprox_names_text(struct mprox_names *names, const struct mprox_dns *dns,
		    const struct mprox_addr *addr, u8 *text);

#endif
