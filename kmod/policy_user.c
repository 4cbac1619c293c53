// SPDX-License-Identifier: GPL-2.0
/* From userspace's words to a snapshot, and back. All in process context. */
#include "policy.h"

#include <linux/cred.h>
#include <linux/inetdevice.h>
#include <linux/overflow.h>
#include <linux/pid.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>

/* The first versions, below which no caller can be. */
#define SERVER_SIZE_V1	552
#define RULE_SIZE_V1	40
static_assert(sizeof(struct mutex_proxy_server) == SERVER_SIZE_V1);
static_assert(sizeof(struct mutex_proxy_rule) == RULE_SIZE_V1);

#define HANDSHAKE_MS_MIN	100
#define HANDSHAKE_MS_MAX	600000
/*
 * A client would wait tcp_syn_retries (127 s) for a dead destination; a proxy
 * that said nothing for a minute is dead, too.
 */
#define HANDSHAKE_MS_DEFAULT	60000

/* A server must be an address that a connect() could reach. */
static bool valid_address(u16 family, const struct in6_addr *addr)
{
	if (family == AF_INET6)
		return !ipv6_addr_any(addr) && !ipv6_addr_is_multicast(addr) &&
		       !ipv6_addr_v4mapped(addr);
	return family == AF_INET &&
	       !ipv4_is_zeronet(addr->s6_addr32[0]) &&
	       !ipv4_is_multicast(addr->s6_addr32[0]) &&
	       !ipv4_is_lbcast(addr->s6_addr32[0]) &&
	       !memchr_inv(&addr->s6_addr32[1], 0, 12);
}

