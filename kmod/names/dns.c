// SPDX-License-Identifier: GPL-2.0
/*
 * The answer to a query: an address that stands for the name, or the truth that
 * there is none to be had here.
 */
#include "names/dns.h"

#include "names/dns_log.h"
#include "names/names.h"
#include "proto/dns.h"

/* RFC 6761, 6.3: never asked of anybody, never anything else. */
static const u8 localhost[] = "localhost";
static const u8 below_localhost[] = "*.localhost";
/* Answered NXDOMAIN, it keeps Firefox from resolving names by itself. */
static const u8 canary[] = "use-application-dns.net";

static bool name_is(const struct mprox_dns_query *q, const u8 *pattern)
{
	return mprox_dns_matches(q->name, q->name_len, pattern,
				 strlen((const char *)pattern));
}

static bool is_address(const struct mprox_dns_query *q)
{
	return q->type == MPROX_DNS_A || q->type == MPROX_DNS_AAAA ||
	       q->type == MPROX_DNS_ANY;
}

/* The first that holds for this name; NULL: none. */
static const struct mprox_dns_rule *find_rule(const struct mprox_dns *dns,
					      const struct mprox_dns_query *q)
{
	u32 i;

	for (i = 0; i < dns->nr_rules; i++)
		if (mprox_dns_matches(q->name, q->name_len, dns->rules[i].name,
				      dns->rules[i].name_len))
			return &dns->rules[i];
	return NULL;
}

/* MUTEX_PROXY_DNS_*: what is to become of this name; and whom to ask. */
static u32 mode_of(const struct mprox_dns *dns, const struct mprox_dns_query *q,
		   struct mprox_resolver **resolver)
{
	const struct mprox_dns_rule *rule = find_rule(dns, q);
	u32 mode = rule ? rule->mode : dns->mode;

	/* No rule for FAKE has a resolver of its own. */
	if (mode == MUTEX_PROXY_DNS_FAKE)
		*resolver = dns->asks_records && !is_address(q) ?
			    dns->resolver : NULL;
	else if (rule)
		*resolver = rule->resolver;
	else
		*resolver = mode == MUTEX_PROXY_DNS_PROXY ? dns->resolver : NULL;
	return mode;
}

static void answer_localhost(const struct mprox_dns_query *q,
			     struct mprox_dns_record *record)
{
	static const u8 loopback4[4] = { 127, 0, 0, 1 };

	if (q->type == MPROX_DNS_A)
		memcpy(record->addr, loopback4, sizeof(loopback4));
	else if (q->type == MPROX_DNS_AAAA)
		record->addr[15] = 1;
	else
		return;
	record->type = q->type;
}

/* The family of the address that @type asks for; 0: none that we have. */
static u16 family_of(const struct mprox_dns *dns, u16 type)
{
	if ((type == MPROX_DNS_A || type == MPROX_DNS_ANY) && dns->ipv4)
		return AF_INET;
	if ((type == MPROX_DNS_AAAA || type == MPROX_DNS_ANY) && dns->ipv6)
		return AF_INET6;
	return 0;
}

static u8 answer_address(struct mprox_ctx *ctx, const struct mprox_dns *dns,
			 const struct mprox_dns_query *q,
			 struct mprox_dns_record *record)
{
	u16 family = family_of(dns, q->type);
	struct in6_addr addr;
	int index;

	if (!family)
		return MPROX_DNS_NOERROR;
	index = mprox_names_put(ctx->names, q->name, q->name_len,
				dns->capacity);
	if (index < 0)
		return MPROX_DNS_SERVFAIL;
	mprox_name_address(dns, family, index, &addr);
	record->type = family == AF_INET ? MPROX_DNS_A : MPROX_DNS_AAAA;
	memcpy(record->addr, &addr, sizeof(record->addr));
	return MPROX_DNS_NOERROR;
}

/* @text has room for MPROX_DNS_NAME_MAX octets. */
static u8 answer_reverse(struct mprox_ctx *ctx, const struct mprox_dns *dns,
			 const struct mprox_dns_query *q, u8 *text,
			 struct mprox_dns_record *record)
{
	struct mprox_addr addr = {};
	int version;

	version = mprox_dns_reverse(q->name, q->name_len, addr.addr.s6_addr);
	if (!version)
		return MPROX_DNS_NXDOMAIN;
	addr.family = version == 4 ? AF_INET : AF_INET6;
	record->name_len = mprox_names_text(ctx->names, dns, &addr, text);
	if (!record->name_len)
		return MPROX_DNS_NXDOMAIN;
	record->name = text;
	record->type = MPROX_DNS_PTR;
	return MPROX_DNS_NOERROR;
}

