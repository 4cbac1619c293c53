// SPDX-License-Identifier: GPL-2.0
/*
 * Lifetimes. A resolver belongs to the policies that name it, and to its work
 * while that is queued or runs. The work holds the context as well, and its
 * namespace, in which the context has hooks to take down. While there is a
 * question or a connection the work is queued, so whoever comes with either finds
 * all of them alive; and when it is not queued there is nothing left to clean up.
 * It gives all back within a tick of the context's end.
 */
#include "servers/resolver_private.h"

#include <linux/jiffies.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/tcp.h>
#include "report/warn.h"
#include "scope/context.h"
#include "servers/dns_cache.h"

/* glibc's own time-out for one try is 5 s; ours is to be the first to speak. */
#define PATIENCE	(4 * HZ)
/* A connection that says nothing for so long is dead, and there is time for another. */
#define SILENCE		(2 * HZ)
#define TICK		(HZ / 2)
/* RFC 7766, 6.2.3: the server closes it if that is too long for it. */
#define IDLE		(30 * HZ)
/* Connections that ended, or never began, without an answer to anybody. */
#define TRIES_MAX	2

void mprox_resolver_get(struct mprox_resolver *resolver)
{
	refcount_inc(&resolver->refs);
}

void mprox_resolver_put(struct mprox_resolver *resolver)
{
	if (!refcount_dec_and_test(&resolver->refs))
		return;
	mprox_dns_cache_free(resolver->cache);
	kvfree(resolver);
}

static bool hold_ctx(struct mprox_ctx *ctx)
{
	if (!maybe_get_net(ctx->net))
		return false;
	if (refcount_inc_not_zero(&ctx->refs))
		return true;
	put_net(ctx->net);
	return false;
}

/* In the order of mprox_ctx_put_user(), and for its reason. */
static void release_ctx(struct mprox_ctx *ctx)
{
	struct net *net = ctx->net;

	mprox_ctx_put(ctx);
	put_net(net);
}

/* The work runs in @delay jiffies, or earlier. The caller holds all of it, too. */
static void resolver_queue(struct mprox_resolver *resolver, unsigned long delay)
{
	struct mprox_ctx *ctx = resolver->ctx;

	mprox_resolver_get(resolver);
	mprox_ctx_get(ctx);
	get_net(ctx->net);
	/* Queued already: that one's references stay, ours are not the last. */
	if (delay ? !queue_delayed_work(mprox_wq, &resolver->work, delay) :
		    mod_delayed_work(mprox_wq, &resolver->work, 0)) {
		release_ctx(ctx);
		mprox_resolver_put(resolver);
	}
}

/* There is a connection, so the work is queued or runs, and holds all. */
static void resolver_kick(struct mprox_own *own)
{
	resolver_queue(container_of(own, struct mprox_resolver, own), 0);
}

const struct mprox_addr *mprox_resolver_at(const struct mprox_resolver *resolver)
{
	return &resolver->at;
}

bool mprox_resolver_is_direct(const struct mprox_resolver *resolver)
{
	return resolver->direct;
}

bool mprox_resolver_is(const struct mprox_resolver *resolver,
		       const struct mprox_addr *at, bool direct)
{
	return resolver->direct == direct && resolver->at.port == at->port &&
	       resolver->at.family == at->family &&
	       ipv6_addr_equal(&resolver->at.addr, &at->addr);
}

size_t mprox_resolver_recall(struct mprox_resolver *resolver, u8 *to,
			     size_t size, const struct mprox_dns_query *q,
			     const u8 *query, size_t limit)
{
	return mprox_dns_cache_get(resolver->cache, to, size, q, query, limit);
}

bool mprox_resolver_ask(struct mprox_resolver *resolver, struct mprox_ctx *ctx,
			struct mprox_ask *ask)
{
	bool taken;

