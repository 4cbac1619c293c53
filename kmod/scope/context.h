/* SPDX-License-Identifier: GPL-2.0 */
/* A proxy context: what one descriptor stands for. */
#ifndef MPROX_CONTEXT_H
#define MPROX_CONTEXT_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/seqlock.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/wait.h>
#include <linux/mutex_proxy.h>
#include "mprox.h"
#include "scope/tally.h"
#include "stack/identity.h"

struct mprox_alerts;
struct mprox_dns_log;
struct mprox_events;
struct mprox_names;
struct mprox_policy;
struct mprox_user;

/* What connections have carried, as TCP counts it: octets of payload, and segments. */
struct mprox_counters {
	u64 bytes_sent;
	u64 bytes_received;
	u64 packets_sent;
	u64 packets_received;
};

/**
 * struct mprox_ctx_flows - the proxied connections of a context
 * @lock:	any context
 * @list:	flows, added and removed under @lock, walked under RCU
 * @ended:	the sums of flows whose sockets have closed, under @lock
 * @seq:	a reader of @ended and @list sees by it that a flow has gone from one to the
 *		other meanwhile
 * @total:	how many there have ever been
 */
struct mprox_ctx_flows {
	raw_spinlock_t lock;
	struct list_head list;
	seqcount_raw_spinlock_t seq;
	struct mprox_counters ended;
	atomic64_t total;
};

/**
 * struct mprox_ctx_life - what door/life.c alone knows of a context
 * @cloexec:	the scope ends with the last descriptor; does not change
 * @armed:	holds a user of the namespace's hooks
 * @routed:	likewise of its mprox0
 * @files:	open descriptors
 * @kept:	sockets that stay open while there is a user
 *
 * Under the context's lock.
 */
struct mprox_ctx_life {
	bool cloexec;
	bool armed;
	bool routed;
	u32 files;
	u32 nr_kept;
	struct file *kept[MUTEX_PROXY_MAX_KEPT];
	struct rcu_work rcu_work;
};

/**
 * struct mprox_ctx - a proxy context, as everybody knows it; see door/life.c
 * @refs:	memory: one for @users being above zero, one per flow and per
 *		struct mprox_bind
 * @users:	life: one for the open file, one per member process. Zero is
 *		final: nobody can bring new traffic in, so the context is
 *		unpublished and gives back its netns and module references.
 * @net:	the namespace. Referenced while @users is above zero; a flow
 *		that lives longer only compares the pointer, and the namespace's
 *		exit purges all flows before it goes.
 * @identity:	the creator's, for what is connected to in its name
 * @policy:	the snapshot in force, NULL before the first. RCU; replaced
 *		under @lock.
 * @tally:	what is counted of it
 * @news:	who polls its statistics; woken by @news_timer, which mprox_ctx_news() arms
 * @alerts:	NULL until somebody asks for them; then it stays. Set under @lock
 * @connects_until: of policy.max_connects_per_second, see mprox_rate_next()
 * @dns_conns:	clients that ask over TCP
 * @names:	NULL until the first policy that fakes any; then it stays
 * @dns_log:	NULL: nobody has asked for one. RCU; replaced under @lock
 * @events:	who reads what happens in it; referenced
 * @udp_refused_until: jiffies, 0: never; no server has given a relay
 * @born:	the machine's contexts in the order in which they were made
 * @user:	whose share of the machine's contexts this one is of; referenced
 * @uid:	who made it
 * @enabled:	read by the hooks without a lock, with mprox_ctx_is_enabled()
 * @locked:	members can change nothing of it any more; set once, under @lock
 * @sealed:	a locked global scope that has lost its last descriptor: it refuses
 *		what it would have proxied, until somebody ends it. Then it has no
 *		user; @refs and the module are held for it by the list of globals
 * @name:	as its maker calls it, or empty; under @lock
 * @lock:	process context: policy and scope changes, enable, disable
 * @flows:	tcp/flow.c's
 * @end_of_users: what comes when @users is zero, at once or by @end_work
 */
