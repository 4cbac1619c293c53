// SPDX-License-Identifier: GPL-2.0
/* From userspace's words to a snapshot, and back. All in process context. */
#include "policy/policy.h"

#include <linux/cred.h>
#include <linux/overflow.h>
#include <linux/pid.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>
#include "policy/dns_user.h"
#include "policy/proxy_user.h"
#include "report/warn.h"
#include "scope/context.h"
#include "scope/user.h"
#include "servers/known.h"

static_assert(offsetof(struct mutex_proxy_server, weight) == MPROX_SERVER_SIZE_MIN);
static_assert(offsetof(struct mutex_proxy_server, attempt_ms) == 1840);
static_assert(sizeof(struct mutex_proxy_rule) == MPROX_RULE_SIZE_MIN);

/*
 * A client would wait tcp_syn_retries (127 s) for a dead destination; a proxy
 * that said nothing for a minute is dead, too.
 */
#define HANDSHAKE_MS_DEFAULT	60000
#define ATTEMPT_MS_DEFAULT	10000
#define FAIL_MS_DEFAULT		1000
/* A person may type a command between an FTP client's PORT and its transfer. */
#define BIND_MS_DEFAULT		180000
/* What is measured in people's time. */
#define LONG_MS_MIN		1000
#define LONG_MS_MAX		3600000
#define ROUNDS_MAX		10
/* A connect() takes longer than that. */
#define CONNECTS_PER_SECOND_MAX	1000000
#define ROUNDS_DEFAULT		2
#define FLAGS_KNOWN		(MUTEX_PROXY_POLICY_STEPWISE | \
				 MUTEX_PROXY_POLICY_FASTOPEN | \
				 MUTEX_PROXY_POLICY_BIND | \
				 MUTEX_PROXY_POLICY_UDP | \
				 MUTEX_PROXY_POLICY_NO_LOCAL)
#define PROXIES_MAX		(MUTEX_PROXY_MAX_SERVERS * MUTEX_PROXY_MAX_HOPS)

/* SOCKS4 speaks of IPv4 addresses and of names, to the hop that comes next. */
static bool can_lead_on(const struct mprox_proxy *from,
			const struct mprox_proxy *to)
{
	return from->protocol != MPROX_PROTO_SOCKS4 ||
	       to->addr.family != AF_INET6;
}

/* @policy->proxies[@i] is a server of its own, or the next hop of the last. */
static int place_proxy(struct mprox_policy *policy, u32 i,
		       const struct mutex_proxy_server *us)
{
	struct mprox_server *server;

	if (us->flags & MUTEX_PROXY_SERVER_HOP) {
		if (!policy->nr_servers)
			return mprox_refuse_in("servers", i, "flags", us->flags);
		server = &policy->servers[policy->nr_servers - 1];
		if (server->nr_hops == MUTEX_PROXY_MAX_HOPS)
			return mprox_refuse(-EINVAL, "servers[%u] is hop %u of its chain",
					    i, MUTEX_PROXY_MAX_HOPS + 1);
		if (!can_lead_on(&policy->proxies[i - 1], &policy->proxies[i]))
			return mprox_refuse_in("servers", i, "family",
					       us->family);
		server->nr_hops++;
		return 0;
	}
	if (policy->nr_servers == MUTEX_PROXY_MAX_SERVERS)
		return mprox_refuse(-EINVAL, "more than %u servers",
				    MUTEX_PROXY_MAX_SERVERS);
	server = &policy->servers[policy->nr_servers++];
	server->at = policy->proxies[i].addr;
	server->hops = &policy->proxies[i];
	server->nr_hops = 1;
	server->weight = us->weight ?: 1;
	server->tries = us->tries ?: 1;
	server->attempt_ms = us->attempt_ms;
	return 0;
}

static int learn_servers(const struct mprox_ctx *ctx, struct mprox_policy *policy)
{
	u32 i;

	for (i = 0; i < policy->nr_servers; i++) {
		struct mprox_server *server = &policy->servers[i];

		server->share = mprox_share_get(ctx->net, ctx->user->uid,
						server->hops, server->nr_hops);
		if (!server->share)
			return -ENOMEM;
		server->known = server->share->known;
	}
	return 0;
}

/* For @nr proxies, each of which may be a server of its own. */
static int alloc_servers(struct mprox_policy *policy, u32 nr)
{
	policy->proxies = kvcalloc(nr, sizeof(*policy->proxies),
				   GFP_KERNEL_ACCOUNT);
	policy->servers = kvcalloc(min_t(u32, nr, MUTEX_PROXY_MAX_SERVERS),
				   sizeof(*policy->servers),
				   GFP_KERNEL_ACCOUNT);
	policy->nr_proxies = nr;
	return policy->proxies && policy->servers ? 0 : -ENOMEM;
}

