// SPDX-License-Identifier: GPL-2.0
/* How names are resolved: from userspace's words, and back. Process context. */
#include "policy/dns_user.h"

#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "policy/fake.h"
#include "policy/proxy_user.h"
#include "report/export.h"
#include "report/warn.h"
#include "servers/choose.h"
#include "servers/resolver.h"
#include "stack/route.h"

#define DNS_SIZE_V1		56
#define RULE_SIZE_V1		264
static_assert(offsetof(struct mutex_proxy_dns, resolver_family) == DNS_SIZE_V1);
static_assert(offsetof(struct mutex_proxy_dns_rule, resolver_family) ==
	      RULE_SIZE_V1);
static_assert(sizeof(struct mutex_proxy_dns) == 80);
static_assert(sizeof(struct mutex_proxy_dns_rule) == 288);

#define TTL_DEFAULT		10
#define TTL_MAX			86400

/* RFC 2544's network for benchmarks, which no host on the Internet has. */
#define FAKE4			0xc6120000
#define FAKE4_PREFIX		15
#define FAKE4_PREFIX_MIN	8
#define FAKE4_PREFIX_MAX	28
/* RFC 4193: fd, and 40 bits that spell "mprox". */
#define FAKE6			{ { { 0xfd, 'm', 'p', 'r', 'o', 'x' } } }
#define FAKE6_PREFIX		96
#define FAKE6_PREFIX_MIN	8
#define FAKE6_PREFIX_MAX	112
/* The network's own address and the last one are left out. */
#define UNUSED_HOSTS		2

static int import_ranges(struct mprox_dns *dns, const struct mutex_proxy_dns *ud)
{
	static const struct in6_addr fake6 = FAKE6;
	struct in6_addr clean;

	dns->fake4 = ntohl(*(const __be32 *)ud->fake4);
	dns->fake4_prefix = ud->fake4_prefix;
	memcpy(&dns->fake6, ud->fake6, sizeof(dns->fake6));
	dns->fake6_prefix = ud->fake6_prefix;
	if (!dns->fake4 && !dns->fake4_prefix) {
		dns->fake4 = FAKE4;
		dns->fake4_prefix = FAKE4_PREFIX;
	}
	if (ipv6_addr_any(&dns->fake6) && !dns->fake6_prefix) {
		dns->fake6 = fake6;
		dns->fake6_prefix = FAKE6_PREFIX;
	}
	if (dns->fake4_prefix < FAKE4_PREFIX_MIN ||
	    dns->fake4_prefix > FAKE4_PREFIX_MAX)
		return mprox_refuse_field("dns.fake4_prefix", dns->fake4_prefix);
	if (dns->fake6_prefix < FAKE6_PREFIX_MIN ||
	    dns->fake6_prefix > FAKE6_PREFIX_MAX)
		return mprox_refuse_field("dns.fake6_prefix", dns->fake6_prefix);
	if (dns->fake4 << dns->fake4_prefix)
		return mprox_refuse_field("dns.fake4", MPROX_UNTOLD);
	ipv6_addr_prefix(&clean, &dns->fake6, dns->fake6_prefix);
	return ipv6_addr_equal(&clean, &dns->fake6) ? 0 :
	       mprox_refuse_field("dns.fake6", MPROX_UNTOLD);
}

/* Labels, each with something in it; "*" alone is all of them. */
static bool is_clean_name(const u8 *name, u32 len)
{
	u32 i, start = 0;

	if (name[0] == '*') {
		if (len == 1)
			return true;
		if (name[1] != '.')
			return false;
		start = 2;
	}
	for (i = start; i < len; i++)
		if (name[i] <= ' ' || name[i] >= 0x7f || name[i] == '*' ||
		    (name[i] >= 'A' && name[i] <= 'Z') ||
		    (name[i] == '.' && (i == start || name[i - 1] == '.')))
			return false;
	return len > start && name[len - 1] != '.';
}

static int dns_check_rule(const struct mutex_proxy_dns_rule *rule, u32 i)
{
	if (rule->mode < MUTEX_PROXY_DNS_FAKE ||
	    rule->mode > MUTEX_PROXY_DNS_PROXY)
		return mprox_refuse_in("dns.rules", i, "mode", rule->mode);
	if (!rule->name_len || rule->name_len > MUTEX_PROXY_MAX_NAME)
		return mprox_refuse_in("dns.rules", i, "name_len",
				       rule->name_len);
	if (rule->reserved2 ||
	    memchr_inv(rule->reserved, 0, sizeof(rule->reserved)))
		return mprox_refuse_in("dns.rules", i, "reserved", MPROX_UNTOLD);
	if (memchr_inv(rule->name + rule->name_len, 0,
		       sizeof(rule->name) - rule->name_len) ||
	    !is_clean_name(rule->name, rule->name_len))
		return mprox_refuse_in("dns.rules", i, "name", MPROX_UNTOLD);
	return 0;
}