struct mprox_ctx {
	refcount_t refs;
	refcount_t users;
	u32 id;
	u32 scope;		/* MUTEX_PROXY_SCOPE_* */
	bool privileged;	/* made with CAP_NET_ADMIN */
	bool enabled;
	bool locked;
	bool sealed;
	u64 born;
	struct mprox_user *user;
	kuid_t uid;
	char name[MUTEX_PROXY_MAX_CONTEXT_NAME + 1];
	struct net *net;
	struct mprox_identity identity;
	struct mprox_policy __rcu *policy;
	struct mutex lock;

	struct list_head net_node;	/* namespace's global scopes; RCU */
	struct list_head members;	/* scope lock */
	u32 nr_members;			/* likewise; read without it */

	struct mprox_ctx_flows flows;
	struct delayed_work probe_work;
	struct mprox_tally tally;
	wait_queue_head_t news;
	struct timer_list news_timer;
	struct mprox_alerts *alerts;
	atomic64_t connects_until;
	atomic_t dns_conns;
	struct mprox_names *names;
	struct mprox_dns_log __rcu *dns_log;
	struct mprox_events *events;
	unsigned long udp_refused_until;

	void (*end_of_users)(struct mprox_ctx *ctx);
	struct work_struct end_work;
	struct work_struct free_work;
	struct mprox_ctx_life life;
};

/* Process context. */
void mprox_ctx_put_user(struct mprox_ctx *ctx);
/* Also with preemption off. */
void mprox_ctx_put_user_atomic(struct mprox_ctx *ctx);
/* What @ctx->end_work is for. */
void mprox_ctx_end_work(struct work_struct *work);
void mprox_ctx_put(struct mprox_ctx *ctx);

/*
 * Who makes a context takes a number for it, then lets others find it by that, which
 * needs no memory, and at its end not any more. Process context.
 */
int mprox_ctx_reserve(struct mprox_ctx *ctx);
void mprox_ctx_publish(struct mprox_ctx *ctx);
void mprox_ctx_unlist(struct mprox_ctx *ctx);

static inline void mprox_ctx_get(struct mprox_ctx *ctx)
{
	refcount_inc(&ctx->refs);
}

/* A call or a packet that is refused. Any context. */
void mprox_count_refused(struct mprox_ctx *ctx, enum mprox_refused kind);

/* Whoever polls hears of several connections at once. */
#define MPROX_NEWS_PATIENCE	(HZ / 50 + 1)

/*
 * A connection has come, gone, or failed. Any context, also with preemption off, where a
 * waiter must not be woken by PREEMPT_RT: a timer does.
 */
static inline void mprox_ctx_news(struct mprox_ctx *ctx)
{
	if (wq_has_sleeper(&ctx->news) && !timer_pending(&ctx->news_timer))
		mod_timer(&ctx->news_timer, jiffies + MPROX_NEWS_PATIENCE);
}

/*
 * Whoever sees it enabled sees the policy that it was enabled with, and whoever sees
 * a sealed one disabled sees the seal. Any context.
 */
static inline bool mprox_ctx_is_enabled(const struct mprox_ctx *ctx)
{
	return smp_load_acquire(&ctx->enabled);
}

/* Calls @fn for each context that still has memory. Process context. */
void mprox_ctx_for_each(void (*fn)(struct mprox_ctx *ctx, void *arg), void *arg);

/* The one of that number, referenced (@refs); NULL: there is none. Process context. */
struct mprox_ctx *mprox_ctx_by_id(u32 id);

/*
 * The first context of @net after @ctx, whose reference it takes, by their numbers;
 * NULL begins, and is the end. Held. Process context, no lock is kept.
 */
struct mprox_ctx *mprox_ctx_next(const struct net *net, struct mprox_ctx *ctx);

/* How many contexts are enabled, over all namespaces; 0 is the fast way out. */
extern atomic_t mprox_nr_enabled;
extern atomic_t mprox_nr_contexts;

#endif
