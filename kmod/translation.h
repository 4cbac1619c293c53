/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A connection whose program speaks one IP version and whose proxy the other.
 * It has two keys: what the program asked for, and what is carried, in the
 * proxy's family. Everything but this and translate*.c sees the second alone.
 */
#ifndef MPROX_TRANSLATION_H
#define MPROX_TRANSLATION_H

#include <net/dst_cache.h>
#include "flow.h"
#include "policy.h"

/**
 * struct mprox_translation - how packets of one connection are translated
 * @by_asked:	in the table by @asked, until @ended
 * @by_carried:	likewise by @carried
 * @asked:	the program's addresses and ports
 * @carried:	ours in the proxy's family: an address that reaches it, and one
 *		that nobody has; the local port is the program's own
 * @refs:	one for the tables, one of its flow, one of who makes it
 * @attached:	a flow has it, or is about to: no SYN begins another; set once
 * @ended:	it is in no table any more; set once
 * @isn:	the program's initial sequence number, to tell its SYN from that
 *		of who has the port next
 * @to:		a proxy of that family, to find a route for what is carried
 * @scope_id:	of @to, if it is link-local
 * @uid:	the socket's owner, for the route as well
 * @bound_if:	the socket's SO_BINDTODEVICE
 * @mss:	payload that fits into a packet to @to
 * @out:	the route to @to
 * @in:		the route to the program's own address
 */
struct mprox_translation {
	struct rhash_head by_asked;
	struct rhash_head by_carried;
	struct mprox_key asked;
	struct mprox_key carried;
	refcount_t refs;
	bool attached;
	atomic_t ended;
	u32 isn;
	struct mprox_addr to;
	u32 scope_id;
	kuid_t uid;
	int bound_if;
	u16 mss;
	struct dst_cache out;
	struct dst_cache in;
	struct rcu_head rcu;
};

extern atomic_t mprox_nr_translations;

static inline u16 mprox_other_family(u32 family)
{
	return family == AF_INET ? AF_INET6 : AF_INET;
}

int mprox_translation_init(void);
void mprox_translation_exit(void);

/*
 * All of these: any context up to softirq, under rcu_read_lock().
 */

/* Are the servers of the other family the better ones, or the only ones? */
bool mprox_translation_is_needed(const struct mprox_policy *policy, u32 family);

/*
 * A new one for a connection that is about to begin, referenced and in the
 * tables; @attached, if its flow is not for the SYN to make. NULL: no memory, or
 * no route to any proxy.
 */
struct mprox_translation *
mprox_translation_make(const struct mprox_policy *policy,
		       const struct mprox_key *asked, const struct sock *sk,
		       u32 mark, u32 isn, bool attached);

/* Good until rcu_read_unlock(). */
struct mprox_translation *mprox_translation_of_asked(const struct mprox_key *key);
struct mprox_translation *mprox_translation_of_carried(const struct mprox_key *key);

/* The same for the flow of it: referenced, @attached. NULL: there is none. */
struct mprox_translation *mprox_translation_attach(const struct mprox_key *carried);

/* Is it @attached? Without a flow in the table that one is to come, or has gone. */
bool mprox_translation_is_attached(const struct mprox_key *carried);

/* No packet finds it any more. Idempotent. */
void mprox_translation_end(struct mprox_translation *t);
void mprox_translation_put(struct mprox_translation *t);	/* NULL is fine */

/* A referenced route for what goes out, in the proxy's family; or NULL. */
struct dst_entry *mprox_translation_way_out(struct mprox_translation *t, u32 mark);
/* And for what comes in, in the program's. */
struct dst_entry *mprox_translation_way_in(struct mprox_translation *t);

#endif
