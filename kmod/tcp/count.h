/* SPDX-License-Identifier: GPL-2.0 */
/* What a connection has carried, out of TCP's own counters. */
#ifndef MPROX_COUNT_H
#define MPROX_COUNT_H

#include "scope/context.h"

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

#endif
