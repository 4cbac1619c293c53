/* SPDX-License-Identifier: GPL-2.0 */
/* The immutable snapshot of what a context does. */
#ifndef MPROX_POLICY_H
#define MPROX_POLICY_H

#include <linux/refcount.h>
#include <linux/workqueue.h>
#include <linux/mutex_proxy.h>
#include "mprox.h"
#include "servers/choose.h"
#include "servers/server.h"

struct mprox_ctx;
struct mprox_resolver;

/* Of every time-out that is measured in machines' time, milliseconds. */
#define MPROX_MS_MIN	100
#define MPROX_MS_MAX	600000

struct mprox_exempt {
	u32 kind;
	struct pid *pid;	/* referenced */
	kuid_t uid;
};

/**
 * struct mprox_dns_rule - what becomes of some names
 * @mode:	MUTEX_PROXY_DNS_*
 * @resolver:	who is asked; owned by struct mprox_dns; NULL: nobody
 */
struct mprox_dns_rule {
	u32 mode;
	struct mprox_resolver *resolver;
	u8 name_len;
	u8 name[MUTEX_PROXY_MAX_NAME];
};

/**
 * struct mprox_dns - how names are resolved
 * @mode:	MUTEX_PROXY_DNS_*, where no rule matches
 * @ipv4:	names get an address of it
 * @ipv6:	likewise, because somebody wants that or no server has IPv4
 * @wants_ipv6:	as it was configured
 * @capacity:	how many names the ranges have room for; 0: no name is faked
 * @fake4:	network; host byte order
 * @fake6:	network
 * @resolver:	who is asked where @mode is to ask, and by rules that name nobody
 * @asks_records: of FAKE names, all but addresses is asked of it
 * @resolvers:	all that are asked, referenced
 */
struct mprox_dns {
	u32 mode;
	u32 ttl;
	bool ipv4;
	bool ipv6;
	bool wants_ipv6;
	u8 fake4_prefix;
	u8 fake6_prefix;
	u32 capacity;
	u32 fake4;
	struct in6_addr fake6;
	bool asks_records;
	struct mprox_resolver *resolver;
	u32 nr_resolvers;
	struct mprox_resolver *resolvers[MUTEX_PROXY_MAX_RESOLVERS];
	u32 nr_rules;
	struct mprox_dns_rule *rules;
};

/**
 * struct mprox_policy - never changed once it is published, but for @turn
 * @replaced:	gives the context's reference back a grace period later
 * @free_work:	the last reference may be given back in softirq, where what was
 *		had by kvmalloc() cannot be freed
 * @refs:	one for being some context's, which is given back a grace period
 *		after it has been replaced, and one per handshake: whoever finds
 *		a policy under RCU may take a reference
 * @turn:	counts connections, for the strategies that take turns
 * @nr_servers:	of @servers, at most MUTEX_PROXY_MAX_SERVERS
 * @nr_proxies:	of @proxies: all hops of all servers
 * @udp_relay:	where relays are, whatever they say; family 0: they know; port 0
 *
 * Holds credentials, so it is wiped when freed.
 */
struct mprox_policy {
	struct rcu_work replaced;
	struct work_struct free_work;
	refcount_t refs;
	atomic_t turn;
	bool stepwise;
	bool fastopen;
	bool bind;
	bool udp;
	bool no_local;
	u32 strategy;
	u32 handshake_ms;
	u32 attempt_ms;
	u32 rounds;
	u32 fail_ms;
	u32 probe_ms;
	u32 bind_ms;
	u32 max_connects_per_second;	/* 0: any number */
	u32 nr_servers;
	u32 nr_proxies;
	u32 nr_rules;
	u32 nr_exempt;
	struct mprox_exempt exempt[MUTEX_PROXY_MAX_EXEMPT];
	struct mprox_server *servers;
	struct mprox_proxy *proxies;
	struct mutex_proxy_rule *rules;
	struct mprox_dns dns;
	struct mprox_addr udp_relay;
};

/*
 * Made from userspace's structs for @ctx, which has had @old (may be NULL). Process
 * context; ERR_PTR on bad input.
 */
struct mprox_policy *mprox_policy_from_user(const struct mprox_ctx *ctx,
					    const struct mprox_policy *old,
					    const struct mutex_proxy_policy *up);
/*
 * And back, but for the secrets: fills the arrays that @up names as far as they have
 * room, then @up itself. -E2BIG: the caller's structs have no field for what there is.
 * Process context; a reference of @policy is held.
 */
int mprox_policy_to_user(const struct mprox_policy *policy, struct mutex_proxy_policy *up);
struct mprox_policy *mprox_policy_from_config(const struct mprox_ctx *ctx,
					      const struct mutex_proxy_config *uc,
					      const struct mprox_policy *old);
int mprox_policy_to_config(const struct mprox_policy *policy,
			   struct mutex_proxy_config *uc);

/* What the context has had of servers that are in @old as well goes on. */
void mprox_policy_succeed(struct mprox_policy *policy,
			  const struct mprox_policy *old);

/* For one that was never published; NULL is fine. Process context. */
void mprox_policy_free(struct mprox_policy *policy);
/*
 * Gives back the context's reference, after a grace period. Process context:
 * waits for that itself if many others wait already.
 */
void mprox_policy_replaced(struct mprox_policy *policy);	/* NULL is fine */
/* The first reference, and what gives back the last. @policy is all zero. */
void mprox_policy_init(struct mprox_policy *policy);

/* Any context. The first under rcu_read_lock(), or with a reference. */
static inline void mprox_policy_get(struct mprox_policy *policy)
{
	refcount_inc(&policy->refs);
}

void mprox_policy_put(struct mprox_policy *policy);	/* NULL is fine */

/* The one of @ctx that is in force, referenced, or NULL. Any context. */
struct mprox_policy *mprox_policy_of(const struct mprox_ctx *ctx);

/* What mprox_choose() has to know. */
static inline struct mprox_group mprox_policy_group(struct mprox_policy *policy)
{
	return (struct mprox_group) {
		.servers = policy->servers,
		.nr = policy->nr_servers,
		.strategy = policy->strategy,
		.turn = &policy->turn,
	};
}

/*
 * What follows is for the hooks: any context, under rcu_read_lock(). @local: what
 * is sent to @to stays on this machine, see mprox_is_local().
 */
u32 mprox_policy_verdict(const struct mprox_policy *policy, u8 proto,
			 const struct mprox_addr *to, bool local);

/*
 * Why it is so, where the verdict is DIRECT or BLOCK: MUTEX_PROXY_REASON_*; *@rule: one
 * more than the index of the rule that says it, or 0.
 */
u16 mprox_policy_explain(const struct mprox_policy *policy, u8 proto,
			 const struct mprox_addr *to, u16 *rule);
/* Is this a query that @policy->dns decides about? */
bool mprox_policy_is_query(const struct mprox_policy *policy, u8 proto,
			   const struct mprox_addr *to);
bool mprox_policy_exempts(const struct mprox_policy *policy,
			  struct task_struct *task);

#endif
