/* SPDX-License-Identifier: GPL-2.0 */
/* Statistics, out of conntrack's counters. */
#ifndef MPROX_ACCOUNT_H
#define MPROX_ACCOUNT_H

#include "flow.h"

int mprox_account_init(void);
void mprox_account_exit(void);

/* All of these: process context. */

/* Is the connection over, as far as conntrack saw the packets? */
bool mprox_account_is_over(const struct nf_conn *ct);

/*
 * The flow is over: its figures join the sum, and it leaves the lists. With
 * ctx->gc_lock held.
 */
void mprox_account_close_locked(struct mprox_flow *flow);

struct mutex_proxy_stats;
void mprox_account_read(struct mprox_ctx *ctx, struct mutex_proxy_stats *stats);

#endif
