/* SPDX-License-Identifier: GPL-2.0 */
/* Statistics: of one context, and /proc/mutex/stats. */
#ifndef MPROX_STATS_H
#define MPROX_STATS_H

struct mprox_ctx;
struct mutex_proxy_stats;

int mprox_stats_init(void);
void mprox_stats_exit(void);

/* Process context. */
void mprox_stats_read(struct mprox_ctx *ctx, struct mutex_proxy_stats *stats);

#endif
