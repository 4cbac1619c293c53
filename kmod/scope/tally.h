/* SPDX-License-Identifier: GPL-2.0 */
/* What is counted of a context, beside what TCP counts of its connections. */
#ifndef MPROX_TALLY_H
#define MPROX_TALLY_H

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/minmax.h>
#include <linux/mutex_proxy.h>

/* What queries have come to, as MUTEX_PROXY_QUERY_*. */
enum mprox_dns_count {
	MPROX_DNS_COUNT_QUERIES,	/* all of them */
	MPROX_DNS_COUNT_FAKED,		/* answered with an address of ours */
	MPROX_DNS_COUNT_EMPTY,		/* answered: no such record or name */
	MPROX_DNS_COUNT_BLOCKED,	/* answered so because of a rule */
	MPROX_DNS_COUNT_CACHED,		/* answered with what is known */
	MPROX_DNS_COUNT_ASKED,		/* asked of the resolver */
	MPROX_DNS_COUNT_DIRECT,		/* left as they were */
	MPROX_DNS_COUNT_BAD,		/* malformed, or nothing that we do */
	MPROX_DNS_COUNTS
};

/* Connections and packets of the scope that would have left it, had they not been refused. */
enum mprox_refused {
	MPROX_REFUSED_TCP,
	MPROX_REFUSED_UDP,
	MPROX_REFUSED_ICMP,
	MPROX_REFUSED_RAW,
	MPROX_REFUSED_OTHER,
	MPROX_REFUSED_KINDS
};

/*
 * Numbers of counters. TCP's own are counted here of contexts that have ended alone:
 * those of the living are in their flows.
 */
enum mprox_count {
	MPROX_COUNT_OPENED,
	MPROX_COUNT_BYTES_SENT,
	MPROX_COUNT_BYTES_RECEIVED,
	MPROX_COUNT_PACKETS_SENT,
	MPROX_COUNT_PACKETS_RECEIVED,
	MPROX_COUNT_PROXIED,
	MPROX_COUNT_FAILED,
	MPROX_COUNT_CLOSED,		/* of those that were proxied */
	MPROX_COUNT_DIRECT,
	MPROX_COUNT_ASSOCIATIONS,
	MPROX_COUNT_DATAGRAMS_SENT,
	MPROX_COUNT_DATAGRAMS_RECEIVED,
	MPROX_COUNT_DATAGRAM_BYTES_SENT,
	MPROX_COUNT_DATAGRAM_BYTES_RECEIVED,
	MPROX_COUNT_LATENCY_US,		/* sum of what is in the buckets */
	MPROX_COUNT_LATENCY,		/* the first bucket */
	MPROX_COUNT_DNS = MPROX_COUNT_LATENCY + MUTEX_PROXY_LATENCY_BUCKETS,
	MPROX_COUNT_REFUSED = MPROX_COUNT_DNS + MPROX_DNS_COUNTS,
	MPROX_COUNT_REASON = MPROX_COUNT_REFUSED + MPROX_REFUSED_KINDS,
	MPROX_COUNTS = MPROX_COUNT_REASON + MUTEX_PROXY_REASONS
};

/**
 * struct mprox_tally - the counters; they never go back
 * @of:		by enum mprox_count
 */
struct mprox_tally {
	atomic64_t of[MPROX_COUNTS];
};

/* All of these: any context. */

static inline void mprox_tally_add(struct mprox_tally *tally, u32 count, u64 more)
{
	atomic64_add(more, &tally->of[count]);
}

static inline void mprox_tally_one(struct mprox_tally *tally, u32 count)
{
	atomic64_inc(&tally->of[count]);
}

static inline u64 mprox_tally_read(const struct mprox_tally *tally, u32 count)
{
	return atomic64_read(&tally->of[count]);
}

/* MUTEX_PROXY_REASON_*, or 0. */
static inline void mprox_tally_reason(struct mprox_tally *tally, u16 reason)
{
	if (reason < MUTEX_PROXY_REASONS)
		mprox_tally_one(tally, MPROX_COUNT_REASON + reason);
}

/* A way through a proxy is up, @us microseconds after connect(). */
static inline void mprox_tally_proxied(struct mprox_tally *tally, u64 us)
{
	u32 bucket = min_t(u32, fls64(us), MUTEX_PROXY_LATENCY_BUCKETS - 1);

	mprox_tally_one(tally, MPROX_COUNT_PROXIED);
	mprox_tally_one(tally, MPROX_COUNT_LATENCY + bucket);
	mprox_tally_add(tally, MPROX_COUNT_LATENCY_US, us);
}

/* A datagram of @len octets of payload: @count is MPROX_COUNT_DATAGRAMS_*. */
static inline void mprox_tally_datagram(struct mprox_tally *tally, u32 count, u32 len)
{
	mprox_tally_one(tally, count);
	mprox_tally_add(tally, count - MPROX_COUNT_DATAGRAMS_SENT +
			       MPROX_COUNT_DATAGRAM_BYTES_SENT, len);
}

/* Adds all of @more to @sum. */
void mprox_tally_sum(struct mprox_tally *sum, const struct mprox_tally *more);

#endif
