/* SPDX-License-Identifier: GPL-2.0 */
/* Which process belongs to which context. */
#ifndef MPROX_SCOPE_H
#define MPROX_SCOPE_H

#include <linux/sched.h>
#include "scope/context.h"

int mprox_scope_init(void);
void mprox_scope_exit(void);

/* The calling process becomes a member. Process context. As mprox_member_add(). */
int mprox_scope_join(struct mprox_ctx *ctx);

/* The scope of a close-on-exec context ends. Process context. */
void mprox_scope_evict(struct mprox_ctx *ctx);

/*
 * Calls @fn for each context that holds current when it sends in @net, enabled or
 * not: those that it is a member of, wherever they were made, and the global ones of
 * @net. -EACCES: it belongs to a scope, and there was no memory to know which:
 * nothing of it may pass. Under rcu_read_lock().
 */
int mprox_scope_for_each(const struct net *net,
			 void (*fn)(struct mprox_ctx *ctx, void *arg),
			 void *arg);

/* Is current a member of @ctx? Process context. */
bool mprox_scope_holds_current(const struct mprox_ctx *ctx);

#endif
