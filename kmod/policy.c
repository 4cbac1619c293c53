// SPDX-License-Identifier: GPL-2.0
#include "policy.h"

#include <linux/cred.h>
#include <linux/inetdevice.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <net/addrconf.h>
#include "dns_user.h"
#include "known.h"
#include "names.h"
#include "proto/dns.h"

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

static bool prefix_match(const struct mutex_proxy_rule *rule,
			 const struct mprox_addr *to)
{
	__be32 mask;

	if (!rule->family)
		return true;
	if (rule->family != to->family)
		return false;
	if (rule->family == AF_INET6)
		return ipv6_prefix_equal((const struct in6_addr *)rule->addr,
					 &to->addr, rule->prefix);
	mask = inet_make_mask(rule->prefix);
	return (to->addr.s6_addr32[0] & mask) == *(const __be32 *)rule->addr;
}

static bool rule_match(const struct mutex_proxy_rule *rule, u8 proto,
		       const struct mprox_addr *to)
{
	u16 port = ntohs(to->port);

	if (rule->proto && rule->proto != proto)
		return false;
	if (rule->port_last &&
	    (port < rule->port_first || port > rule->port_last))
		return false;
	return prefix_match(rule, to);
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

static enum mprox_reach reach_of_ipv4(__be32 addr)
{
	if (ipv4_is_loopback(addr))
		return MPROX_REACH_HERE;
	if (ipv4_is_linklocal_169(addr))
		return MPROX_REACH_LINK;
	if (ipv4_is_multicast(addr) || ipv4_is_lbcast(addr) ||
	    ipv4_is_zeronet(addr))
		return MPROX_REACH_NOBODY;
	return MPROX_REACH_ANYWHERE;
}

/*
 * RFC 1122 3.2.1.3 (loopback, this host), RFC 3927 (IPv4 link-local), RFC 1112
 * (multicast), RFC 919 (limited broadcast), RFC 4291 2.5 and 2.7 (their IPv6 kin).
 */
enum mprox_reach mprox_reach_of(const struct mprox_addr *to)
{
	int type;

	if (to->family == AF_INET)
		return reach_of_ipv4(to->addr.s6_addr32[0]);
	type = ipv6_addr_type(&to->addr);
	if (type & IPV6_ADDR_LOOPBACK)
		return MPROX_REACH_HERE;
	if (type & IPV6_ADDR_MULTICAST || ipv6_addr_any(&to->addr))
		return MPROX_REACH_NOBODY;
	return type & IPV6_ADDR_LINKLOCAL ? MPROX_REACH_LINK :
					    MPROX_REACH_ANYWHERE;
}

/* Destinations that no proxy could mean. */
static bool is_builtin_direct(const struct mprox_addr *to)
{
	return mprox_reach_of(to) != MPROX_REACH_ANYWHERE;
}

/*
 * A rule that names ports was written for this one; a wide one, a bypassed
 * network for instance, was not, and must not give names away.
 */
bool mprox_policy_is_query(const struct mprox_policy *policy, u8 proto,
			   const struct mprox_addr *to)
{
	u32 i;

	if (policy->dns.mode == MUTEX_PROXY_DNS_NONE ||
	    (proto != IPPROTO_UDP && proto != IPPROTO_TCP) ||
	    to->port != htons(MPROX_DNS_PORT) || is_server(policy, proto, to))
		return false;
	for (i = 0; i < policy->nr_rules; i++)
		if (policy->rules[i].port_last &&
		    rule_match(&policy->rules[i], proto, to))
			return false;
	return true;
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
	bool direct = is_builtin_direct(to) || (local && !policy->no_local);
	u32 i;

	if (is_server(policy, proto, to))
		return MUTEX_PROXY_VERDICT_DIRECT;
	for (i = 0; i < policy->nr_rules; i++)
		if (rule_match(&policy->rules[i], proto, to))
			return keep_fake(policy, policy->rules[i].verdict, to);
	return keep_fake(policy, direct ? MUTEX_PROXY_VERDICT_DIRECT :
					  MUTEX_PROXY_VERDICT_PROXY, to);
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
