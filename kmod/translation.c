// SPDX-License-Identifier: GPL-2.0
/*
 * Lifetimes. A translation lives as long as the flow that carries it: the flow's
 * end takes it out of the tables (mprox_flow_unhash()), and the flow is kept
 * while its socket could still send (flow_gc.c). So a program's packet that
 * belongs to it never passes untranslated. Readers hold RCU.
 */
#include "translation.h"

#include <linux/random.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <net/sock.h>
#include "choose.h"
#include "packet.h"
#include "route.h"

/* Ports on the address that nobody has; a clash of all of them is bad luck. */
#define TRIES_MAX	8

/* RFC 7335: for a host's own use, by translators such as this. 192.0.0.7 */
#define NOBODY4		0xc0000007
/* RFC 6666's prefix for what is to be discarded. */
#define NOBODY6		{ { { 0x01, [15] = 0x08 } } }

/* IP's and TCP's, without options. */
#define HEADERS(family)	(sizeof(struct tcphdr) + ((family) == AF_INET ? \
				sizeof(struct iphdr) : sizeof(struct ipv6hdr)))

atomic_t mprox_nr_translations = ATOMIC_INIT(0);

static struct rhashtable asked_table;
static struct rhashtable carried_table;

static const struct rhashtable_params asked_params = {
	.key_len = sizeof(struct mprox_key),
	.key_offset = offsetof(struct mprox_translation, asked),
	.head_offset = offsetof(struct mprox_translation, by_asked),
	.automatic_shrinking = true,
};

static const struct rhashtable_params carried_params = {
	.key_len = sizeof(struct mprox_key),
	.key_offset = offsetof(struct mprox_translation, carried),
	.head_offset = offsetof(struct mprox_translation, by_carried),
	.automatic_shrinking = true,
};

bool mprox_translation_is_needed(const struct mprox_policy *policy, u32 family)
{
	u16 other = mprox_other_family(family);

	if (!mprox_choose_count(policy, family, NULL))
		return mprox_choose_count(policy, other, NULL);
	return !mprox_choose_is_hopeful(policy, family) &&
	       mprox_choose_is_hopeful(policy, other);
}

#if IS_ENABLED(CONFIG_IPV6)
static void keep6(struct dst_cache *cache, struct dst_entry *dst,
		  const struct in6_addr *source)
{
	dst_cache_set_ip6(cache, dst, source);
}
#else
static void keep6(struct dst_cache *cache, struct dst_entry *dst,
		  const struct in6_addr *source)
{
}
#endif

/* To the proxy, as @mark says; in @source the address that it is sent from. */
static struct dst_entry *route(const struct mprox_translation *t, u32 mark,
			       struct in6_addr *source)
{
	const struct mprox_way way = {
		.net = (struct net *)t->asked.net,
		.to = &t->to,
		.oif = t->scope_id ?: t->bound_if,
		.mark = mark,
		.uid = t->uid,
	};

	return mprox_route(&way, source);
}

static void keep(struct dst_cache *cache, u32 family, struct dst_entry *dst,
		 const struct in6_addr *source)
{
	if (family == AF_INET)
		dst_cache_set_ip4(cache, dst, source->s6_addr32[0]);
	else
		keep6(cache, dst, source);
}

struct dst_entry *mprox_translation_way_out(struct mprox_translation *t, u32 mark)
{
	struct in6_addr source;
	struct dst_entry *dst;

	local_bh_disable();
	dst = dst_cache_get(&t->out);
	if (!dst) {
		dst = route(t, mark, &source);
		if (dst)
			keep(&t->out, t->carried.family, dst, &source);
	}
	local_bh_enable();
	return dst;
}

struct dst_entry *mprox_translation_way_in(struct mprox_translation *t)
{
	struct dst_entry *dst;

	local_bh_disable();
	dst = dst_cache_get(&t->in);
	if (!dst) {
		dst = mprox_route_home((struct net *)t->asked.net,
				       t->asked.family, &t->asked.local);
		if (dst)
			keep(&t->in, t->asked.family, dst, &in6addr_any);
	}
	local_bh_enable();
	return dst;
}

static void free_rcu(struct rcu_head *rcu)
{
	struct mprox_translation *t = container_of(rcu, struct mprox_translation,
						   rcu);

	dst_cache_destroy(&t->out);
	dst_cache_destroy(&t->in);
	kfree(t);
	atomic_dec(&mprox_nr_translations);
}

void mprox_translation_put(struct mprox_translation *t)
{
	if (t && refcount_dec_and_test(&t->refs))
		call_rcu(&t->rcu, free_rcu);
}

void mprox_translation_end(struct mprox_translation *t)
{
	if (atomic_xchg(&t->ended, 1))
		return;
	rhashtable_remove_fast(&asked_table, &t->by_asked, asked_params);
	rhashtable_remove_fast(&carried_table, &t->by_carried, carried_params);
	mprox_translation_put(t);
}

