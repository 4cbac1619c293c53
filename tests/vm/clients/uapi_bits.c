// SPDX-License-Identifier: GPL-2.0-or-later
/* The part of uapi_args that turns over one bit at a time of a good request. */
#include "uapi.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/*
 * A field in which each bit alone comes to EINVAL, but for those of @good. The
 * first of two servers, rules and so on is the one that is spoilt.
 */
struct field {
	const char *name;
	unsigned long cmd;
	size_t at;
	size_t size;
	uint64_t good;
};

/* Milliseconds of 100 to 600000, 1000 to 3600000. */
#define MS	0xfff80u
#define LONG_MS	0x3ffc00u

#define OF(CMD, PART, FIELD, GOOD)					\
	{ #CMD ": " #FIELD, MUTEX_PROXY_IOC_##CMD,			\
	  offsetof(struct request, PART.FIELD),				\
	  sizeof(((struct request *)0)->PART.FIELD), GOOD }
/* All but the first octets. */
#define PAST(CMD, PART, FIELD, FROM)					\
	{ #CMD ": " #FIELD, MUTEX_PROXY_IOC_##CMD,			\
	  offsetof(struct request, PART.FIELD) + (FROM),		\
	  sizeof(((struct request *)0)->PART.FIELD) - (FROM), 0 }
#define POLICY(FIELD, GOOD)	OF(SET_POLICY, policy, FIELD, GOOD)
#define SERVER(FIELD, GOOD)	OF(SET_POLICY, servers[0], FIELD, GOOD)
#define RULE(FIELD, GOOD)	OF(SET_POLICY, rules[0], FIELD, GOOD)
#define DNS(FIELD, GOOD)	OF(SET_POLICY, dns, FIELD, GOOD)
#define NAME(FIELD, GOOD)	OF(SET_POLICY, names[0], FIELD, GOOD)

static const struct field fields[] = {
	OF(SET_CONFIG, config, version, 0),
	OF(SET_CONFIG, config, flags, 0),
	OF(SET_CONFIG, config, reserved, 0),
	OF(SET_CONFIG, config, proxy_port, 0xffff),
	OF(SET_SCOPE, scope, flags, 0),
	OF(SET_SCOPE, scope, scope, MUTEX_PROXY_SCOPE_PROCESS),
	OF(SET_SCOPE, scope, reserved, 0),
	OF(JOIN, join, flags, 0),
	OF(ALERTS, alerts, flags, 0),
	/* No window without a limit, and no limit without a window. */
	OF(ALERTS, alerts, window_ms, 0),
	OF(ALERTS, alerts, failed, 0),
	OF(ALERTS, alerts, bytes_per_second, 0),
	OF(ALERTS, alerts, reserved, 0),
	OF(BIND, bind, flags, 0),
	OF(BIND, bind, reserved, 0),
	PAST(BIND, bind, peer_addr, 4),
	POLICY(flags, MUTEX_PROXY_POLICY_STEPWISE | MUTEX_PROXY_POLICY_FASTOPEN |
		      MUTEX_PROXY_POLICY_BIND | MUTEX_PROXY_POLICY_UDP |
		      MUTEX_PROXY_POLICY_NO_LOCAL),
	POLICY(strategy, 7),
	POLICY(rounds, 0xf),
	POLICY(handshake_ms, MS),
	POLICY(attempt_ms, MS),
	POLICY(fail_ms, MS),
	POLICY(probe_ms, LONG_MS),
	POLICY(bind_ms, LONG_MS),
	POLICY(relay_family, 0),
	POLICY(reserved, 0),
	/* 1 to 1000000. */
	POLICY(max_connects_per_second, 0xfffff),
	POLICY(relay_addr, 0),
	/* A hop cannot be the first. */
	SERVER(flags, 0),
	/* AF_INET and 8 are AF_INET6. */
	SERVER(family, 8),
	SERVER(scope_id, 0),
	PAST(SET_POLICY, servers[0], addr, 4),
	/* One without the other, and none at all. */
	SERVER(user_len, 0),
	SERVER(pass_len, 0),
	SERVER(auth, 0),
	SERVER(reserved, 0),
	SERVER(user, 0),
	SERVER(pass, 0),
	SERVER(weight, 0x3ff),
	SERVER(headers_len, 0),
	SERVER(name_len, 0),
	SERVER(tries, 0xf),
	/* It has secrets of its own. */
	SERVER(secrets_of, 0),
	SERVER(name, 0),
	SERVER(headers, 0),
	SERVER(attempt_ms, MS),
	RULE(flags, 0),
	RULE(prefix, 0),
	RULE(proto, 0xff),
	/* Of no protocol. */
	RULE(port_first, 0),
	RULE(port_last, 0),
	RULE(reserved, 0),
	RULE(addr, 0),
	OF(SET_POLICY, exempt[0], kind, 0),
	DNS(flags, MUTEX_PROXY_DNS_IPV6),
	DNS(ttl, 0x1ffff),
	DNS(fake4, 0),
	DNS(fake6, 0),
	DNS(reserved, 0),
	DNS(resolver_family, 0),
	DNS(resolver_port, 0),
	DNS(reserved2, 0),
	DNS(resolver_addr, 0),
	NAME(reserved, 0),
	PAST(SET_POLICY, names[0], name, 1),
	NAME(resolver_family, 0),
	NAME(resolver_port, 0),
	NAME(reserved2, 0),
	NAME(resolver_addr, 0),
};

static const struct {
	unsigned long cmd;
	size_t at;
	long ok;
} places[] = {
	{ MUTEX_PROXY_IOC_SET_CONFIG, offsetof(struct request, config), 0 },
	{ MUTEX_PROXY_IOC_SET_SCOPE, offsetof(struct request, scope), 0 },
	{ MUTEX_PROXY_IOC_ALERTS, offsetof(struct request, alerts), 0 },
	{ MUTEX_PROXY_IOC_JOIN, offsetof(struct request, join), -EALREADY },
	{ MUTEX_PROXY_IOC_BIND, offsetof(struct request, bind), -ENODATA },
	{ MUTEX_PROXY_IOC_SET_POLICY, offsetof(struct request, policy), 0 },
};

typedef void check_fn(unsigned long cmd, const void *arg, long want,
		      const char *what, const char *detail, unsigned long number);

static void try_bit(const struct field *f, size_t bit, check_fn *check)
{
	bool good = bit < 64 && f->good >> bit & 1;
	struct request r;
	size_t i = 0;

	request_init(&r, "10.77.1.1", 2222);
	((uint8_t *)&r)[f->at + bit / 8] ^= 1 << bit % 8;
	while (places[i].cmd != f->cmd)
		i++;
	check(f->cmd, (char *)&r + places[i].at, good ? places[i].ok : -EINVAL,
	      f->name, "bit", bit);
}

void uapi_bits(check_fn *check)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		size_t bits = fields[i].size * 8;

		/* Of long ones a bit of each octet, another one each time. */
		for (size_t bit = 0; bit < bits; bit += bits > 512 ? 9 : 1)
			try_bit(&fields[i], bit, check);
	}
	section("every bit that must be zero, and those that need not");
}
