/* SPDX-License-Identifier: GPL-2.0 */
/* Private to servers/: a real resolver's answers, for as long as it says that they hold. */
#ifndef MPROX_DNS_CACHE_H
#define MPROX_DNS_CACHE_H

#include "proto/dns.h"
#include "proto/dns_response.h"

struct mprox_dns_cache;

/* Process context. */
struct mprox_dns_cache *mprox_dns_cache_alloc(void);

/* The rest: any context up to softirq. */

/* Nobody uses it any more. */
void mprox_dns_cache_free(struct mprox_dns_cache *cache);

/*
 * Writes what is known as the answer to @q, which was written as @query; at most
 * @limit octets (see mprox_dns_response_write()). Its length; 0: nothing is
 * known.
 */
size_t mprox_dns_cache_get(struct mprox_dns_cache *cache, u8 *to, size_t size,
			   const struct mprox_dns_query *q, const u8 *query,
			   size_t limit);

/* No memory is no cache. */
void mprox_dns_cache_put(struct mprox_dns_cache *cache,
			 const struct mprox_dns_query *q,
			 const struct mprox_dns_response *r, const u8 *msg);

u32 mprox_dns_cache_count(const struct mprox_dns_cache *cache);

#endif
