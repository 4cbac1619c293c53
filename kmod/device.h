/* SPDX-License-Identifier: GPL-2.0 */
/* /dev/mprox, the door, and the descriptors that it hands out. */
#ifndef MPROX_DEVICE_H
#define MPROX_DEVICE_H

#include "context.h"

int mprox_device_init(void);
void mprox_device_exit(void);

/* May the caller make or change a context of @net? Process context. */
bool mprox_may_control(const struct net *net, bool *privileged);

/* A descriptor for @ctx, whose first user it takes over; or an errno. */
int mprox_context_fd(struct mprox_ctx *ctx, u32 flags);

#endif