	if (!hold_ctx(ctx))
		return false;
	ask->tries = 0;
	ask->until = jiffies + PATIENCE;
	spin_lock_bh(&resolver->lock);
	taken = resolver->nr_asks < MPROX_RESOLVER_ASKS_MAX;
	if (taken) {
		if (!resolver->ctx)
			resolver->ctx = ctx;
		list_add_tail(&ask->node, &resolver->waiting);
		resolver->nr_asks++;
	}
	spin_unlock_bh(&resolver->lock);
	if (taken)
		resolver_queue(resolver, 0);
	else
		mprox_warn_bound("questions that wait for a resolver",
				 MPROX_RESOLVER_ASKS_MAX);
	release_ctx(ctx);
	return taken;
}

/* What follows is the work's. */

void mprox_resolver_finish(struct mprox_resolver *resolver,
			   struct mprox_ask *ask, size_t len)
{
	const struct mprox_dns_record none = {};

	spin_lock_bh(&resolver->lock);
	list_del(&ask->node);
	resolver->nr_asks--;
	spin_unlock_bh(&resolver->lock);
	if (len) {
		WRITE_ONCE(resolver->answered, resolver->answered + 1);
	} else {
		WRITE_ONCE(resolver->failed, resolver->failed + 1);
		len = mprox_dns_answer(resolver->answer, MPROX_DNS_ANSWER_MAX,
				       &ask->q, ask->query, MPROX_DNS_SERVFAIL,
				       &none);
	}
	ask->done(resolver->ctx, ask, resolver->answer, len);
}

struct mprox_ask *mprox_resolver_waiting(struct mprox_resolver *resolver)
{
	struct mprox_ask *ask;

	spin_lock_bh(&resolver->lock);
	ask = list_first_entry_or_null(&resolver->waiting, struct mprox_ask,
				       node);
	spin_unlock_bh(&resolver->lock);
	return ask;
}

static struct mprox_ask *find_hopeless(struct list_head *asks, bool all)
{
	struct mprox_ask *ask;

	list_for_each_entry(ask, asks, node)
		if (all || ask->tries >= TRIES_MAX ||
		    time_after(jiffies, ask->until))
			return ask;
	return NULL;
}

static void fail(struct mprox_resolver *resolver, bool all)
{
	struct mprox_ask *ask;

	do {
		ask = find_hopeless(&resolver->sent, all);
		if (!ask) {
			spin_lock_bh(&resolver->lock);
			ask = find_hopeless(&resolver->waiting, all);
			spin_unlock_bh(&resolver->lock);
		}
		if (ask)
			mprox_resolver_finish(resolver, ask, 0);
	} while (ask);
}

/*
 * What was on its way is to be sent again, before all else. A server may close a
 * connection after some questions: then there is another one at once. What has
 * brought nothing counts against the questions, and the next has to wait.
 */
static void hang_up(struct mprox_resolver *resolver)
{
	struct mprox_ask *ask;

	mprox_own_close(&resolver->own);
	resolver->dial_at = jiffies + (resolver->useful ? 0 : TICK);
	resolver->in_len = 0;
	resolver->skip = 0;
	resolver->out_at = 0;
	resolver->out_len = 0;
	spin_lock_bh(&resolver->lock);
	list_splice_init(&resolver->sent, &resolver->waiting);
	list_for_each_entry(ask, &resolver->waiting, node)
		ask->tries += !resolver->useful;
	spin_unlock_bh(&resolver->lock);
	resolver->useful = false;
}

static int dial(struct mprox_resolver *resolver)
{
	struct mprox_ctx *ctx = resolver->ctx;
	int err;

	/* A kernel thread's own is led nowhere: no scope has any. */
	resolver->own.ctx = resolver->direct ? NULL : ctx;
	resolver->own.kick = resolver_kick;
	resolver->used_at = jiffies;
	err = mprox_own_connect(&resolver->own, &ctx->identity, NULL, ctx->net,
				&resolver->at, 0);
	if (!err)
		tcp_sock_set_nodelay(resolver->own.sock->sk);
	return err;
}

