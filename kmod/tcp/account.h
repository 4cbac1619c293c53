/* SPDX-License-Identifier: GPL-2.0 */
/* Statistics, out of TCP's own counters. */
#ifndef MPROX_ACCOUNT_H
#define MPROX_ACCOUNT_H

#include "tcp/flow.h"

int mprox_account_init(void);
void mprox_account_exit(void);

/* What @sk, a TCP socket, has carried. Any context. */
void mprox_counters_of(struct mprox_counters *of, const struct sock *sk);

static inline void mprox_counters_add(struct mprox_counters *sum,
				      const struct mprox_counters *more)
{
	sum->bytes_sent += more->bytes_sent;
	sum->bytes_received += more->bytes_received;
	sum->packets_sent += more->packets_sent;
	sum->packets_received += more->packets_received;
}

struct mutex_proxy_stats;
/* Process context. */
void mprox_account_read(struct mprox_ctx *ctx, struct mutex_proxy_stats *stats);

#endif