static int check_type(u32 type)
{
	switch (type) {
	case MUTEX_PROXY_TYPE_SOCKS5:
		return 0;
	case MUTEX_PROXY_TYPE_HTTP:
	case MUTEX_PROXY_TYPE_HTTPS:
	case MUTEX_PROXY_TYPE_SOCKS4:
		return -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
}

static int import_server(struct mprox_server *s,
			 const struct mutex_proxy_server *us)
{
	const struct in6_addr *addr = (const struct in6_addr *)us->addr;
	bool linklocal = us->family == AF_INET6 &&
			 ipv6_addr_type(addr) & IPV6_ADDR_LINKLOCAL;

	if (us->flags || memchr_inv(us->reserved, 0, sizeof(us->reserved)) ||
	    !us->port || !valid_address(us->family, addr) ||
	    linklocal != !!us->scope_id ||
	    !us->user_len != !us->pass_len ||
	    memchr_inv(us->user + us->user_len, 0,
		       sizeof(us->user) - us->user_len) ||
	    memchr_inv(us->pass + us->pass_len, 0,
		       sizeof(us->pass) - us->pass_len))
		return -EINVAL;
	s->addr.family = us->family;
	s->addr.port = htons(us->port);
	s->addr.addr = *addr;
	s->scope_id = us->scope_id;
	s->user_len = us->user_len;
	s->pass_len = us->pass_len;
	memcpy(s->user, us->user, us->user_len);
	memcpy(s->pass, us->pass, us->pass_len);
	return check_type(us->type);
}

static int import_servers(struct mprox_policy *policy,
			  const struct mutex_proxy_policy *up)
{
	struct mutex_proxy_server *us;
	int err = 0;
	u32 i;

	policy->servers = kcalloc(up->nr_servers, sizeof(*policy->servers),
				  GFP_KERNEL_ACCOUNT);
	us = kmalloc(sizeof(*us), GFP_KERNEL);
	if (!policy->servers || !us)
		err = -ENOMEM;
	for (i = 0; !err && i < up->nr_servers; i++) {
		const u8 __user *from = u64_to_user_ptr(up->servers) +
					(size_t)i * up->server_size;

		err = copy_struct_from_user(us, sizeof(*us), from,
					    up->server_size);
		if (!err)
			err = import_server(&policy->servers[i], us);
		policy->nr_servers++;
	}
	kfree_sensitive(us);
	return err;
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

static int check_rule(const struct mutex_proxy_rule *rule)
{
	bool has_ports = rule->port_first || rule->port_last;

	if (rule->verdict < MUTEX_PROXY_VERDICT_DIRECT ||
	    rule->verdict > MUTEX_PROXY_VERDICT_BLOCK || rule->flags ||
	    memchr_inv(rule->reserved, 0, sizeof(rule->reserved)))
		return -EINVAL;
	if (has_ports &&
	    ((rule->proto != IPPROTO_TCP && rule->proto != IPPROTO_UDP) ||
	     !rule->port_first || rule->port_first > rule->port_last))
		return -EINVAL;
	switch (rule->family) {
	case 0:
		return rule->prefix || memchr_inv(rule->addr, 0, 16) ?
			-EINVAL : 0;
	case AF_INET:
	case AF_INET6:
		return prefix_is_clean(rule) ? 0 : -EINVAL;
	default:
		return -EINVAL;
	}
}

static int import_rules(struct mprox_policy *policy,
			const struct mutex_proxy_policy *up)
{
	int err = 0;
	u32 i;

	if (!up->nr_rules)
		return 0;
	policy->rules = kcalloc(up->nr_rules, sizeof(*policy->rules),
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
			err = check_rule(&policy->rules[i]);
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
		return exempt->pid ? 0 : -ESRCH;
	case MUTEX_PROXY_EXEMPT_UID:
		exempt->uid = make_kuid(current_user_ns(), ue->id);
		return uid_valid(exempt->uid) ? 0 : -EINVAL;
	default:
		return -EINVAL;
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

static int check_frame(const struct mutex_proxy_policy *up)
{
	if (up->flags ||
	    !up->nr_servers || up->nr_servers > MUTEX_PROXY_MAX_SERVERS ||
	    up->nr_rules > MUTEX_PROXY_MAX_RULES ||
	    up->nr_exempt > MUTEX_PROXY_MAX_EXEMPT ||
	    up->server_size < SERVER_SIZE_V1 || up->server_size > PAGE_SIZE)
		return -EINVAL;
	if (up->nr_rules &&
	    (up->rule_size < RULE_SIZE_V1 || up->rule_size > PAGE_SIZE))
		return -EINVAL;
	if (up->handshake_ms && (up->handshake_ms < HANDSHAKE_MS_MIN ||
				 up->handshake_ms > HANDSHAKE_MS_MAX))
		return -EINVAL;
	return 0;
}

struct mprox_policy *mprox_policy_from_user(const struct mutex_proxy_policy *up)
{
	struct mprox_policy *policy;
	int err;

	err = check_frame(up);
	if (err)
		return ERR_PTR(err);
	policy = kzalloc(sizeof(*policy), GFP_KERNEL_ACCOUNT);
	if (!policy)
		return ERR_PTR(-ENOMEM);
	policy->handshake_ms = up->handshake_ms ?: HANDSHAKE_MS_DEFAULT;
	err = import_servers(policy, up);
	if (!err)
		err = import_rules(policy, up);
	if (!err)
		err = import_exempts(policy, up);
	if (err) {
		mprox_policy_free(policy);
		return ERR_PTR(err);
	}
	return policy;
}

static int import_config(struct mprox_server *s,
			 const struct mutex_proxy_config *uc)
{
	const struct in6_addr *addr = (const struct in6_addr *)uc->proxy_addr;

	if (uc->version != MUTEX_PROXY_CONFIG_VERSION || uc->flags ||
	    memchr_inv(uc->reserved, 0, sizeof(uc->reserved)) ||
	    !uc->proxy_port || uc->proxy_port > U16_MAX)
		return -EINVAL;
	s->addr.port = htons(uc->proxy_port);
	if (ipv6_addr_v4mapped(addr)) {
		s->addr.family = AF_INET;
		s->addr.addr.s6_addr32[0] = addr->s6_addr32[3];
	} else {
		s->addr.family = AF_INET6;
		s->addr.addr = *addr;
		/* Has no room for an interface: take the policy for that. */
		if (ipv6_addr_type(addr) & IPV6_ADDR_LINKLOCAL)
			return -EINVAL;
	}
	if (!valid_address(s->addr.family, &s->addr.addr))
		return -EINVAL;
	return check_type(uc->proxy_type);
}

/* The rest of @old (may be NULL) is kept. The caller keeps @old alive. */
struct mprox_policy *mprox_policy_from_config(const struct mutex_proxy_config *uc,
					      const struct mprox_policy *old)
{
	struct mprox_policy *policy;
	int err = -ENOMEM;
	u32 i;

	policy = kzalloc(sizeof(*policy), GFP_KERNEL_ACCOUNT);
	if (!policy)
		return ERR_PTR(-ENOMEM);
	policy->handshake_ms = old ? old->handshake_ms : HANDSHAKE_MS_DEFAULT;
	policy->servers = kzalloc(sizeof(*policy->servers), GFP_KERNEL_ACCOUNT);
	if (!policy->servers)
		goto err_free;
	policy->nr_servers = 1;
	err = import_config(&policy->servers[0], uc);
	if (err)
		goto err_free;
	if (old && old->nr_rules) {
		policy->rules = kmemdup(old->rules,
					array_size(old->nr_rules,
						   sizeof(*old->rules)),
					GFP_KERNEL_ACCOUNT);
		if (!policy->rules) {
			err = -ENOMEM;
			goto err_free;
		}
		policy->nr_rules = old->nr_rules;
	}
	for (i = 0; old && i < old->nr_exempt; i++) {
		policy->exempt[i] = old->exempt[i];
		get_pid(policy->exempt[i].pid);
		policy->nr_exempt++;
	}
	return policy;

err_free:
	mprox_policy_free(policy);
	return ERR_PTR(err);
}

int mprox_policy_to_config(const struct mprox_policy *policy,
			   struct mutex_proxy_config *uc)
{
	const struct mprox_addr *addr;

	if (!policy)
		return -ENODATA;
	addr = &policy->servers[0].addr;
	memset(uc, 0, sizeof(*uc));
	uc->version = MUTEX_PROXY_CONFIG_VERSION;
	uc->proxy_type = MUTEX_PROXY_TYPE_SOCKS5;
	uc->proxy_port = ntohs(addr->port);
	if (addr->family == AF_INET6)
		memcpy(uc->proxy_addr, &addr->addr, 16);
	else
		ipv6_addr_set_v4mapped(addr->addr.s6_addr32[0],
				       (struct in6_addr *)uc->proxy_addr);
	return 0;
}
