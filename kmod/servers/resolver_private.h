/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Private to servers/: between resolver.c, its life, and resolver_talk.c, what is said on
 * a connection.
 */
#ifndef MPROX_RESOLVER_PRIVATE_H
#define MPROX_RESOLVER_PRIVATE_H

#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include "proto/dns_response.h"
#include "servers/resolver.h"
#include "stack/own.h"

/* RFC 1035, 4.2.2. */
#define PREFIX		2
/* Of a message that is longer the rest is not looked at. */
#define MESSAGE_MAX	8192

/**
 * struct mprox_resolver - whom to ask
 * @refs:	policies, and the work while it is queued or runs
 * @at:		where it is
 * @direct:	it is not reached through the proxy
 * @cache:	what it has said
 * @ctx:	whose questions these are, from the first one on
 * @lock:	BH safe; protects @waiting, @nr_asks, and the first write of @ctx
 * @waiting:	struct mprox_ask that are to be sent, oldest first
 * @nr_asks:	how many are there, with those in @sent
 * @work:	all of the rest is its own; it runs once at a time
 * @own:	the connection
 * @sent:	struct mprox_ask that were sent on it, oldest first; those with the same
 *		id ask the same, and were sent once
 * @useful:	it has brought an answer
 * @used_at:	jiffies: something was sent or heard
 * @heard_at:	jiffies: something was heard
 * @dial_at:	jiffies: no new connection before that
 * @answered:	questions, for fdinfo
 * @failed:	likewise
 * @skip:	octets to come that are the rest of a message
 * @in_len:	octets in @in
 * @out_at:	octets of @out that were sent
 * @out_len:	octets in @out
 * @in:		messages as they come, cut anywhere
 * @out:	a question on its way
 * @answer:	what is told to who asked
 */
struct mprox_resolver {
	refcount_t refs;
	struct mprox_addr at;
	bool direct;
	struct mprox_dns_cache *cache;
	struct mprox_ctx *ctx;
	spinlock_t lock;
	struct list_head waiting;
	u32 nr_asks;
	struct delayed_work work;
	struct mprox_own own;
	struct list_head sent;
	bool useful;
	unsigned long used_at;
	unsigned long heard_at;
	unsigned long dial_at;
	u32 answered;
	u32 failed;
	u32 skip;
	u32 in_len;
	u32 out_at;
	u32 out_len;
	u8 in[PREFIX + MESSAGE_MAX];
	u8 out[MPROX_DNS_ASK_MAX];
	u8 answer[MPROX_RESOLVER_ANSWER_MAX];
};

/* All of these: the resolver's work alone. */

/* @ask, of one of the lists, has an answer of @len octets in @answer; 0: none. */
void mprox_resolver_finish(struct mprox_resolver *resolver,
			   struct mprox_ask *ask, size_t len);

/* The oldest that waits, or NULL. It stays, as only the work takes any away. */
struct mprox_ask *mprox_resolver_waiting(struct mprox_resolver *resolver);

/* What can be sent and heard now. Negative: the connection is of no use any more. */
int mprox_resolver_send(struct mprox_resolver *resolver);
int mprox_resolver_receive(struct mprox_resolver *resolver);

#endif
