/* SPDX-License-Identifier: GPL-2.0 */
/* The life of a context: what it is made of, what changes it, its end. */
#ifndef MPROX_LIFE_H
#define MPROX_LIFE_H

#include "scope/context.h"

int mprox_life_init(void);
void mprox_life_exit(void);

struct mprox_ctx *mprox_ctx_create(struct net *net, u32 flags, bool privileged);
int mprox_ctx_enable(struct mprox_ctx *ctx);
/* -EINVAL: it is disabled; -EOPNOTSUPP: its scope is one process. */
int mprox_ctx_lock(struct mprox_ctx *ctx);
/* The scope is over, whatever lock or seal there is: members go direct. */
void mprox_ctx_end(struct mprox_ctx *ctx);
void mprox_ctx_set_name(struct mprox_ctx *ctx, const char *name, size_t len);
/*
 * Descriptors. A context that is disabled when its last one is closed, or is
 * close-on-exec and not locked, is over then. -ESTALE: it has no user any more.
 */
int mprox_ctx_open(struct mprox_ctx *ctx);
void mprox_ctx_close(struct mprox_ctx *ctx);
/* What is told of it to current. Process context. */
void mprox_ctx_info(struct mprox_ctx *ctx, struct mutex_proxy_context *info);
/* The namespace has mprox0 from now on. */
int mprox_ctx_need_netdev(struct mprox_ctx *ctx);
void mprox_ctx_disable(struct mprox_ctx *ctx);
/* Takes over @policy, if it succeeds. */
int mprox_ctx_set_policy(struct mprox_ctx *ctx, struct mprox_policy *policy);
int mprox_ctx_set_config(struct mprox_ctx *ctx,
			 const struct mutex_proxy_config *uc);
int mprox_ctx_get_config(struct mprox_ctx *ctx, struct mutex_proxy_config *uc);
/* @file stays open while the context has a user. -EBUSY: enough of them do. */
int mprox_ctx_keep(struct mprox_ctx *ctx, struct file *file);
int mprox_ctx_set_scope(struct mprox_ctx *ctx, u32 scope);

/* Its readers hear of MUTEX_PROXY_CHANGE_*, by current. Process context. */
void mprox_ctx_tell_change(struct mprox_ctx *ctx, u16 change);

#endif
