// SPDX-License-Identifier: GPL-2.0
#include "servers/known.h"

#include <linux/jiffies.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include "report/events.h"

/* Doubling stops here: 2^5 times the first pause. */
#define MAX_DOUBLINGS	5

/**
 * struct known_net - the servers' records of one namespace
 * @lock:	process context; protects the rest
 * @list:	struct mprox_known
 * @nr:		how many are listed
 */
struct known_net {
	struct mutex lock;
	struct list_head list;
	u32 nr;
};

static unsigned int known_net_id __read_mostly;

static siphash_aligned_key_t id_key __read_mostly;

static u64 make_id(const struct mprox_proxy *hops, u32 nr)
{
	net_get_random_once(&id_key, sizeof(id_key));
	return siphash(hops, nr * sizeof(*hops), &id_key);
}

static void known_put(struct mprox_known *known)
{
	u32 i;

	if (!refcount_dec_and_test(&known->refs))
		return;
	for (i = 0; i < MPROX_TALK_HOPS; i++)
		kfree(known->challenge[i]);
	kfree(known);
}

/* The least recently used one that only the list holds; kn->lock held. */
static void known_make_room(struct known_net *kn)
{
	struct mprox_known *known, *oldest = NULL;

	if (kn->nr < MPROX_KNOWN_MAX)
		return;
	list_for_each_entry(known, &kn->list, node)
		if (refcount_read(&known->refs) == 1 &&
		    (!oldest || time_before(known->used, oldest->used)))
			oldest = known;
	if (!oldest)
		return;
	list_del(&oldest->node);
	kn->nr--;
	known_put(oldest);
}

static struct mprox_known *known_make(kuid_t owner, u64 id)
{
	struct mprox_known *known;

	known = kzalloc(sizeof(*known), GFP_KERNEL_ACCOUNT);
	if (!known)
		return NULL;
	known->owner = owner;
	known->id = id;
	refcount_set(&known->refs, 1);
	spin_lock_init(&known->lock);
	memset(known->login, 0xff, sizeof(known->login));
	return known;
}

static struct mprox_known *known_find(struct known_net *kn, kuid_t owner, u64 id)
{
	struct mprox_known *known;

	list_for_each_entry(known, &kn->list, node)
		if (known->id == id && uid_eq(known->owner, owner))
			return known;
	return NULL;
}

static struct mprox_known *known_get(struct net *net, kuid_t owner,
				     const struct mprox_proxy *hops, u32 nr)
{
	struct known_net *kn = net_generic(net, known_net_id);
	u64 id = make_id(hops, nr);
	struct mprox_known *known;

	mutex_lock(&kn->lock);
	known = known_find(kn, owner, id);
	if (!known) {
		known_make_room(kn);
		known = known_make(owner, id);
		/* More policies than the list may hold: theirs is not shared. */
		if (known && kn->nr < MPROX_KNOWN_MAX) {
			list_add(&known->node, &kn->list);
			kn->nr++;
			refcount_inc(&known->refs);
		}
	} else {
		refcount_inc(&known->refs);
	}
	if (known)
		known->used = jiffies;
	mutex_unlock(&kn->lock);
	return known;
}

struct mprox_share *mprox_share_get(struct net *net, kuid_t owner,
				    const struct mprox_proxy *hops, u32 nr)
{
	struct mprox_share *share;

	share = kzalloc(sizeof(*share), GFP_KERNEL_ACCOUNT);
	if (!share)
		return NULL;
	share->known = known_get(net, owner, hops, nr);
	if (!share->known) {
		kfree(share);
		return NULL;
	}
	refcount_set(&share->refs, 1);
	return share;
}

void mprox_share_put(struct mprox_share *share)
{
	if (!share || !refcount_dec_and_test(&share->refs))
		return;
	known_put(share->known);
	kfree(share);
}

void mprox_share_enter(struct mprox_share *share)
{
	refcount_inc(&share->refs);
	atomic_inc(&share->conns);
	atomic_inc(&share->known->conns);
}

void mprox_share_opened(struct mprox_share *share)
{
	if (share)
		atomic64_inc(&share->opened);
}

void mprox_share_refused(struct mprox_share *share)
{
	if (share)
		atomic64_inc(&share->refused);
}

void mprox_share_carried(struct mprox_share *share, u64 sent, u64 received)
{
	if (!share)
		return;
	atomic64_add(sent, &share->bytes_sent);
	atomic64_add(received, &share->bytes_received);
}

void mprox_share_leave(struct mprox_share *share)
{
	atomic_dec(&share->known->conns);
	atomic_dec(&share->conns);
	mprox_share_put(share);
}

bool mprox_known_cookie(struct mprox_known *known, struct mprox_fastopen *fo,
			u16 *mss)
{
	if (READ_ONCE(known->fastopen_lost) >= MPROX_FASTOPEN_LOST_MAX)
		return false;
	spin_lock_bh(&known->lock);
	fo->cookie_len = known->cookie_len;
	memcpy(fo->cookie, known->cookie, sizeof(fo->cookie));
	*mss = known->cookie_mss;
	spin_unlock_bh(&known->lock);
	return true;
}

void mprox_known_fastopen(struct mprox_known *known, bool answered)
{
	spin_lock_bh(&known->lock);
	if (answered)
		WRITE_ONCE(known->fastopen_lost, 0);
	else if (known->fastopen_lost < MPROX_FASTOPEN_LOST_MAX)
		WRITE_ONCE(known->fastopen_lost, known->fastopen_lost + 1);
	spin_unlock_bh(&known->lock);
}

