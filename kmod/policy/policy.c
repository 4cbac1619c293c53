// SPDX-License-Identifier: GPL-2.0
#include "policy/policy.h"

#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include "policy/dns_user.h"
#include "policy/fake.h"
#include "proto/dns.h"
#include "rules/match.h"
#include "scope/context.h"
#include "servers/known.h"

/*
 * Policies that wait for a grace period to be freed, over all contexts. SET_POLICY
 * in a loop waits for one itself from there on, so that it makes no more garbage
 * than can be collected: 16 of the largest are 37 MiB.
 */
#define REPLACED_MAX	16
static atomic_t policy_nr_replaced = ATOMIC_INIT(0);

void mprox_policy_free(struct mprox_policy *policy)
{
	u32 i;

	if (!policy)
		return;
	for (i = 0; i < policy->nr_servers; i++)
		mprox_share_put(policy->servers[i].share);
	for (i = 0; i < policy->nr_exempt; i++)
		put_pid(policy->exempt[i].pid);
	if (policy->proxies)
		memzero_explicit(policy->proxies,
				 array_size(policy->nr_proxies,
					    sizeof(*policy->proxies)));
	kvfree(policy->proxies);
	kvfree(policy->servers);
	kvfree(policy->rules);
	mprox_dns_release(&policy->dns);
	kfree(policy);
}

static void policy_free_work(struct work_struct *work)
{
	mprox_policy_free(container_of(work, struct mprox_policy, free_work));
}

static void server_succeed(struct mprox_server *server,
			   const struct mprox_policy *old)
{
	u32 i;

	for (i = 0; i < old->nr_servers; i++) {
		if (old->servers[i].known != server->known)
			continue;
		mprox_share_put(server->share);
		server->share = old->servers[i].share;
		refcount_inc(&server->share->refs);
		return;
	}
}

void mprox_policy_succeed(struct mprox_policy *policy,
			  const struct mprox_policy *old)
{
	u32 i;

	for (i = 0; old && i < policy->nr_servers; i++)
		server_succeed(&policy->servers[i], old);
}

struct mprox_policy *mprox_policy_of(const struct mprox_ctx *ctx)
{
	struct mprox_policy *policy;

	rcu_read_lock();
	policy = rcu_dereference(ctx->policy);
	if (policy)
		mprox_policy_get(policy);
	rcu_read_unlock();
	return policy;
}

void mprox_policy_put(struct mprox_policy *policy)
{
	if (policy && refcount_dec_and_test(&policy->refs))
		queue_work(mprox_wq, &policy->free_work);
}

static void policy_replaced_work(struct work_struct *work)
{
	struct mprox_policy *policy = container_of(to_rcu_work(work),
						   struct mprox_policy,
						   replaced);

	atomic_dec(&policy_nr_replaced);
	mprox_policy_put(policy);
}

void mprox_policy_replaced(struct mprox_policy *policy)
{
	if (!policy)
		return;
	if (atomic_inc_return(&policy_nr_replaced) > REPLACED_MAX)
		synchronize_rcu();
	queue_rcu_work(mprox_wq, &policy->replaced);
}

void mprox_policy_init(struct mprox_policy *policy)
{
	refcount_set(&policy->refs, 1);
	INIT_WORK(&policy->free_work, policy_free_work);
	INIT_RCU_WORK(&policy->replaced, policy_replaced_work);
}

static bool is_server(const struct mprox_policy *policy, u8 proto,
		      const struct mprox_addr *to)
{
	u32 i;

	if (proto != IPPROTO_TCP)
		return false;
	for (i = 0; i < policy->nr_servers; i++) {
		const struct mprox_addr *addr = &policy->servers[i].at;

		if (addr->family == to->family && addr->port == to->port &&
		    ipv6_addr_equal(&addr->addr, &to->addr))
			return true;
	}
	return false;
}

static struct mprox_destination policy_destination(u8 proto, const struct mprox_addr *to)
{
	return (struct mprox_destination) {
		.family = to->family,
		.proto = proto,
		.port = ntohs(to->port),
		.addr = to->addr.s6_addr,
	};
}

bool mprox_policy_is_query(const struct mprox_policy *policy, u8 proto,
			   const struct mprox_addr *to)
{
	const struct mprox_destination dest = policy_destination(proto, to);

	if (policy->dns.mode == MUTEX_PROXY_DNS_NONE ||
	    (proto != IPPROTO_UDP && proto != IPPROTO_TCP) ||
	    to->port != htons(MPROX_DNS_PORT) || is_server(policy, proto, to))
		return false;
	return !mprox_match_names_port(policy->rules, policy->nr_rules, &dest);
}

/* What stands for a name means nothing to anybody but us. */
static u32 keep_fake(const struct mprox_policy *policy, u32 verdict,
		     const struct mprox_addr *to)
{
	return verdict == MUTEX_PROXY_VERDICT_DIRECT &&
	       mprox_name_is_fake(&policy->dns, to) ?
		MUTEX_PROXY_VERDICT_PROXY : verdict;
}

u32 mprox_policy_verdict(const struct mprox_policy *policy, u8 proto,
			 const struct mprox_addr *to, bool local)
{
	const struct mprox_destination dest = policy_destination(proto, to);
	u32 verdict;

	if (is_server(policy, proto, to))
		return MUTEX_PROXY_VERDICT_DIRECT;
	verdict = mprox_match_verdict(policy->rules, policy->nr_rules, &dest,
				      local && !policy->no_local);
	return keep_fake(policy, verdict, to);
}

u16 mprox_policy_explain(const struct mprox_policy *policy, u8 proto,
			 const struct mprox_addr *to, u16 *rule)
{
	const struct mprox_destination dest = policy_destination(proto, to);

	*rule = 0;
	if (is_server(policy, proto, to))
		return MUTEX_PROXY_REASON_IS_SERVER;
	*rule = mprox_match_find(policy->rules, policy->nr_rules, &dest);
	if (*rule)
		return policy->rules[*rule - 1].verdict == MUTEX_PROXY_VERDICT_BLOCK ?
			MUTEX_PROXY_REASON_BLOCKED : MUTEX_PROXY_REASON_BY_RULE;
	return mprox_match_reach(dest.family, dest.addr) == MPROX_REACH_ANYWHERE ?
		MUTEX_PROXY_REASON_LOCAL : MUTEX_PROXY_REASON_BUILTIN;
}

bool mprox_policy_exempts(const struct mprox_policy *policy,
			  struct task_struct *task)
{
	u32 i;

	for (i = 0; i < policy->nr_exempt; i++) {
		const struct mprox_exempt *exempt = &policy->exempt[i];

		if (exempt->kind == MUTEX_PROXY_EXEMPT_PID ?
		    exempt->pid == task_tgid(task) :
		    uid_eq(exempt->uid, task_cred_xxx(task, uid)))
			return true;
	}
	return false;
}
