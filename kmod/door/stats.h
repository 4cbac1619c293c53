/* SPDX-License-Identifier: GPL-2.0 */
/* Statistics: of one context, of a namespace, and /proc/mutex/stats. */
#ifndef MPROX_STATS_H
#define MPROX_STATS_H

#include <linux/types.h>

struct mprox_ctx;
struct mutex_proxy_statistics;
struct mutex_proxy_stats;
struct net;

int mprox_stats_init(void);
void mprox_stats_exit(void);

/* All of these: process context. */

void mprox_stats_read(struct mprox_ctx *ctx, struct mutex_proxy_stats *stats);
/* All but the servers; -ENOMEM. */
int mprox_statistics_read(struct mprox_ctx *ctx, struct mutex_proxy_statistics *us);
/*
 * What STATISTICS comes to: fills @us, which is the caller's argument, and his array of
 * servers. -EINVAL, -E2BIG, -EFAULT, -ENOMEM. tell_net: of a namespace.
 */
int mprox_statistics_tell(struct mprox_ctx *ctx, struct mutex_proxy_statistics *us);
int mprox_statistics_tell_net(const struct net *net, struct mutex_proxy_statistics *us);

/* Another number whenever a connection has been proxied, has failed or has ended. */
u64 mprox_statistics_news(const struct mprox_ctx *ctx);

#endif