static int import_servers(const struct mprox_ctx *ctx,
			  struct mprox_policy *policy, const struct mprox_policy *old,
			  const struct mutex_proxy_policy *up)
{
	struct mutex_proxy_server *us;
	int err;
	u32 i;

	err = alloc_servers(policy, up->nr_servers);
	if (err)
		return err;
	us = kmalloc(sizeof(*us), GFP_KERNEL);
	if (!us)
		return -ENOMEM;
	for (i = 0; !err && i < up->nr_servers; i++) {
		const u8 __user *from = u64_to_user_ptr(up->servers) +
					(size_t)i * up->server_size;

		err = copy_struct_from_user(us, sizeof(*us), from,
					    up->server_size);
		if (!err && us->secrets_of)
			err = mprox_proxy_inherit(us, i, old);
		if (!err)
			err = mprox_proxy_import(&policy->proxies[i], us, i);
		if (!err)
			err = place_proxy(policy, i, us);
	}
	kfree_sensitive(us);
	return err ?: learn_servers(ctx, policy);
}

static bool prefix_is_clean(const struct mutex_proxy_rule *rule)
{
	u8 tail = rule->family == AF_INET ? 4 : 16, i;

	if (rule->prefix > (rule->family == AF_INET ? 32 : 128))
		return false;
	if (rule->family == AF_INET && memchr_inv(rule->addr + 4, 0, 12))
		return false;
	for (i = rule->prefix / 8; i < tail; i++) {
		u8 keep = i == rule->prefix / 8 ? 0xff << (8 - rule->prefix % 8)
						: 0;

		if (rule->addr[i] & ~keep)
			return false;
	}
	return true;
}

/* The name of the field that is wrong, or NULL. */
static const char *flaw_of_network(const struct mutex_proxy_rule *rule)
{
	switch (rule->family) {
	case 0:
		if (rule->prefix)
			return "prefix";
		return memchr_inv(rule->addr, 0, 16) ? "addr" : NULL;
	case AF_INET:
	case AF_INET6:
		return prefix_is_clean(rule) ? NULL : "prefix or addr";
	default:
		return "family";
	}
}

static const char *flaw_of_rule(const struct mutex_proxy_rule *rule)
{
	bool has_ports = rule->port_first || rule->port_last;

	if (rule->verdict < MUTEX_PROXY_VERDICT_DIRECT ||
	    rule->verdict > MUTEX_PROXY_VERDICT_BLOCK)
		return "verdict";
	if (rule->flags)
		return "flags";
	if (memchr_inv(rule->reserved, 0, sizeof(rule->reserved)))
		return "reserved";
	if (has_ports && rule->proto != IPPROTO_TCP &&
	    rule->proto != IPPROTO_UDP)
		return "proto";
	if (has_ports && (!rule->port_first ||
			  rule->port_first > rule->port_last))
		return "port_first";
	return flaw_of_network(rule);
}

static int policy_check_rule(const struct mutex_proxy_rule *rule, u32 i)
{
	const char *flaw = flaw_of_rule(rule);

	return flaw ? mprox_refuse_in("rules", i, flaw, MPROX_UNTOLD) : 0;
}

static int policy_import_rules(struct mprox_policy *policy,
			       const struct mutex_proxy_policy *up)
{
	int err = 0;
	u32 i;

	if (!up->nr_rules)
		return 0;
	policy->rules = kvcalloc(up->nr_rules, sizeof(*policy->rules),
				 GFP_KERNEL_ACCOUNT);
	if (!policy->rules)
		return -ENOMEM;
	for (i = 0; !err && i < up->nr_rules; i++) {
		err = copy_struct_from_user(&policy->rules[i],
					    sizeof(policy->rules[i]),
					    u64_to_user_ptr(up->rules) +
					    (size_t)i * up->rule_size,
					    up->rule_size);
		if (!err)
			err = policy_check_rule(&policy->rules[i], i);
	}
	policy->nr_rules = up->nr_rules;
	return err;
}

static int import_exempt(struct mprox_exempt *exempt,
			 const struct mutex_proxy_exempt *ue)
{
	exempt->kind = ue->kind;
	switch (ue->kind) {
	case MUTEX_PROXY_EXEMPT_PID:
		exempt->pid = find_get_pid(ue->id);
		return exempt->pid ? 0 :
		       mprox_refuse(-ESRCH, "exempt: there is no pid %u",
				    ue->id);
	case MUTEX_PROXY_EXEMPT_UID:
		exempt->uid = make_kuid(current_user_ns(), ue->id);
		return uid_valid(exempt->uid) ? 0 :
		       mprox_refuse_field("exempt: id", ue->id);
	default:
		return mprox_refuse_field("exempt: kind", ue->kind);
	}
}

