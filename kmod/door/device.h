/* SPDX-License-Identifier: GPL-2.0 */
/* /dev/mprox, the door, and the descriptors that it hands out. */
#ifndef MPROX_DEVICE_H
#define MPROX_DEVICE_H

#include "scope/context.h"

int mprox_device_init(void);
void mprox_device_exit(void);

/* May the caller make or change a context of @net? Process context. */
bool mprox_may_control(const struct net *net, bool *privileged);

/* Has every thread of the caller set no_new_privs? Process context. */
bool mprox_no_new_privs(void);

/*
 * A descriptor for @ctx, or an errno: the first one, which takes over the user that
 * @ctx was made with; and one for somebody who may control it, with a user of its
 * own. -ESTALE: it has no user any more.
 */
int mprox_context_fd(struct mprox_ctx *ctx, u32 flags);
int mprox_context_fd_by_id(struct mprox_ctx *ctx);

#endif
