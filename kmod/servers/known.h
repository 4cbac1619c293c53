/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What connections teach us about a server, shared by all contexts of a user in a
 * network namespace that name it in the same way: a program that is started again
 * and again does not have to find out again that a server is down. Users share
 * nothing: one could see by it whether his guess of another's password is right,
 * or keep another's connections from a server.
 */
#ifndef MPROX_KNOWN_H
#define MPROX_KNOWN_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include "proto/talk.h"
#include "servers/server.h"
#include "stack/tcp_header.h"

struct mprox_events;

/* Per namespace, and only those that no policy holds any more go. */
#define MPROX_KNOWN_MAX		1024

/* Bits of @flags: a probe is on its way. */
#define MPROX_KNOWN_PROBED	0

/* Does it take the whole conversation at once? One connection at a time tries. */
enum mprox_pipeline {
	MPROX_PIPELINE_UNTRIED,
	MPROX_PIPELINE_TRYING,
	MPROX_PIPELINE_YES,
	MPROX_PIPELINE_NO,
};

/* That often a trial may end without a result. */
#define MPROX_TRIALS_MAX	3
/* And that often Fast Open may cost a SYN; then it is somebody on the way. */
#define MPROX_FASTOPEN_LOST_MAX	2

/**
 * struct mprox_known - what is known of one server or chain
 * @refs:	one for being listed, one per struct mprox_share
 * @owner:	whose: mprox_owner_of() the contexts' creators
 * @flags:	MPROX_KNOWN_*
 * @id:		keyed hash of the whole configuration, credentials included,
 *		which are not kept
 * @used:	jiffies of the last policy that asked for it
 * @conns:	connections now, those in handshake included
 * @latency:	microseconds from SYN to SYN-ACK, smoothed as RFC 6298 does it;
 *		0: not known
 * @failures:	in a row
 * @silent:	the last of them was that it did not take the connection
 * @probed_at:	jiffies of the last probe
 * @retry_at:	jiffies; until then it stands behind the others, if @failures
 * @pipeline:	enum mprox_pipeline, changed by cmpxchg() from TRYING and to it
 * @trials:	that ended without a result
 * @lock:	BH safe, innermost: what follows
 * @login:	per hop: the enum mprox_login that was taken last; 0xff: none yet
 * @challenge:	per hop: the Digest challenge that is answered, or NULL
 * @nc:		per hop: how often it has been answered
 * @cookie:	for Fast Open (RFC 7413), of @cookie_len octets
 * @cookie_mss:	the MSS that came with it
 * @fastopen_lost: SYNs in a row with the option that were lost when one without
 *		it was not
 */
struct mprox_known {
	struct list_head node;
	refcount_t refs;
	kuid_t owner;
	unsigned long flags;
	u64 id;
	unsigned long used;
	atomic_t conns;
	u32 latency;
	u32 failures;
	bool silent;
	unsigned long probed_at;
	unsigned long retry_at;
	u32 pipeline;
	u32 trials;
	spinlock_t lock;
	u8 login[MPROX_TALK_HOPS];
	struct mprox_challenge *challenge[MPROX_TALK_HOPS];
	u32 nc[MPROX_TALK_HOPS];
	u8 cookie_len;
	u8 cookie[MPROX_COOKIE_MAX];
	u16 cookie_mss;
	u8 fastopen_lost;
};

/**
 * struct mprox_share - what one context has had of a server
 * @refs:	one per policy of the context that names it, per flow and per probe
 * @known:	referenced
 * @conns:	as there, but of this context alone
 * @failures:	likewise
 * @latency:	likewise
 * @opened:	ways through it that were up
 * @refused:	attempts at it that failed
 * @bytes_sent, @bytes_received: octets of connections through it that are over
 *
 * This is what its owner may see.
 */
struct mprox_share {
	refcount_t refs;
	struct mprox_known *known;
	atomic_t conns;
	u32 failures;
	u32 latency;
	atomic64_t opened;
	atomic64_t refused;
	atomic64_t bytes_sent;
	atomic64_t bytes_received;
};

/* A new one, of a context of @owner; or NULL: no memory. Process context. */
struct mprox_share *mprox_share_get(struct net *net, kuid_t owner,
				    const struct mprox_proxy *hops, u32 nr);

/* All of these: any context. */
void mprox_share_put(struct mprox_share *share);	/* NULL is fine */
/*
 * @silent: it did not even take the connection. True: this context thought better, or
 * worse, of it before.
 */
bool mprox_share_failed(struct mprox_share *share, u32 fail_ms, bool silent);
bool mprox_share_worked(struct mprox_share *share);
/* And then its readers hear of it: @kind: MUTEX_PROXY_EVENT_SERVER_*. */
void mprox_server_tell(struct mprox_events *events, const struct mprox_addr *at, u8 kind,
		       u16 reason);
void mprox_share_rtt(struct mprox_share *share, u32 usec);
/* A connection is given to it, and has left it. */
void mprox_share_enter(struct mprox_share *share);
void mprox_share_leave(struct mprox_share *share);
/* What has come of it; NULL is fine. */
void mprox_share_opened(struct mprox_share *share);
void mprox_share_refused(struct mprox_share *share);
void mprox_share_carried(struct mprox_share *share, u64 sent, u64 received);
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

/*
 * What to say of Fast Open on a SYN: @fo->cookie, if there is one; then *@mss is
 * the server's (0: it did not say). False: nothing.
 */
bool mprox_known_cookie(struct mprox_known *known, struct mprox_fastopen *fo,
			u16 *mss);
void mprox_known_set_cookie(struct mprox_known *known,
			    const struct mprox_tcp_options *synack);
/* A SYN with the option has been answered, or only the next one without it. */
void mprox_known_fastopen(struct mprox_known *known, bool answered);

int mprox_known_init(void);
void mprox_known_exit(void);

#endif
