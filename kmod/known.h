/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What connections teach us about a server, shared by all contexts of a network
 * namespace that name it in the same way: a program that is started again and
 * again does not have to find out again that a server is down.
 */
#ifndef MPROX_KNOWN_H
#define MPROX_KNOWN_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include "policy.h"
#include "proto/talk.h"

/* Per namespace, and only those that no policy holds any more go. */
#define MPROX_KNOWN_MAX		256

/* Does it take the whole conversation at once? One connection at a time tries. */
enum mprox_pipeline {
	MPROX_PIPELINE_UNTRIED,
	MPROX_PIPELINE_TRYING,
	MPROX_PIPELINE_YES,
	MPROX_PIPELINE_NO,
};

/* That often a trial may end without a result. */
#define MPROX_TRIALS_MAX	3

/**
 * struct mprox_known - what is known of one server or chain
 * @refs:	one for being listed, one per policy and per flow
 * @id:		keyed hash of the whole configuration, credentials included,
 *		which are not kept
 * @used:	jiffies of the last policy that asked for it
 * @conns:	connections now, those in handshake included
 * @latency:	microseconds from SYN to SYN-ACK, smoothed as RFC 6298 does it;
 *		0: not known
 * @failures:	in a row
 * @retry_at:	jiffies; until then it stands behind the others, if @failures
 * @pipeline:	enum mprox_pipeline, changed by cmpxchg() from TRYING and to it
 * @trials:	that ended without a result
 * @lock:	BH safe, innermost: what follows
 * @login:	per hop: the enum mprox_login that was taken last; 0xff: none yet
 * @challenge:	per hop: the Digest challenge that is answered, or NULL
 * @nc:		per hop: how often it has been answered
 */
struct mprox_known {
	struct list_head node;
	refcount_t refs;
	u64 id;
	unsigned long used;
	atomic_t conns;
	u32 latency;
	u32 failures;
	unsigned long retry_at;
	u32 pipeline;
	u32 trials;
	spinlock_t lock;
	u8 login[MPROX_TALK_HOPS];
	struct mprox_challenge *challenge[MPROX_TALK_HOPS];
	u32 nc[MPROX_TALK_HOPS];
};

/* Referenced, or NULL: no memory. Process context. */
struct mprox_known *mprox_known_get(struct net *net,
				    const struct mprox_proxy *hops, u32 nr);
void mprox_known_put(struct mprox_known *known);

/* All of these: any context. */
void mprox_known_failed(struct mprox_known *known, u32 fail_ms);
void mprox_known_worked(struct mprox_known *known);
void mprox_known_rtt(struct mprox_known *known, u32 usec);
/* Does it stand behind the others now? */
bool mprox_known_is_failing(const struct mprox_known *known);

/*
 * May this connection say everything at once? *trial: it is the one that tries,
 * and must say what came of it, once.
 */
bool mprox_known_pipelines(struct mprox_known *known, bool *trial);
void mprox_known_end_trial(struct mprox_known *known, enum mprox_pipeline result);

/* A copy of the hop's challenge and the next count of it; false: there is none. */
bool mprox_known_challenge(struct mprox_known *known, u32 hop,
			   struct mprox_challenge *to, u32 *nc);
void mprox_known_set_challenge(struct mprox_known *known, u32 hop,
			       const struct mprox_challenge *from);

/* The server has named the nonce that comes next (RFC 7616, 3.5). */
void mprox_known_set_nonce(struct mprox_known *known, u32 hop,
			   const struct mprox_challenge *from);

/* The namespace's list. */
void mprox_known_init_net(struct net *net);
void mprox_known_exit_net(struct net *net);

#endif