/* The one of @dns that is there, one more of it, or ERR_PTR. */
static struct mprox_resolver *find_resolver(struct mprox_dns *dns,
					    const struct mprox_addr *at,
					    bool direct)
{
	struct mprox_resolver *resolver;
	u32 i;

	for (i = 0; i < dns->nr_resolvers; i++)
		if (mprox_resolver_is(dns->resolvers[i], at, direct))
			return dns->resolvers[i];
	if (dns->nr_resolvers == MUTEX_PROXY_MAX_RESOLVERS)
		return ERR_PTR(mprox_refuse(-EINVAL, "more than %u resolvers",
					    MUTEX_PROXY_MAX_RESOLVERS));
	resolver = mprox_resolver_alloc(at, direct);
	if (!resolver)
		return ERR_PTR(-ENOMEM);
	dns->resolvers[dns->nr_resolvers++] = resolver;
	return resolver;
}

/* Family 0: NULL. */
static struct mprox_resolver *import_resolver(struct mprox_dns *dns, u16 family,
					      u16 port, const u8 addr[16],
					      bool direct)
{
	struct mprox_addr at = { .family = family, .port = htons(port) };

	memcpy(&at.addr, addr, sizeof(at.addr));
	if (!family && !port && ipv6_addr_any(&at.addr))
		return NULL;
	if (!port || !mprox_is_host_address(family, &at.addr))
		return ERR_PTR(mprox_refuse_field("dns: resolver_addr or _port",
						  MPROX_UNTOLD));
	return find_resolver(dns, &at, direct);
}

static int import_rule(struct mprox_dns *dns, u32 i,
		       const struct mutex_proxy_dns_rule *ur)
{
	struct mprox_dns_rule *rule = &dns->rules[i];
	struct mprox_resolver *resolver;
	bool asks = ur->mode == MUTEX_PROXY_DNS_PROXY;
	int err;

	err = dns_check_rule(ur, i);
	if (err)
		return err;
	resolver = import_resolver(dns, ur->resolver_family, ur->resolver_port,
				   ur->resolver_addr, !asks);
	if (IS_ERR(resolver))
		return PTR_ERR(resolver);
	if (asks && !resolver)
		resolver = dns->resolver;
	if (resolver ? !asks && ur->mode != MUTEX_PROXY_DNS_DIRECT : asks)
		return mprox_refuse_in("dns.rules", i, "resolver_family",
				       ur->resolver_family);
	rule->mode = ur->mode;
	rule->resolver = resolver;
	rule->name_len = ur->name_len;
	memcpy(rule->name, ur->name, ur->name_len);
	return 0;
}

static int dns_import_rules(struct mprox_dns *dns, const struct mutex_proxy_dns *ud)
{
	struct mutex_proxy_dns_rule ur;
	int err = 0;
	u32 i;

	if (!ud->nr_rules)
		return 0;
	if (ud->mode == MUTEX_PROXY_DNS_NONE ||
	    ud->nr_rules > MUTEX_PROXY_MAX_DNS_RULES)
		return mprox_refuse_field("dns.nr_rules", ud->nr_rules);
	if (ud->rule_size < RULE_SIZE_V1 || ud->rule_size > PAGE_SIZE)
		return mprox_refuse_field("dns.rule_size", ud->rule_size);
	dns->rules = kcalloc(ud->nr_rules, sizeof(*dns->rules),
			     GFP_KERNEL_ACCOUNT);
	if (!dns->rules)
		return -ENOMEM;
	for (i = 0; !err && i < ud->nr_rules; i++) {
		err = copy_struct_from_user(&ur, sizeof(ur),
					    u64_to_user_ptr(ud->rules) +
					    (size_t)i * ud->rule_size,
					    ud->rule_size);
		if (!err)
			err = import_rule(dns, i, &ur);
	}
	dns->nr_rules = ud->nr_rules;
	return err;
}

