/* SPDX-License-Identifier: GPL-2.0 */
/* Private to door/: looks at a context's figures now and then, and tells when they are out of bounds. */
#ifndef MPROX_ALERTS_H
#define MPROX_ALERTS_H

#include <linux/types.h>

struct mprox_ctx;
struct mutex_proxy_alerts;

/* All of these: process context. */

/* What ALERTS comes to; -EINVAL, -ENOMEM. */
int mprox_alerts_set(struct mprox_ctx *ctx, const struct mutex_proxy_alerts *ua);

/* Bits, 1 << MUTEX_PROXY_ALERT_*: which there are. */
u32 mprox_alerts_active(const struct mprox_ctx *ctx);
/* Another number whenever one has come or gone. */
u32 mprox_alerts_news(const struct mprox_ctx *ctx);

/* The context has no reference left, and nobody finds it any more. */
void mprox_alerts_free(struct mprox_ctx *ctx);

#endif
