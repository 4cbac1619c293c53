/* SPDX-License-Identifier: GPL-2.0 */
/* Which process belongs to which context. */
#ifndef MPROX_SCOPE_H
#define MPROX_SCOPE_H

#include <linux/sched.h>
#include "context.h"

int mprox_scope_init(void);
void mprox_scope_exit(void);

/* The calling process becomes a member. Process context. -EALREADY, -ENOMEM. */
int mprox_scope_join(struct mprox_ctx *ctx);

/* The scope of a close-on-exec context ends. Process context. */
void mprox_scope_evict(struct mprox_ctx *ctx);

/*
 * The enabled context that governs what current sends in @net, or NULL. The
 * context of a member that is in another namespace is found, too: the caller
 * compares ctx->net. -EACCES: it belongs to a scope, and there was no memory to
 * know which: nothing of it may pass. Under rcu_read_lock().
 */
struct mprox_ctx *mprox_scope_find(const struct net *net);

#endif