/*
 * Which families can a connection by name be of? Any server takes either. IPv6
 * is only to be had for the asking, unless it saves the translation; and not at
 * all from a kernel without it, where an address would be of no use.
 */
static void choose_families(struct mprox_policy *policy, bool ipv6)
{
	const struct mprox_group group = mprox_policy_group(policy);
	struct mprox_dns *dns = &policy->dns;

	dns->ipv4 = policy->nr_servers;
	dns->ipv6 = policy->nr_servers && mprox_has_family(AF_INET6) &&
		    (ipv6 || !mprox_choose_count(&group, AF_INET, NULL));
}

/* Does @mode hold for any name? */
static bool uses(const struct mprox_dns *dns, u32 mode)
{
	u32 i;

	for (i = 0; i < dns->nr_rules; i++)
		if (dns->rules[i].mode == mode)
			return true;
	return dns->mode == mode;
}

/* Whom to ask, where no rule names anybody. */
static int import_default(struct mprox_dns *dns, const struct mutex_proxy_dns *ud)
{
	bool direct = ud->flags & MUTEX_PROXY_DNS_DIRECT_RESOLVER;
	struct mprox_resolver *resolver;

	resolver = import_resolver(dns, ud->resolver_family, ud->resolver_port,
				   ud->resolver_addr, direct);
	if (IS_ERR(resolver))
		return PTR_ERR(resolver);
	dns->resolver = resolver;
	dns->asks_records = ud->flags & MUTEX_PROXY_DNS_ASK_RECORDS;
	if (ud->reserved2)
		return mprox_refuse_field("dns.reserved2", ud->reserved2);
	if (!resolver && (direct || dns->asks_records ||
			  ud->mode == MUTEX_PROXY_DNS_PROXY))
		return mprox_refuse_field("dns.resolver_family", 0);
	return 0;
}

static u32 capacity(const struct mprox_dns *dns)
{
	u32 room = (1U << (32 - dns->fake4_prefix)) - UNUSED_HOSTS;

	return min_t(u32, room, MPROX_NAMES_MAX - UNUSED_HOSTS);
}

static int dns_check_frame(const struct mutex_proxy_dns *ud)
{
	if (ud->flags & ~(MUTEX_PROXY_DNS_IPV6 |
			  MUTEX_PROXY_DNS_DIRECT_RESOLVER |
			  MUTEX_PROXY_DNS_ASK_RECORDS))
		return mprox_refuse_field("dns.flags", ud->flags);
	if (ud->mode > MUTEX_PROXY_DNS_PROXY)
		return mprox_refuse_field("dns.mode", ud->mode);
	if (ud->ttl > TTL_MAX)
		return mprox_refuse_field("dns.ttl", ud->ttl);
	if (memchr_inv(ud->reserved, 0, sizeof(ud->reserved)))
		return mprox_refuse_field("dns.reserved", MPROX_UNTOLD);
	return 0;
}

int mprox_dns_import(struct mprox_policy *policy, const void __user *from)
{
	struct mprox_dns *dns = &policy->dns;
	struct mutex_proxy_dns ud;
	u32 size;
	int err;

	if (!from)
		return 0;
	if (get_user(size, (const u32 __user *)from))
		return -EFAULT;
	if (size < DNS_SIZE_V1)
		return mprox_refuse_field("dns.size", size);
	if (size > PAGE_SIZE)
		return -E2BIG;
	err = copy_struct_from_user(&ud, sizeof(ud), from, size);
	if (err)
		return err;
	err = dns_check_frame(&ud);
	if (err)
		return err;
	dns->mode = ud.mode;
	dns->ttl = ud.ttl ?: TTL_DEFAULT;
	dns->wants_ipv6 = ud.flags & MUTEX_PROXY_DNS_IPV6;
	err = import_ranges(dns, &ud);
	if (!err)
		err = import_default(dns, &ud);
	if (!err)
		err = dns_import_rules(dns, &ud);
	if (err)
		return err;
	if (uses(dns, MUTEX_PROXY_DNS_FAKE))
		dns->capacity = capacity(dns);
	choose_families(policy, dns->wants_ipv6);
	return 0;
}

static void export_resolver(const struct mprox_resolver *resolver, u16 *family, u16 *port,
			    u8 addr[16])
{
	const struct mprox_addr *at = mprox_resolver_at(resolver);

	*family = at->family;
	*port = ntohs(at->port);
	memcpy(addr, &at->addr, sizeof(at->addr));
}

