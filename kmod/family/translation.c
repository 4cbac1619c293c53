// SPDX-License-Identifier: GPL-2.0
/*
 * Lifetimes. A translation is made for a flow, and the flow's end is its own, but for
 * what the kernel says of a socket that is no more: as long as there is one with its
 * home (TIME_WAIT, or an orphan that says its last), packets find it. Readers hold RCU.
 */
#include "family/translation.h"

#include <linux/in.h>
#include <linux/random.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <net/sock.h>
#include "stack/connect.h"
#include "stack/route.h"
#include "stack/socket_find.h"

/* 127.66.0.0/16: loopback's, and no socket of ours or, likely, of others is there. */
#define STAND_IN	0x7f420000

/* How often it is looked whether the tables may forget one. */
#define LINGER		(2 * HZ)

/* IPv6's and TCP's, without options; the most that IPv4 has room for. */
#define HEADERS		(sizeof(struct ipv6hdr) + sizeof(struct tcphdr))

atomic_t mprox_nr_translations = ATOMIC_INIT(0);

static struct rhashtable home_table;
static struct rhashtable wire_table;

/* Process context: all that are in a table. */
static DEFINE_MUTEX(all_lock);
static LIST_HEAD(all);

static const struct rhashtable_params home_params = {
	.key_len = sizeof(struct mprox_key),
	.key_offset = offsetof(struct mprox_translation, home),
	.head_offset = offsetof(struct mprox_translation, by_home),
	.automatic_shrinking = true,
};

static const struct rhashtable_params wire_params = {
	.key_len = sizeof(struct mprox_key),
	.key_offset = offsetof(struct mprox_translation, wire),
	.head_offset = offsetof(struct mprox_translation, by_wire),
	.automatic_shrinking = true,
};

static struct dst_entry *route(const struct mprox_translation *t,
			       struct in6_addr *source)
{
	const struct mprox_way way = {
		.net = (struct net *)t->wire.net,
		.to = &t->to,
		.from_port = t->wire.lport,
		.oif = t->scope_id ?: t->bound_if,
		.mark = t->mark,
		.uid = t->uid,
	};

	return mprox_route(&way, source);
}

#if IS_ENABLED(CONFIG_IPV6)
static void keep_out(struct mprox_translation *t, struct dst_entry *dst,
		     const struct in6_addr *source)
{
	dst_cache_set_ip6(&t->out, dst, source);
}
#else
static void keep_out(struct mprox_translation *t, struct dst_entry *dst,
		     const struct in6_addr *source)
{
}
#endif

struct dst_entry *mprox_translation_way_out(struct mprox_translation *t)
{
	struct in6_addr source;
	struct dst_entry *dst;

	local_bh_disable();
	dst = dst_cache_get(&t->out);
	if (!dst) {
		dst = route(t, &source);
		if (dst)
			keep_out(t, dst, &source);
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
		dst = mprox_route_home((struct net *)t->home.net, AF_INET,
				       &t->home.local);
		if (dst)
			dst_cache_set_ip4(&t->in, dst, 0);
	}
	local_bh_enable();
	return dst;
}

static void translation_free_rcu(struct rcu_head *rcu)
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
		call_rcu(&t->rcu, translation_free_rcu);
}

void mprox_translation_end(struct mprox_translation *t)
{
	if (atomic_xchg(&t->ended, 1))
		return;
	refcount_inc(&t->refs);		/* the work's */
	queue_delayed_work(mprox_wq, &t->work, LINGER);
}

/* Out of the tables; all_lock held. */
static void translation_forget(struct mprox_translation *t)
{
	lockdep_assert_held(&all_lock);
	t->gone = true;
	list_del(&t->node);
	rhashtable_remove_fast(&wire_table, &t->by_wire, wire_params);
	if (t->home.family)
		rhashtable_remove_fast(&home_table, &t->by_home, home_params);
	sock_release(t->port);
	mprox_translation_put(t);
}

static bool has_socket(const struct mprox_translation *t)
{
	struct sock *sk = t->home.family ? mprox_find_socket(&t->home, t->bound_if) :
					   NULL;

	if (sk)
		sock_gen_put(sk);
	return sk;
}

static void linger(struct work_struct *work)
{
	struct mprox_translation *t = container_of(to_delayed_work(work),
						   struct mprox_translation, work);

	bool stays;

	mutex_lock(&all_lock);
	stays = !t->gone && has_socket(t);
	if (stays)
		queue_delayed_work(mprox_wq, &t->work, LINGER);
	else if (!t->gone)
		translation_forget(t);
	mutex_unlock(&all_lock);
	if (!stays)
		mprox_translation_put(t);
}

static struct mprox_translation *take_one(const struct net *net)
{
	struct mprox_translation *t;

	mutex_lock(&all_lock);
	list_for_each_entry(t, &all, node) {
		if (net && t->wire.net != net)
			continue;
		refcount_inc(&t->refs);		/* the caller's */
		translation_forget(t);
		mutex_unlock(&all_lock);
		return t;
	}
	mutex_unlock(&all_lock);
	return NULL;
}

