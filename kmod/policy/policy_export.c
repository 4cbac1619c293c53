// SPDX-License-Identifier: GPL-2.0
/* A snapshot in userspace's words, but for its secrets. All in process context. */
#include "policy/policy.h"

#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>
#include "policy/dns_user.h"
#include "policy/proxy_user.h"
#include "report/export.h"

static int export_servers(const struct mprox_policy *policy,
			  const struct mutex_proxy_policy *up)
{
	struct mutex_proxy_server *us;
	int err = 0;
	u32 s, hop, i = 0;

	us = kmalloc(sizeof(*us), GFP_KERNEL);
	if (!us)
		return -ENOMEM;
	for (s = 0; s < policy->nr_servers; s++)
		for (hop = 0; hop < policy->servers[s].nr_hops; hop++, i++) {
			if (err || i >= up->nr_servers)
				break;
			mprox_proxy_export(&policy->servers[s], hop, i, us);
			err = mprox_export_element(up->servers, i, up->server_size,
						   us, sizeof(*us));
		}
	kfree(us);
	return err;
}

static int export_rules(const struct mprox_policy *policy,
			const struct mutex_proxy_policy *up)
{
	int err = 0;
	u32 i;

	for (i = 0; !err && i < min(policy->nr_rules, up->nr_rules); i++)
		err = mprox_export_element(up->rules, i, up->rule_size,
					   &policy->rules[i], sizeof(policy->rules[i]));
	return err;
}

static bool process_has_ended(struct pid *pid)
{
	bool has_ended;

	rcu_read_lock();
	has_ended = !pid_task(pid, PIDTYPE_PID);
	rcu_read_unlock();
	return has_ended;
}

/* False: it is about a process that has ended, or that the caller cannot see. */
static bool export_exempt(const struct mprox_exempt *exempt, struct mutex_proxy_exempt *ue)
{
	ue->kind = exempt->kind;
	if (exempt->kind == MUTEX_PROXY_EXEMPT_UID) {
		ue->id = from_kuid_munged(current_user_ns(), exempt->uid);
		return true;
	}
	ue->id = pid_vnr(exempt->pid);
	return ue->id && !process_has_ended(exempt->pid);
}

/* How many there are goes to *@nr. */
static int export_exempts(const struct mprox_policy *policy,
			  const struct mutex_proxy_policy *up, u32 *nr)
{
	struct mutex_proxy_exempt ue;
	int err = 0;
	u32 i;

	*nr = 0;
	for (i = 0; !err && i < policy->nr_exempt; i++) {
		if (!export_exempt(&policy->exempt[i], &ue))
			continue;
		if (*nr < up->nr_exempt)
			err = mprox_export_element(up->exempt, *nr, sizeof(ue), &ue,
						   sizeof(ue));
		++*nr;
	}
	return err;
}

static u32 export_flags(const struct mprox_policy *policy)
{
	return (policy->stepwise ? MUTEX_PROXY_POLICY_STEPWISE : 0) |
	       (policy->fastopen ? MUTEX_PROXY_POLICY_FASTOPEN : 0) |
	       (policy->bind ? MUTEX_PROXY_POLICY_BIND : 0) |
	       (policy->udp ? MUTEX_PROXY_POLICY_UDP : 0) |
	       (policy->no_local ? MUTEX_PROXY_POLICY_NO_LOCAL : 0);
}

/* What is told of the policy itself; the arrays are the caller's still. */
static void export_frame(const struct mprox_policy *policy, struct mutex_proxy_policy *up)
{
	up->flags = export_flags(policy);
	up->handshake_ms = policy->handshake_ms;
	up->strategy = policy->strategy;
	up->attempt_ms = policy->attempt_ms;
	up->rounds = policy->rounds;
	up->fail_ms = policy->fail_ms;
	up->probe_ms = policy->probe_ms;
	up->bind_ms = policy->bind_ms;
	up->max_connects_per_second = policy->max_connects_per_second;
	up->relay_family = policy->udp_relay.family;
	memcpy(up->relay_addr, &policy->udp_relay.addr, sizeof(up->relay_addr));
}

/* Where there is no room, nothing is written, and an element's size says nothing. */
static bool has_clean_room(const struct mutex_proxy_policy *up)
{
	return (!up->nr_servers || (up->server_size >= MPROX_SERVER_SIZE_MIN &&
				    up->server_size <= PAGE_SIZE)) &&
	       (!up->nr_rules || (up->rule_size >= MPROX_RULE_SIZE_MIN &&
				  up->rule_size <= PAGE_SIZE));
}

int mprox_policy_to_user(const struct mprox_policy *policy, struct mutex_proxy_policy *up)
{
	u32 nr_exempt;
	int err;

	if (!has_clean_room(up))
		return -EINVAL;
	err = export_servers(policy, up);
	err = err ?: export_rules(policy, up);
	err = err ?: export_exempts(policy, up, &nr_exempt);
	err = err ?: mprox_dns_export(&policy->dns, u64_to_user_ptr(up->dns));
	if (err)
		return err;
	export_frame(policy, up);
	up->nr_servers = policy->nr_proxies;
	up->nr_rules = policy->nr_rules;
	up->nr_exempt = nr_exempt;
	return 0;
}