static int dns_export_rules(const struct mprox_dns *dns, const struct mutex_proxy_dns *ud)
{
	int err = 0;
	u32 i;

	if (ud->nr_rules && (ud->rule_size < RULE_SIZE_V1 || ud->rule_size > PAGE_SIZE))
		return -EINVAL;
	for (i = 0; !err && i < min(dns->nr_rules, ud->nr_rules); i++) {
		const struct mprox_dns_rule *rule = &dns->rules[i];
		struct mutex_proxy_dns_rule ur = {
			.mode = rule->mode,
			.name_len = rule->name_len,
		};

		memcpy(ur.name, rule->name, rule->name_len);
		/* A rule that names nobody has the policy's own, see import_rule(). */
		if (rule->resolver && (rule->mode != MUTEX_PROXY_DNS_PROXY ||
				       rule->resolver != dns->resolver))
			export_resolver(rule->resolver, &ur.resolver_family,
					&ur.resolver_port, ur.resolver_addr);
		err = mprox_export_element(ud->rules, i, ud->rule_size, &ur, sizeof(ur));
	}
	return err;
}

/* Without the rules. */
static void dns_export_frame(const struct mprox_dns *dns, struct mutex_proxy_dns *ud)
{
	__be32 fake4 = htonl(dns->fake4);

	ud->mode = dns->mode;
	ud->ttl = dns->ttl;
	ud->nr_rules = dns->nr_rules;
	ud->flags = (dns->wants_ipv6 ? MUTEX_PROXY_DNS_IPV6 : 0) |
		    (dns->asks_records ? MUTEX_PROXY_DNS_ASK_RECORDS : 0);
	memcpy(ud->fake4, &fake4, sizeof(ud->fake4));
	memcpy(ud->fake6, &dns->fake6, sizeof(ud->fake6));
	ud->fake4_prefix = dns->fake4_prefix;
	ud->fake6_prefix = dns->fake6_prefix;
	if (!dns->resolver)
		return;
	export_resolver(dns->resolver, &ud->resolver_family, &ud->resolver_port,
			ud->resolver_addr);
	if (mprox_resolver_is_direct(dns->resolver))
		ud->flags |= MUTEX_PROXY_DNS_DIRECT_RESOLVER;
}

int mprox_dns_export(const struct mprox_dns *dns, void __user *to)
{
	struct mutex_proxy_dns ud;
	u32 size;
	int err;

	if (!to)
		return 0;
	if (get_user(size, (const u32 __user *)to))
		return -EFAULT;
	if (size < DNS_SIZE_V1 || size > PAGE_SIZE)
		return -EINVAL;
	err = copy_struct_from_user(&ud, sizeof(ud), to, size);
	if (err)
		return err;
	if (ud.reserved2 || memchr_inv(ud.reserved, 0, sizeof(ud.reserved)))
		return -EINVAL;
	err = dns_export_rules(dns, &ud);
	if (err)
		return err;
	dns_export_frame(dns, &ud);
	return mprox_export_element((uintptr_t)to, 0, size, &ud, sizeof(ud));
}

void mprox_dns_default(struct mprox_policy *policy)
{
	const struct mutex_proxy_dns ud = { .mode = MUTEX_PROXY_DNS_FAKE };
	struct mprox_dns *dns = &policy->dns;

	dns->mode = MUTEX_PROXY_DNS_FAKE;
	dns->ttl = TTL_DEFAULT;
	/* Cannot fail: nothing is asked for but the defaults. */
	import_ranges(dns, &ud);
	dns->capacity = capacity(dns);
	choose_families(policy, false);
}

int mprox_dns_copy(struct mprox_policy *policy, const struct mprox_dns *old)
{
	struct mprox_dns *dns = &policy->dns;
	u32 i;

	*dns = *old;
	for (i = 0; i < dns->nr_resolvers; i++)
		mprox_resolver_get(dns->resolvers[i]);
	dns->rules = NULL;
	choose_families(policy, dns->wants_ipv6);
	if (!old->nr_rules)
		return 0;
	dns->rules = kmemdup(old->rules,
			     array_size(old->nr_rules, sizeof(*old->rules)),
			     GFP_KERNEL_ACCOUNT);
	return dns->rules ? 0 : -ENOMEM;
}

void mprox_dns_release(struct mprox_dns *dns)
{
	u32 i;

	for (i = 0; i < dns->nr_resolvers; i++)
		mprox_resolver_put(dns->resolvers[i]);
	kfree(dns->rules);
}
