/* SPDX-License-Identifier: GPL-2.0 */
/* A context's log of queries, and what became of them. Off unless somebody reads. */
#ifndef MPROX_DNS_LOG_H
#define MPROX_DNS_LOG_H

#include "scope/tally.h"
#include "proto/dns.h"

struct mprox_ctx;

/* What a count is called, to whoever reads it. */
const char *mprox_dns_count_name(enum mprox_dns_count what);

/*
 * A descriptor that @ctx's log is read from, with room for @records; 0: there is
 * none any more, and 0 is returned. Process context.
 */
long mprox_dns_log_open(struct mprox_ctx *ctx, unsigned long records);

/* The rest: any context. */

/* @ctx has no user left: readers come to an end. */
void mprox_dns_log_end(struct mprox_ctx *ctx);
/* Its memory goes. */
void mprox_dns_log_free(struct mprox_ctx *ctx);

/*
 * @verb: what became of @q, which may be NULL: it could not be read. Up to softirq,
 * as what follows.
 */
void mprox_dns_log_add(struct mprox_ctx *ctx, enum mprox_dns_count verb,
		       const struct mprox_dns_query *q, u8 rcode);
/* Likewise what a resolver has answered. */
static inline void mprox_dns_log_answer(struct mprox_ctx *ctx,
					const struct mprox_dns_query *q,
					const u8 *answer)
{
	mprox_dns_log_add(ctx, MPROX_DNS_COUNT_ASKED, q, mprox_dns_rcode(answer));
}

#endif