/* It has been sent a question, and nothing has come since. */
static bool is_silent(struct mprox_resolver *resolver)
{
	const struct mprox_ask *oldest;

	oldest = list_first_entry_or_null(&resolver->sent, struct mprox_ask,
					  node);
	return oldest && time_after(jiffies, oldest->sent_at + SILENCE) &&
	       !time_after(resolver->heard_at, oldest->sent_at);
}

/* Negative: it is to be closed. */
static int resolver_look(struct mprox_resolver *resolver)
{
	int err;

	switch (READ_ONCE(resolver->own.sock->sk->sk_state)) {
	case TCP_SYN_SENT:
		return 0;
	case TCP_ESTABLISHED:
	case TCP_CLOSE_WAIT:
		err = mprox_resolver_receive(resolver);
		if (!err)
			err = mprox_resolver_send(resolver);
		if (!err && is_silent(resolver)) {
			resolver->useful = false;
			err = -ETIMEDOUT;
		}
		return err;
	default:
		return -ECONNRESET;
	}
}

static bool can_dial(struct mprox_resolver *resolver)
{
	return !resolver->own.sock && mprox_resolver_waiting(resolver) &&
	       !time_before(jiffies, resolver->dial_at);
}

static void resolver_serve(struct mprox_resolver *resolver)
{
	if (can_dial(resolver) && dial(resolver)) {
		fail(resolver, true);
		return;
	}
	if (resolver->own.sock && resolver_look(resolver))
		hang_up(resolver);
	fail(resolver, false);
	if (resolver->own.sock && !READ_ONCE(resolver->nr_asks) &&
	    time_after(jiffies, resolver->used_at + IDLE))
		hang_up(resolver);
}

static void resolver_work(struct work_struct *work)
{
	struct mprox_resolver *resolver =
		container_of(to_delayed_work(work), struct mprox_resolver, work);
	struct mprox_ctx *ctx = resolver->ctx;

	if (READ_ONCE(ctx->enabled)) {
		resolver_serve(resolver);
	} else {
		fail(resolver, true);
		if (resolver->own.sock)
			hang_up(resolver);
	}
	/* A question that comes after this look queues the work by itself. */
	if (resolver->own.sock || mprox_resolver_waiting(resolver))
		resolver_queue(resolver, can_dial(resolver) ? 0 : TICK);
	release_ctx(ctx);
	mprox_resolver_put(resolver);
}

struct mprox_resolver *mprox_resolver_alloc(const struct mprox_addr *at,
					    bool direct)
{
	struct mprox_resolver *resolver;

	resolver = kvzalloc(sizeof(*resolver), GFP_KERNEL_ACCOUNT);
	if (!resolver)
		return NULL;
	resolver->cache = mprox_dns_cache_alloc();
	if (!resolver->cache) {
		kvfree(resolver);
		return NULL;
	}
	refcount_set(&resolver->refs, 1);
	resolver->at = *at;
	resolver->direct = direct;
	resolver->dial_at = jiffies;
	spin_lock_init(&resolver->lock);
	INIT_LIST_HEAD(&resolver->waiting);
	INIT_LIST_HEAD(&resolver->sent);
	INIT_DELAYED_WORK(&resolver->work, resolver_work);
	return resolver;
}

void mprox_resolver_show(struct seq_file *m,
			 const struct mprox_resolver *resolver)
{
	const struct mprox_addr *at = &resolver->at;

	if (at->family == AF_INET)
		seq_printf(m, "resolver:\t%pI4:%u", &at->addr, ntohs(at->port));
	else
		seq_printf(m, "resolver:\t[%pI6c]:%u", &at->addr,
			   ntohs(at->port));
	seq_printf(m, " %s waiting %u answered %u failed %u known %u\n",
		   resolver->direct ? "direct" : "proxied",
		   READ_ONCE(resolver->nr_asks), READ_ONCE(resolver->answered),
		   READ_ONCE(resolver->failed),
		   mprox_dns_cache_count(resolver->cache));
}
