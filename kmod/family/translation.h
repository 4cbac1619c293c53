/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A socket that speaks IPv4 alone, and a server that has IPv6 alone. The socket is
 * aimed at an address of this machine that stands for nobody, and what it sends there
 * goes on in IPv6. So its connection has two keys: home, the socket's own, and wire.
 */
#ifndef MPROX_TRANSLATION_H
#define MPROX_TRANSLATION_H

#include <net/dst_cache.h>
#include "mprox.h"
#include "stack/key.h"

struct socket;

/**
 * struct mprox_translation - how packets of one connection are translated
 * @by_home:	in the table by @home once that is known
 * @by_wire:	in the table by @wire
 * @node:	in the list of all; under that list's lock
 * @home:	the socket's addresses and ports, IPv4; family 0: it has none yet
 * @wire:	what the server sees, IPv6
 * @refs:	one for the tables, one of its flow, one of a queued @work
 * @sk:		whose; without a meaning once @ended
 * @ended:	its flow has gone; set once. The tables keep it for as long as the
 *		kernel answers for the socket (TIME_WAIT)
 * @gone:	it is in no table any more; under the list's lock
 * @port:	holds the port of @wire
 * @to:		the server
 * @scope_id:	of @to, if it is link-local
 * @uid:	the socket's owner, for the route
 * @mark:	its mark, likewise
 * @bound_if:	its SO_BINDTODEVICE
 * @mss:	payload that fits into a packet to @to
 * @out:	the route to @to
 * @in:		the route to the socket's own address
 * @work:	looks whether the tables may forget it
 */
struct mprox_translation {
	struct rhash_head by_home;
	struct rhash_head by_wire;
	struct list_head node;
	struct mprox_key home;
	struct mprox_key wire;
	refcount_t refs;
	const struct sock *sk;
	atomic_t ended;
	bool gone;
	struct socket *port;
	struct mprox_addr to;
	u32 scope_id;
	kuid_t uid;
	u32 mark;
	int bound_if;
	u16 mss;
	struct dst_cache out;
	struct dst_cache in;
	struct delayed_work work;
	struct rcu_head rcu;
};

extern atomic_t mprox_nr_translations;

int mprox_translation_init(void);
void mprox_translation_exit(void);
/* Of a namespace that nobody is left in, or all (NULL). Process context. */
void mprox_translation_purge(const struct net *net);

/*
 * A new one for a socket that is to go to @to, referenced. -EHOSTUNREACH: no route
 * leads there. ERR_PTR. Process context, the socket locked.
 */
struct mprox_translation *mprox_translation_make(struct sock *sk,
						 const struct mprox_addr *to,
						 u32 scope_id);

/* The address that stands for its server, for the socket to connect to. */
void mprox_translation_stand_in(const struct mprox_translation *t,
				struct mprox_addr *to);

/* The rest: any context up to softirq. */

/* The socket has @home: from now on its packets are found. False: no memory. */
bool mprox_translation_enter(struct mprox_translation *t,
			     const struct mprox_key *home);

/* Under rcu_read_lock(), which they are good until the end of. */
struct mprox_translation *mprox_translation_of_home(const struct mprox_key *key);
struct mprox_translation *mprox_translation_of_wire(const struct mprox_key *key);

/* The flow has gone. Idempotent. */
void mprox_translation_end(struct mprox_translation *t);
void mprox_translation_put(struct mprox_translation *t);	/* NULL is fine */

/* A referenced route for what goes out, in IPv6; or NULL. */
struct dst_entry *mprox_translation_way_out(struct mprox_translation *t);
/* And for what comes in, in IPv4. */
struct dst_entry *mprox_translation_way_in(struct mprox_translation *t);

#endif