void mprox_known_set_cookie(struct mprox_known *known,
			    const struct mprox_tcp_options *synack)
{
	spin_lock_bh(&known->lock);
	known->cookie_len = synack->cookie_len;
	memcpy(known->cookie, synack->cookie, sizeof(known->cookie));
	known->cookie_mss = synack->mss;
	spin_unlock_bh(&known->lock);
}

/*
 * Without a lock: two failures at once may count as one, and a reader may see
 * the pause before the count; both only order servers.
 */
bool mprox_share_failed(struct mprox_share *share, u32 fail_ms, bool silent)
{
	struct mprox_known *known = share->known;
	u32 failures = READ_ONCE(known->failures);
	u32 shift = min_t(u32, failures, MAX_DOUBLINGS);

	WRITE_ONCE(known->retry_at,
		   jiffies + (msecs_to_jiffies(fail_ms) << shift));
	WRITE_ONCE(known->silent, silent);
	WRITE_ONCE(known->failures, failures + 1);
	failures = READ_ONCE(share->failures);
	WRITE_ONCE(share->failures, failures + 1);
	return !failures;
}

bool mprox_share_worked(struct mprox_share *share)
{
	struct mprox_known *known = share->known;
	bool was_failing = READ_ONCE(share->failures);

	if (was_failing)
		WRITE_ONCE(share->failures, 0);
	if (READ_ONCE(known->failures))
		WRITE_ONCE(known->failures, 0);
	return was_failing;
}

void mprox_server_tell(struct mprox_events *events, const struct mprox_addr *at, u8 kind,
		       u16 reason)
{
	const struct mprox_event event = {
		.kind = kind,
		.proto = IPPROTO_TCP,
		.reason = reason,
		.via = at,
	};

	if (mprox_events_wanted(events, kind))
		mprox_events_tell(events, &event);
}

bool mprox_known_is_failing(const struct mprox_known *known)
{
	return READ_ONCE(known->failures) &&
	       time_before(jiffies, READ_ONCE(known->retry_at));
}

/* RFC 6298, 2.3: a new sample weighs an eighth. */
static u32 smoothed(u32 old, u32 usec)
{
	return old ? old - old / 8 + usec / 8 : usec;
}

void mprox_share_rtt(struct mprox_share *share, u32 usec)
{
	struct mprox_known *known = share->known;

	usec = max_t(u32, usec, 1);
	WRITE_ONCE(known->latency, smoothed(READ_ONCE(known->latency), usec));
	WRITE_ONCE(share->latency, smoothed(READ_ONCE(share->latency), usec));
}

bool mprox_known_pipelines(struct mprox_known *known, bool *trial)
{
	*trial = cmpxchg(&known->pipeline, MPROX_PIPELINE_UNTRIED,
			 MPROX_PIPELINE_TRYING) == MPROX_PIPELINE_UNTRIED;
	return *trial || READ_ONCE(known->pipeline) == MPROX_PIPELINE_YES;
}

/* The destination may have been slow, and not the server lost. */
void mprox_known_end_trial(struct mprox_known *known, enum mprox_pipeline result)
{
	if (result == MPROX_PIPELINE_UNTRIED &&
	    ++known->trials >= MPROX_TRIALS_MAX)
		result = MPROX_PIPELINE_NO;
	WRITE_ONCE(known->pipeline, result);
}

bool mprox_known_challenge(struct mprox_known *known, u32 hop,
			   struct mprox_challenge *to, u32 *nc)
{
	bool found;

	spin_lock_bh(&known->lock);
	found = known->challenge[hop];
	if (found) {
		*to = *known->challenge[hop];
		*nc = ++known->nc[hop];
	}
	spin_unlock_bh(&known->lock);
	return found;
}

void mprox_known_set_challenge(struct mprox_known *known, u32 hop,
			       const struct mprox_challenge *from)
{
	struct mprox_challenge *copy = kmemdup(from, sizeof(*from), GFP_ATOMIC);
	struct mprox_challenge *old;

	/* Without memory the next connection is challenged again. */
	spin_lock_bh(&known->lock);
	old = known->challenge[hop];
	known->challenge[hop] = copy;
	known->nc[hop] = 0;
	spin_unlock_bh(&known->lock);
	kfree(old);
}

void mprox_known_set_nonce(struct mprox_known *known, u32 hop,
			   const struct mprox_challenge *from)
{
	struct mprox_challenge *to;

	spin_lock_bh(&known->lock);
	to = known->challenge[hop];
	if (to) {
		memcpy(to->nonce, from->nonce, from->nonce_len);
		to->nonce_len = from->nonce_len;
		known->nc[hop] = 0;
	}
	spin_unlock_bh(&known->lock);
}

static int __net_init known_net_init(struct net *net)
{
	struct known_net *kn = net_generic(net, known_net_id);

	mutex_init(&kn->lock);
	INIT_LIST_HEAD(&kn->list);
	return 0;
}

/* No context of the namespace is left, so nobody else looks at the list. */
static void __net_exit known_net_exit(struct net *net)
{
	struct known_net *kn = net_generic(net, known_net_id);
	struct mprox_known *known, *next;

	list_for_each_entry_safe(known, next, &kn->list, node)
		known_put(known);
}

static struct pernet_operations known_net_ops = {
	.init = known_net_init,
	.exit = known_net_exit,
	.id = &known_net_id,
	.size = sizeof(struct known_net),
};

int mprox_known_init(void)
{
	return register_pernet_subsys(&known_net_ops);
}

void mprox_known_exit(void)
{
	unregister_pernet_subsys(&known_net_ops);
}