void mprox_translation_purge(const struct net *net)
{
	struct mprox_translation *t;

	while ((t = take_one(net))) {
		if (cancel_delayed_work_sync(&t->work))
			mprox_translation_put(t);
		mprox_translation_put(t);
	}
}

static struct mprox_translation *translation_alloc(struct sock *sk, const struct mprox_addr *to,
						   u32 scope_id)
{
	struct mprox_translation *t;

	t = kzalloc(sizeof(*t), GFP_KERNEL_ACCOUNT);
	if (!t)
		return NULL;
	atomic_inc(&mprox_nr_translations);
	if (dst_cache_init(&t->out, GFP_KERNEL) ||
	    dst_cache_init(&t->in, GFP_KERNEL)) {
		translation_free_rcu(&t->rcu);
		return NULL;
	}
	INIT_DELAYED_WORK(&t->work, linger);
	t->sk = sk;
	t->to = *to;
	t->scope_id = scope_id;
	t->uid = sk->sk_uid;
	t->mark = READ_ONCE(sk->sk_mark);
	t->bound_if = READ_ONCE(sk->sk_bound_dev_if);
	t->wire.net = sock_net(sk);
	t->wire.family = AF_INET6;
	t->wire.remote = to->addr;
	t->wire.rport = to->port;
	refcount_set(&t->refs, 1);
	return t;
}

static int find_way(struct mprox_translation *t)
{
	struct dst_entry *dst = route(t, &t->wire.local);

	if (!dst)
		return -EHOSTUNREACH;
	t->mss = clamp_t(u32, dst_mtu(dst), 2 * HEADERS, U16_MAX) - HEADERS;
	local_bh_disable();
	keep_out(t, dst, &t->wire.local);
	local_bh_enable();
	dst_release(dst);
	return 0;
}

/* A socket that does nothing but have the port. */
static int translation_take_port(struct mprox_translation *t)
{
	const struct mprox_addr at = { .family = AF_INET6, .addr = t->wire.local };
	int err;

	err = sock_create_kern((struct net *)t->wire.net, AF_INET6, SOCK_STREAM,
			       IPPROTO_TCP, &t->port);
	if (err)
		return err;
	t->port->sk->sk_bound_dev_if = t->bound_if;
	err = mprox_bind_at(t->port, &at, t->scope_id);
	if (err) {
		sock_release(t->port);
		return err;
	}
	t->wire.lport = inet_sk(t->port->sk)->inet_sport;
	return 0;
}

static int enter_wire(struct mprox_translation *t)
{
	int err;

	mutex_lock(&all_lock);
	refcount_inc(&t->refs);
	err = rhashtable_lookup_insert_fast(&wire_table, &t->by_wire, wire_params);
	if (err)
		refcount_dec(&t->refs);
	else
		list_add(&t->node, &all);
	mutex_unlock(&all_lock);
	return err;
}

struct mprox_translation *mprox_translation_make(struct sock *sk,
						 const struct mprox_addr *to,
						 u32 scope_id)
{
	struct mprox_translation *t = translation_alloc(sk, to, scope_id);
	int err;

	if (!t)
		return ERR_PTR(-ENOMEM);
	err = find_way(t);
	if (err)
		goto err_put;
	err = translation_take_port(t);
	if (err)
		goto err_put;
	err = enter_wire(t);
	if (!err)
		return t;
	sock_release(t->port);
err_put:
	mprox_translation_put(t);
	return ERR_PTR(err);
}

/* Different for most, so that two of a server seldom want the same port. */
void mprox_translation_stand_in(const struct mprox_translation *t,
				struct mprox_addr *to)
{
	*to = (struct mprox_addr){
		.family = AF_INET,
		.port = t->to.port,
		.addr.s6_addr32[0] = htonl(STAND_IN | ntohs(t->wire.lport)),
	};
}

bool mprox_translation_enter(struct mprox_translation *t,
			     const struct mprox_key *home)
{
	if (t->home.family)
		return true;
	t->home = *home;
	if (!rhashtable_lookup_insert_fast(&home_table, &t->by_home, home_params))
		return true;
	t->home.family = 0;
	return false;
}

struct mprox_translation *mprox_translation_of_home(const struct mprox_key *key)
{
	return rhashtable_lookup(&home_table, key, home_params);
}

struct mprox_translation *mprox_translation_of_wire(const struct mprox_key *key)
{
	return rhashtable_lookup(&wire_table, key, wire_params);
}

int mprox_translation_init(void)
{
	int err = rhashtable_init(&home_table, &home_params);

	if (err)
		return err;
	err = rhashtable_init(&wire_table, &wire_params);
	if (err)
		rhashtable_destroy(&home_table);
	return err;
}

/* Every flow is gone; what they held goes a grace period later. */
void mprox_translation_exit(void)
{
	mprox_translation_purge(NULL);
	rcu_barrier();
	rhashtable_destroy(&wire_table);
	rhashtable_destroy(&home_table);
}
