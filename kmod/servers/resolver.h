/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A real resolver, asked over TCP, through the proxy or directly. One connection,
 * kept while there are questions, with any number of them on it at a time; and
 * what it has answered, for as long as it says that this holds.
 */
#ifndef MPROX_RESOLVER_H
#define MPROX_RESOLVER_H

#include <linux/list.h>
#include "mprox.h"
#include "proto/dns.h"

/* Questions that wait for their answers, of one resolver. */
#define MPROX_RESOLVER_ASKS_MAX		1024

/* What is told over UDP fits, and what over TCP is longer is of no stub's. */
#define MPROX_RESOLVER_ANSWER_MAX	4096

struct mprox_ctx;
struct mprox_resolver;
struct seq_file;

/**
 * struct mprox_ask - a question
 * @node:	in one of the resolver's lists
 * @id:		on the connection that it was sent on
 * @tries:	connections that were of no use to it
 * @sent_at:	jiffies
 * @until:	jiffies: then it has failed
 * @q:		what is asked
 * @query:	as it was written; @len octets
 * @done:	called once, with an answer of @len octets: the resolver's, or
 *		SERVFAIL in its place; @ctx: for whom it was asked. Process
 *		context. Frees the ask
 * @limit:	octets that the answer may have
 */
struct mprox_ask {
	struct list_head node;
	u16 id;
	u8 tries;
	unsigned long sent_at;
	unsigned long until;
	void (*done)(struct mprox_ctx *ctx, struct mprox_ask *ask,
		     const u8 *answer, size_t len);
	size_t limit;
	struct mprox_dns_query q;
	u16 len;
	u8 query[MPROX_DNS_QUERY_MAX];
};

/* Process context. NULL: no memory. */
struct mprox_resolver *mprox_resolver_alloc(const struct mprox_addr *at,
					    bool direct);

/* The rest: any context up to softirq. */

void mprox_resolver_get(struct mprox_resolver *resolver);
void mprox_resolver_put(struct mprox_resolver *resolver);

const struct mprox_addr *mprox_resolver_at(const struct mprox_resolver *resolver);
/* Is it reached past the proxy? */
bool mprox_resolver_is_direct(const struct mprox_resolver *resolver);
bool mprox_resolver_is(const struct mprox_resolver *resolver,
		       const struct mprox_addr *at, bool direct);

/*
 * Writes what it has said before as the answer to @q, which was written as
 * @query; at most @limit octets (see mprox_dns_response_write()). Its length; 0:
 * nothing is known.
 */
size_t mprox_resolver_recall(struct mprox_resolver *resolver, u8 *to,
			     size_t size, const struct mprox_dns_query *q,
			     const u8 *query, size_t limit);

/*
 * Takes @ask, filled but for what the resolver decides. False: too many wait, or
 * the context is over; it is the caller's still. @ctx is the same one each time,
 * and the caller keeps it and its namespace's memory.
 */
bool mprox_resolver_ask(struct mprox_resolver *resolver, struct mprox_ctx *ctx,
			struct mprox_ask *ask);

/* For fdinfo. */
void mprox_resolver_show(struct seq_file *m,
			 const struct mprox_resolver *resolver);

#endif