static struct mprox_translation *alloc(const struct mprox_key *asked,
				       const struct sock *sk, u32 isn)
{
	struct mprox_translation *t;

	t = kzalloc(sizeof(*t), GFP_ATOMIC | __GFP_ACCOUNT);
	if (!t)
		return NULL;
	atomic_inc(&mprox_nr_translations);
	if (dst_cache_init(&t->out, GFP_ATOMIC) ||
	    dst_cache_init(&t->in, GFP_ATOMIC)) {
		free_rcu(&t->rcu);
		return NULL;
	}
	t->asked = *asked;
	t->isn = isn;
	t->uid = sk->sk_uid;
	t->bound_if = READ_ONCE(sk->sk_bound_dev_if);
	refcount_set(&t->refs, 1);
	return t;
}

/* Which proxy it will be is not known yet; any route to one does. */
static bool find_way(struct mprox_translation *t,
		     const struct mprox_policy *policy, u32 mark,
		     struct in6_addr *source)
{
	struct dst_entry *dst;
	u32 i;

	for (i = 0; i < policy->nr_servers; i++) {
		const struct mprox_proxy *proxy = &policy->servers[i].hops[0];

		if (proxy->addr.family == t->asked.family)
			continue;
		t->to = proxy->addr;
		t->scope_id = proxy->scope_id;
		dst = route(t, mark, source);
		if (!dst)
			continue;
		t->mss = clamp_t(u32, dst_mtu(dst), 2 * HEADERS(t->to.family),
				 U16_MAX) - HEADERS(t->to.family);
		local_bh_disable();
		keep(&t->out, t->to.family, dst, source);
		local_bh_enable();
		dst_release(dst);
		return true;
	}
	return false;
}

/* The port on the address of nobody makes it unique. */
static bool enter(struct mprox_translation *t, const struct in6_addr *source)
{
	static const struct in6_addr nobody6 = NOBODY6;
	struct mprox_key *key = &t->carried;
	int tries;

	*key = t->asked;
	key->family = t->to.family;
	key->local = *source;
	key->remote = nobody6;
	if (key->family == AF_INET) {
		memset(&key->remote, 0, sizeof(key->remote));
		key->remote.s6_addr32[0] = htonl(NOBODY4);
	}
	for (tries = 0; tries < TRIES_MAX; tries++) {
		if (!rhashtable_lookup_insert_fast(&carried_table,
						   &t->by_carried,
						   carried_params))
			break;
		key->rport = htons(get_random_u16() | 1);
	}
	if (tries == TRIES_MAX)
		return false;
	refcount_inc(&t->refs);
	if (!rhashtable_lookup_insert_fast(&asked_table, &t->by_asked,
					   asked_params))
		return true;
	rhashtable_remove_fast(&carried_table, &t->by_carried, carried_params);
	refcount_dec(&t->refs);
	return false;
}

struct mprox_translation *
mprox_translation_make(const struct mprox_policy *policy,
		       const struct mprox_key *asked, const struct sock *sk,
		       u32 mark, u32 isn, bool attached)
{
	struct mprox_translation *t = alloc(asked, sk, isn);
	struct in6_addr source;

	if (!t)
		return NULL;
	t->attached = attached;
	if (find_way(t, policy, mark, &source) && enter(t, &source))
		return t;
	mprox_translation_put(t);
	return NULL;
}

struct mprox_translation *mprox_translation_of_asked(const struct mprox_key *key)
{
	return rhashtable_lookup(&asked_table, key, asked_params);
}

struct mprox_translation *mprox_translation_of_carried(const struct mprox_key *key)
{
	return rhashtable_lookup(&carried_table, key, carried_params);
}

struct mprox_translation *mprox_translation_attach(const struct mprox_key *carried)
{
	struct mprox_translation *t;

	if (!atomic_read(&mprox_nr_translations))
		return NULL;
	t = mprox_translation_of_carried(carried);
	if (!t || !refcount_inc_not_zero(&t->refs))
		return NULL;
	WRITE_ONCE(t->attached, true);
	return t;
}

bool mprox_translation_is_attached(const struct mprox_key *carried)
{
	const struct mprox_translation *t;

	if (!atomic_read(&mprox_nr_translations))
		return false;
	t = mprox_translation_of_carried(carried);
	return t && READ_ONCE(t->attached);
}

int mprox_translation_init(void)
{
	int err = rhashtable_init(&asked_table, &asked_params);

	if (err)
		return err;
	err = rhashtable_init(&carried_table, &carried_params);
	if (err)
		rhashtable_destroy(&asked_table);
	return err;
}

/* Every flow is gone; what they held goes a grace period later. */
void mprox_translation_exit(void)
{
	rcu_barrier();
	rhashtable_destroy(&carried_table);
	rhashtable_destroy(&asked_table);
}