static int import_exempts(struct mprox_policy *policy,
			  const struct mutex_proxy_policy *up)
{
	const struct mutex_proxy_exempt __user *from =
		u64_to_user_ptr(up->exempt);
	struct mutex_proxy_exempt ue;
	int err;

	while (policy->nr_exempt < up->nr_exempt) {
		if (copy_from_user(&ue, from + policy->nr_exempt, sizeof(ue)))
			return -EFAULT;
		err = import_exempt(&policy->exempt[policy->nr_exempt++], &ue);
		if (err)
			return err;
	}
	return 0;
}

/* The numbers of struct mutex_proxy_policy and their bounds. */
static const struct frame_field {
	const char *name;
	size_t offset;
	u32 min;
	u32 max;
	bool may_be_zero;
} frame_fields[] = {
#define FIELD(_name, _min, _max, _zero)					\
	{ #_name, offsetof(struct mutex_proxy_policy, _name), _min, _max, _zero }
	FIELD(nr_servers, 1, PROXIES_MAX, false),
	FIELD(nr_rules, 0, MUTEX_PROXY_MAX_RULES, true),
	FIELD(nr_exempt, 0, MUTEX_PROXY_MAX_EXEMPT, true),
	FIELD(server_size, MPROX_SERVER_SIZE_MIN, PAGE_SIZE, false),
	FIELD(strategy, 0, MUTEX_PROXY_STRATEGY_LATENCY, true),
	FIELD(rounds, 0, ROUNDS_MAX, true),
	FIELD(handshake_ms, MPROX_MS_MIN, MPROX_MS_MAX, true),
	FIELD(attempt_ms, MPROX_MS_MIN, MPROX_MS_MAX, true),
	FIELD(fail_ms, MPROX_MS_MIN, MPROX_MS_MAX, true),
	FIELD(probe_ms, LONG_MS_MIN, LONG_MS_MAX, true),
	FIELD(bind_ms, LONG_MS_MIN, LONG_MS_MAX, true),
	FIELD(max_connects_per_second, 1, CONNECTS_PER_SECOND_MAX, true),
#undef FIELD
};

static u32 frame_value(const struct mutex_proxy_policy *up,
		       const struct frame_field *field)
{
	return *(const u32 *)((const u8 *)up + field->offset);
}

static bool is_clean_relay(const struct mutex_proxy_policy *up)
{
	const struct in6_addr *addr = (const struct in6_addr *)up->relay_addr;

	return up->relay_family ?
	       mprox_is_host_address(up->relay_family, addr) :
	       ipv6_addr_any(addr);
}

static int policy_check_frame(const struct mutex_proxy_policy *up)
{
	const struct frame_field *field;
	size_t i;
	u32 value;

	for (i = 0; i < ARRAY_SIZE(frame_fields); i++) {
		field = &frame_fields[i];
		value = frame_value(up, field);
		if (value ? value < field->min || value > field->max :
			    !field->may_be_zero)
			return mprox_refuse_field(field->name, value);
	}
	if (up->flags & ~FLAGS_KNOWN)
		return mprox_refuse_field("flags", up->flags);
	if (up->nr_rules &&
	    (up->rule_size < MPROX_RULE_SIZE_MIN || up->rule_size > PAGE_SIZE))
		return mprox_refuse_field("rule_size", up->rule_size);
	if (up->reserved)
		return mprox_refuse_field("reserved", up->reserved);
	if (!is_clean_relay(up))
		return mprox_refuse_field("relay_addr", MPROX_UNTOLD);
	return 0;
}

static struct mprox_policy *alloc_policy(void)
{
	struct mprox_policy *policy;

	policy = kzalloc(sizeof(*policy), GFP_KERNEL_ACCOUNT);
	if (policy)
		mprox_policy_init(policy);
	return policy;
}

struct mprox_policy *mprox_policy_from_user(const struct mprox_ctx *ctx,
					    const struct mprox_policy *old,
					    const struct mutex_proxy_policy *up)
{
	struct mprox_policy *policy;
	int err;

	err = policy_check_frame(up);
	if (err)
		return ERR_PTR(err);
	policy = alloc_policy();
	if (!policy)
		return ERR_PTR(-ENOMEM);
	policy->stepwise = up->flags & MUTEX_PROXY_POLICY_STEPWISE;
	policy->fastopen = up->flags & MUTEX_PROXY_POLICY_FASTOPEN;
	policy->bind = up->flags & MUTEX_PROXY_POLICY_BIND;
	policy->udp = up->flags & MUTEX_PROXY_POLICY_UDP;
	policy->no_local = up->flags & MUTEX_PROXY_POLICY_NO_LOCAL;
	policy->udp_relay.family = up->relay_family;
	memcpy(&policy->udp_relay.addr, up->relay_addr, sizeof(up->relay_addr));
	policy->strategy = up->strategy;
	policy->handshake_ms = up->handshake_ms ?: HANDSHAKE_MS_DEFAULT;
	policy->attempt_ms = up->attempt_ms ?: ATTEMPT_MS_DEFAULT;
	policy->rounds = up->rounds ?: ROUNDS_DEFAULT;
	policy->fail_ms = up->fail_ms ?: FAIL_MS_DEFAULT;
	policy->probe_ms = up->probe_ms;
	policy->bind_ms = up->bind_ms ?: BIND_MS_DEFAULT;
	policy->max_connects_per_second = up->max_connects_per_second;
	err = import_servers(ctx, policy, old, up);
	if (!err)
		err = policy_import_rules(policy, up);
	if (!err)
		err = import_exempts(policy, up);
	if (!err)
		err = mprox_dns_import(policy, u64_to_user_ptr(up->dns));
	if (err) {
		mprox_policy_free(policy);
		return ERR_PTR(err);
	}
	return policy;
}

static int copy_rules(struct mprox_policy *policy,
		      const struct mprox_policy *old)
{
	if (!old->nr_rules)
		return 0;
	policy->rules = kvmalloc_array(old->nr_rules, sizeof(*old->rules),
				       GFP_KERNEL_ACCOUNT);
	if (!policy->rules)
		return -ENOMEM;
	memcpy(policy->rules, old->rules,
	       array_size(old->nr_rules, sizeof(*old->rules)));
	policy->nr_rules = old->nr_rules;
	return 0;
}

static int copy_rest(struct mprox_policy *policy, const struct mprox_policy *old)
{
	int err;
	u32 i;

	policy->stepwise = old->stepwise;
	policy->fastopen = old->fastopen;
	policy->bind = old->bind;
	policy->udp = old->udp;
	policy->no_local = old->no_local;
	policy->udp_relay = old->udp_relay;
	policy->strategy = old->strategy;
	policy->handshake_ms = old->handshake_ms;
	policy->attempt_ms = old->attempt_ms;
	policy->rounds = old->rounds;
	policy->fail_ms = old->fail_ms;
	policy->probe_ms = old->probe_ms;
	policy->bind_ms = old->bind_ms;
	policy->max_connects_per_second = old->max_connects_per_second;
	for (i = 0; i < old->nr_exempt; i++) {
		policy->exempt[i] = old->exempt[i];
		get_pid(policy->exempt[i].pid);
		policy->nr_exempt++;
	}
	err = copy_rules(policy, old);
	return err ?: mprox_dns_copy(policy, &old->dns);
}

/* The rest of @old (may be NULL) is kept. The caller keeps @old alive. */
struct mprox_policy *mprox_policy_from_config(const struct mprox_ctx *ctx,
					      const struct mutex_proxy_config *uc,
					      const struct mprox_policy *old)
{
	struct mprox_policy *policy = alloc_policy();
	int err;

	if (!policy)
		return ERR_PTR(-ENOMEM);
	policy->handshake_ms = HANDSHAKE_MS_DEFAULT;
	policy->attempt_ms = ATTEMPT_MS_DEFAULT;
	policy->rounds = ROUNDS_DEFAULT;
	policy->fail_ms = FAIL_MS_DEFAULT;
	policy->bind_ms = BIND_MS_DEFAULT;
	err = alloc_servers(policy, 1);
	if (!err)
		err = mprox_proxy_from_config(&policy->proxies[0], uc);
	if (!err) {
		policy->nr_servers = 1;
		policy->servers[0].at = policy->proxies[0].addr;
		policy->servers[0].hops = &policy->proxies[0];
		policy->servers[0].nr_hops = 1;
		policy->servers[0].weight = 1;
		policy->servers[0].tries = 1;
		err = learn_servers(ctx, policy);
	}
	if (!err && old) {
		mprox_policy_succeed(policy, old);
		err = copy_rest(policy, old);
	} else if (!err) {
		mprox_dns_default(policy);
	}
	if (err) {
		mprox_policy_free(policy);
		return ERR_PTR(err);
	}
	return policy;
}

int mprox_policy_to_config(const struct mprox_policy *policy,
			   struct mutex_proxy_config *uc)
{
	const struct mprox_addr *addr;

	if (!policy)
		return -ENODATA;
	addr = &policy->proxies[0].addr;
	memset(uc, 0, sizeof(*uc));
	uc->version = MUTEX_PROXY_CONFIG_VERSION;
	uc->proxy_type = mprox_proxy_type(&policy->proxies[0]);
	uc->proxy_port = ntohs(addr->port);
	if (addr->family == AF_INET6)
		memcpy(uc->proxy_addr, &addr->addr, 16);
	else
		ipv6_addr_set_v4mapped(addr->addr.s6_addr32[0],
				       (struct in6_addr *)uc->proxy_addr);
	return 0;
}