static bool is_local(const struct mprox_dns_query *q)
{
	return name_is(q, localhost) || name_is(q, below_localhost);
}

static u8 answer_fake(struct mprox_ctx *ctx, const struct mprox_dns *dns,
		      const struct mprox_dns_query *q, u8 *text,
		      struct mprox_dns_record *record)
{
	static const u8 below_arpa[] = "*.arpa";

	if (q->type == MPROX_DNS_PTR)
		return answer_reverse(ctx, dns, q, text, record);
	if (is_local(q)) {
		answer_localhost(q, record);
		return MPROX_DNS_NOERROR;
	}
	/* The root exists, and has no address. */
	if (!q->name_len)
		return MPROX_DNS_NOERROR;
	if (!q->is_host || name_is(q, canary) || name_is(q, below_arpa))
		return MPROX_DNS_NXDOMAIN;
	return answer_address(ctx, dns, q, record);
}

static void count(struct mprox_ctx *ctx, enum mprox_dns_count what)
{
	mprox_tally_one(&ctx->tally, MPROX_COUNT_DNS + what);
}

/* The end of a query; @q may be NULL. */
static void note(struct mprox_ctx *ctx, enum mprox_dns_count what,
		 const struct mprox_dns_query *q, u8 rcode)
{
	count(ctx, what);
	mprox_dns_log_add(ctx, what, q, rcode);
}

/* What no resolver is asked, as it could not know better. */
static bool is_ours(const struct mprox_dns *dns, const struct mprox_dns_query *q)
{
	struct mprox_addr addr = {};
	int version;

	if (is_local(q) || name_is(q, canary))
		return true;
	if (q->type != MPROX_DNS_PTR || !dns->capacity)
		return false;
	version = mprox_dns_reverse(q->name, q->name_len, addr.addr.s6_addr);
	addr.family = version == 4 ? AF_INET : AF_INET6;
	return version && mprox_name_is_fake(dns, &addr);
}

/* What is known, or that somebody has to be asked. */
static int ask(struct mprox_ctx *ctx, const struct mprox_dns_asked *asked,
	       const u8 *msg, u8 *to, size_t size, bool tcp)
{
	const struct mprox_dns_query *q = &asked->q;
	size_t len;

	len = mprox_resolver_recall(asked->resolver, to, size, q, msg,
				    tcp ? size : q->udp_size);
	if (len) {
		note(ctx, MPROX_DNS_COUNT_CACHED, q, mprox_dns_rcode(to));
		return len;
	}
	count(ctx, MPROX_DNS_COUNT_ASKED);
	return -EINPROGRESS;
}

int mprox_dns_resolve(struct mprox_ctx *ctx, const struct mprox_policy *policy,
		      struct mprox_dns_asked *asked, const u8 *msg, size_t len,
		      u8 *to, size_t size, bool tcp)
{
	const struct mprox_dns *dns = &policy->dns;
	struct mprox_dns_query *q = &asked->q;
	struct mprox_dns_record record = { .ttl = dns->ttl };
	u8 text[MPROX_DNS_NAME_MAX], rcode;
	u32 mode;

	count(ctx, MPROX_DNS_COUNT_QUERIES);
	if (len > MPROX_DNS_QUERY_MAX || !mprox_dns_parse(q, msg, len)) {
		note(ctx, MPROX_DNS_COUNT_BAD, NULL, MPROX_DNS_FORMERR);
		return 0;
	}
	rcode = q->rcode;
	if (rcode) {
		note(ctx, MPROX_DNS_COUNT_BAD, q, rcode);
		goto answer;
	}
	mode = mode_of(dns, q, &asked->resolver);
	if (asked->resolver && !is_ours(dns, q))
		return ask(ctx, asked, msg, to, size, tcp);
	switch (asked->resolver ? MUTEX_PROXY_DNS_FAKE : mode) {
	case MUTEX_PROXY_DNS_DIRECT:
		note(ctx, MPROX_DNS_COUNT_DIRECT, q, MPROX_DNS_NOERROR);
		return -EAGAIN;
	case MUTEX_PROXY_DNS_BLOCK:
		rcode = MPROX_DNS_NXDOMAIN;
		note(ctx, MPROX_DNS_COUNT_BLOCKED, q, rcode);
		break;
	default:
		rcode = answer_fake(ctx, dns, q, text, &record);
		note(ctx, record.type ? MPROX_DNS_COUNT_FAKED :
					MPROX_DNS_COUNT_EMPTY, q, rcode);
	}
answer:
	return mprox_dns_answer(to, MPROX_DNS_ANSWER_MAX, q, msg, rcode,
				&record);
}
