// SPDX-License-Identifier: GPL-2.0-or-later
/* The part of uapi_fuzz that makes up requests and calls the kernel's interface. */
#include "uapi_fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define SERVERS_MAX	12
#define RULES_MAX	20
#define NAMES_MAX	10

/* A policy with more in it than struct request has. */
struct large {
	struct mutex_proxy_policy policy;
	struct mutex_proxy_server servers[SERVERS_MAX];
	struct mutex_proxy_rule rules[RULES_MAX];
	struct mutex_proxy_exempt exempt[2];
	struct mutex_proxy_dns dns;
	struct mutex_proxy_dns_rule names[NAMES_MAX];
};

static const char *const proxies[] = { "PROXY4", "PROXY6" };

/* Real ones, ones that misbehave, and ports where nobody is. */
static const struct {
	uint32_t type;
	uint16_t port;
} servers[] = {
	{ MUTEX_PROXY_TYPE_SOCKS5, 1080 }, { MUTEX_PROXY_TYPE_SOCKS5, 1082 },
	{ MUTEX_PROXY_TYPE_SOCKS4, 1082 }, { MUTEX_PROXY_TYPE_HTTP, 1087 },
	{ MUTEX_PROXY_TYPE_SOCKS5, 1095 }, { MUTEX_PROXY_TYPE_SOCKS5, 1096 },
	{ MUTEX_PROXY_TYPE_HTTP, 1097 }, { MUTEX_PROXY_TYPE_SOCKS4, 1098 },
	{ MUTEX_PROXY_TYPE_SOCKS5, 1099 },
};

static void put_login(struct fuzz *f, struct mutex_proxy_server *s)
{
	if (s->type == MUTEX_PROXY_TYPE_HTTP)
		s->auth = one_in(f, 2) ? MUTEX_PROXY_AUTH_DIGEST : 0;
	s->user_len = 1 + below(f, 255);
	memset(s->user, 'u', s->user_len);
	if (s->type == MUTEX_PROXY_TYPE_SOCKS4)
		return;
	s->pass_len = 1 + below(f, 255);
	memset(s->pass, 'p', s->pass_len);
}

static void put_server(struct fuzz *f, struct mutex_proxy_server *s, bool first)
{
	unsigned int i = below(f, one_in(f, 3) ? ARRAY_SIZE(servers) : 3);

	s->type = servers[i].type;
	s->port = servers[i].port;
	put_address(s->addr, &s->family, getenv(proxies[below(f, 2)]));
	if (one_in(f, 4))
		put_login(f, s);
	if (!first && one_in(f, 3)) {
		s->flags = MUTEX_PROXY_SERVER_HOP;
		if (one_in(f, 2)) {
			memset(s->addr, 0, 16);
			s->family = 0;
			s->name_len = snprintf((char *)s->name, sizeof(s->name),
					       "hop%u.hidden.test", below(f, 9));
		}
		return;
	}
	s->weight = below(f, 3);
	s->tries = below(f, 3);
	s->attempt_ms = one_in(f, 2) ? 0 : 100 + below(f, 2000);
}

static void put_rule(struct fuzz *f, struct mutex_proxy_rule *rule)
{
	const bool direct = one_in(f, 4);

	rule->verdict = direct ? MUTEX_PROXY_VERDICT_DIRECT :
		MUTEX_PROXY_VERDICT_PROXY + one_in(f, 5);
	rule->family = AF_INET;
	rule->prefix = 8;
	/* Directly to ourselves alone. */
	rule->addr[0] = direct ? 127 : 1 + below(f, 200);
	if (direct || one_in(f, 2))
		return;
	rule->proto = one_in(f, 2) ? IPPROTO_TCP : IPPROTO_UDP;
	rule->port_first = 1 + below(f, 1000);
	rule->port_last = rule->port_first + below(f, 1000);
}

static void put_resolver(struct fuzz *f, uint16_t *family, uint16_t *port,
			 uint8_t addr[16], bool direct)
{
	put_address(addr, family, direct ? "127.0.0.1" :
		    getenv(one_in(f, 2) ? "TARGET4" : "TARGET6"));
	*port = 53;
}

static void put_name(struct fuzz *f, struct mutex_proxy_dns_rule *name)
{
	static const uint32_t modes[] = {
		MUTEX_PROXY_DNS_FAKE, MUTEX_PROXY_DNS_BLOCK,
		MUTEX_PROXY_DNS_PROXY, MUTEX_PROXY_DNS_DIRECT,
	};

	name->mode = modes[below(f, 4)];
	name->name_len = snprintf((char *)name->name, sizeof(name->name),
				  one_in(f, 3) ? "*.n%u.hidden.test" :
				  "n%u.hidden.test", below(f, 30));
	if (name->mode == MUTEX_PROXY_DNS_PROXY ||
	    name->mode == MUTEX_PROXY_DNS_DIRECT)
		put_resolver(f, &name->resolver_family, &name->resolver_port,
			     name->resolver_addr,
			     name->mode == MUTEX_PROXY_DNS_DIRECT);
}

static void put_dns(struct fuzz *f, struct large *l)
{
	struct mutex_proxy_dns *dns = &l->dns;

	dns->size = sizeof(*dns);
	dns->flags = below(f, 2);
	dns->mode = one_in(f, 3) ? MUTEX_PROXY_DNS_PROXY :
		one_in(f, 5) ? MUTEX_PROXY_DNS_BLOCK : MUTEX_PROXY_DNS_FAKE;
	dns->ttl = below(f, 5);
	dns->rules = (uintptr_t)l->names;
	dns->nr_rules = below(f, NAMES_MAX);
	dns->rule_size = sizeof(l->names[0]);
	for (unsigned int i = 0; i < dns->nr_rules; i++)
		put_name(f, &l->names[i]);
	if (one_in(f, 3)) {
		dns->fake4[0] = 10;
		dns->fake4[1] = 200 + below(f, 5);
		dns->fake4_prefix = 16 + below(f, 13);
	}
	if (dns->mode == MUTEX_PROXY_DNS_PROXY || one_in(f, 3)) {
		put_resolver(f, &dns->resolver_family, &dns->resolver_port,
			     dns->resolver_addr, false);
		dns->flags |= one_in(f, 2) ? MUTEX_PROXY_DNS_ASK_RECORDS : 0;
	}
}

/* A good one that leads nothing past the proxies. */
static void make(struct fuzz *f, struct large *l)
{
	struct mutex_proxy_policy *p = &l->policy;
	unsigned int i;

	memset(l, 0, sizeof(*l));
	p->size = sizeof(*p);
	p->flags = below(f, 16);
	p->servers = (uintptr_t)l->servers;
	p->rules = (uintptr_t)l->rules;
	p->exempt = (uintptr_t)l->exempt;
	p->nr_servers = 1 + below(f, SERVERS_MAX);
	p->nr_rules = below(f, RULES_MAX);
	p->nr_exempt = below(f, 3);
	p->server_size = sizeof(l->servers[0]);
	p->rule_size = sizeof(l->rules[0]);
	/* So that nobody waits for long. */
	p->handshake_ms = 100 + below(f, 6000);
	p->attempt_ms = 100 + below(f, 3000);
	p->fail_ms = 100 + below(f, 500);
	p->probe_ms = one_in(f, 4) ? 1000 : 0;
	p->bind_ms = 1000;
	p->strategy = below(f, 8);
	p->rounds = below(f, 4);
	for (i = 0; i < p->nr_servers; i++)
		put_server(f, &l->servers[i], !i);
	for (i = 0; i < p->nr_rules; i++)
		put_rule(f, &l->rules[i]);
	for (i = 0; i < p->nr_exempt; i++) {
		l->exempt[i].kind = MUTEX_PROXY_EXEMPT_UID;
		l->exempt[i].id = 4242;
	}
	if (!one_in(f, 4)) {
		put_dns(f, l);
		p->dns = (uintptr_t)&l->dns;
	}
}

/* Octets anywhere, rather in front than behind. */
static void spoil(struct fuzz *f, void *data, size_t size)
{
	static const uint8_t values[] = { 0, 1, 2, 0x7f, 0x80, 0xff };
	unsigned int count = 1 + below(f, 4);

	while (count--) {
		size_t at = below(f, one_in(f, 2) && size > 64 ? 64 : size);

		((uint8_t *)data)[at] = one_in(f, 2) ? rnd(f) :
			values[below(f, sizeof(values))];
	}
}

static void spoil_large(struct fuzz *f, struct large *l)
{
	switch (below(f, 5)) {
	case 0:
		spoil(f, &l->policy, sizeof(l->policy));
		break;
	case 1:
		spoil(f, &l->servers[below(f, l->policy.nr_servers)],
		      sizeof(l->servers[0]));
		break;
	case 2:
		spoil(f, l->rules, sizeof(l->rules));
		break;
	case 3:
		spoil(f, &l->dns, sizeof(l->dns));
		break;
	default:
		spoil(f, l->names, sizeof(l->names));
	}
}

/* What the header knows of each call. */
static const struct known {
	unsigned long cmd;
	int errnos[14];
} known[] = {
	{ MUTEX_PROXY_IOC_ENABLE, { EINVAL, ENODATA, ENOMEM } },
	{ MUTEX_PROXY_IOC_DISABLE, { EINVAL } },
	{ MUTEX_PROXY_IOC_SET_CONFIG, { EINVAL, EOPNOTSUPP, EFAULT, ENOMEM } },
	{ MUTEX_PROXY_IOC_GET_CONFIG, { ENODATA, EFAULT } },
	{ MUTEX_PROXY_IOC_GET_STATS, { EFAULT } },
	{ MUTEX_PROXY_IOC_SET_POLICY,
	  { E2BIG, EINVAL, EOPNOTSUPP, ESRCH, EFAULT, ENOMEM } },
	{ MUTEX_PROXY_IOC_SET_SCOPE, { E2BIG, EINVAL, EBUSY, EFAULT } },
	{ MUTEX_PROXY_IOC_JOIN,
	  { E2BIG, EINVAL, EALREADY, EBUSY, EXDEV, ENOSPC, EFAULT, ENOMEM } },
	{ MUTEX_PROXY_IOC_ROUTE, { EINVAL, EEXIST, ENOMEM } },
	{ MUTEX_PROXY_IOC_DNS_LOG, { EINVAL, EBUSY, ENOMEM, EMFILE, ENFILE } },
	{ MUTEX_PROXY_IOC_EVENTS,
	  { E2BIG, EINVAL, EMLINK, EFAULT, ENOMEM, EMFILE, ENFILE } },
	{ MUTEX_PROXY_IOC_GET_POLICY, { E2BIG, EINVAL, ENODATA, EFAULT, ENOMEM } },
	{ MUTEX_PROXY_IOC_STATISTICS, { E2BIG, EINVAL, EFAULT, ENOMEM } },
	{ MUTEX_PROXY_IOC_READ_FORMAT, { EINVAL } },
	{ MUTEX_PROXY_IOC_ALERTS, { E2BIG, EINVAL, EFAULT, ENOMEM } },
	{ MUTEX_PROXY_IOC_FLOWS, { E2BIG, EINVAL, EFAULT, ENOMEM } },
	{ MUTEX_PROXY_IOC_LOCK, { EINVAL, EOPNOTSUPP } },
	{ MUTEX_PROXY_IOC_SET_NAME, { E2BIG, EINVAL, EFAULT } },
	{ MUTEX_PROXY_IOC_INFO, { EFAULT } },
	{ MUTEX_PROXY_IOC_LIST, { EINVAL, EFAULT, ENOMEM } },
	{ MUTEX_PROXY_IOC_OPEN_ID,
	  { EINVAL, ENOENT, ESTALE, ENOMEM, EMFILE, ENFILE } },
	{ MUTEX_PROXY_IOC_END, { EINVAL, ENOENT } },
};

/* A thread may have closed it, and the number may be another file's. */
static void check(const struct known *k, long got)
{
	if (got >= 0 || got == -EBADF || got == -ENOTTY)
		return;
	/* In the wild some are locked. */
	if (shared->wild && got == -EPERM)
		return;
	for (size_t i = 0; k->errnos[i]; i++)
		if (got == -k->errnos[i])
			return;
	fuzz_bad("ioctl %lu: %s", k->cmd & 0xff, said(got));
}

static long call(int fd, unsigned long cmd, unsigned long arg)
{
	long got = ctx_call(fd, cmd, arg);

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i].cmd == cmd)
			check(&known[i], got);
	return got;
}

void tame_policy(struct fuzz *f, int fd)
{
	struct large l;

	do {
		make(f, &l);
		/* The first is one that works, and has the time for it. */
		memset(&l.servers[0], 0, sizeof(l.servers[0]));
		l.servers[0].type = MUTEX_PROXY_TYPE_SOCKS5;
		l.servers[0].port = 1082;
		put_address(l.servers[0].addr, &l.servers[0].family,
			    getenv("PROXY4"));
		l.policy.handshake_ms = 10000;
		l.policy.attempt_ms = 2000;
	} while (call(fd, MUTEX_PROXY_IOC_SET_POLICY, (uintptr_t)&l.policy));
}

static void configure(struct fuzz *f, int fd)
{
	struct request r;
	struct large l;

	if (one_in(f, 4)) {
		request_init(&r, getenv(proxies[below(f, 2)]),
			     servers[below(f, 3)].port);
		/* To write to what was a context would be to write to anything. */
		if (f->in_thread || one_in(f, 2))
			call(fd, MUTEX_PROXY_IOC_SET_CONFIG, (uintptr_t)&r.config);
		else if (write(fd, &r.config, sizeof(r.config)) < 0 &&
			 errno != EBADF && errno != EINVAL && errno != ENOMEM &&
			 !(shared->wild && errno == EPERM))
			fuzz_bad("write: %s", said(-errno));
		return;
	}
	make(f, &l);
	if (shared->wild && one_in(f, 2))
		spoil_large(f, &l);
	call(fd, MUTEX_PROXY_IOC_SET_POLICY, (uintptr_t)&l.policy);
}

void call_create(struct fuzz *f)
{
	unsigned int flags = below(f, 4) | (one_in(f, 12) ? MUTEX_PROXY_GLOBAL : 0);
	int dev = open(DEVICE, O_RDWR | O_CLOEXEC), fd;

	if (dev < 0)
		return;
	fd = ioctl(dev, MUTEX_PROXY_IOC_CREATE, (unsigned long)flags);
	if (fd < 0 && errno != EMFILE && errno != ENOMEM && errno != ENOSPC)
		fuzz_bad("CREATE %u: %s", flags, said(-errno));
	close(dev);
	if (fd < 0)
		return;
	hold(f, HELD_CONTEXT, fd);
	if (!one_in(f, 3))
		configure(f, fd);
	if (!one_in(f, 3))
		call(fd, MUTEX_PROXY_IOC_ENABLE, 0);
}

static void look(struct fuzz *f, int fd)
{
	struct mutex_proxy_config config;
	struct mutex_proxy_stats stats;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char path[64], text[STATE_MAX];
	int info;

	switch (below(f, 4)) {
	case 0:
		call(fd, MUTEX_PROXY_IOC_GET_CONFIG, (uintptr_t)&config);
		break;
	case 1:
		call(fd, MUTEX_PROXY_IOC_GET_STATS, (uintptr_t)&stats);
		break;
	case 2:
		poll(&p, 1, 0);
		break;
	default:
		if (one_in(f, 4))
			snprintf(path, sizeof(path), "/proc/mutex/stats");
		else
			snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
		info = open(path, O_RDONLY | O_CLOEXEC);
		if (info < 0)
			break;
		while (read(info, text, sizeof(text)) > 0)
			;
		close(info);
	}
}

static void open_log(struct fuzz *f, int fd)
{
	long got = call(fd, MUTEX_PROXY_IOC_DNS_LOG,
			one_in(f, 4) ? 0 : 1 + below(f, 64));

	if (got <= 0)
		return;
	if (one_in(f, 2))
		fcntl(got, F_SETFL, O_NONBLOCK);
	hold(f, HELD_LOG, got);
}

static void open_events(struct fuzz *f, int fd)
{
	struct mutex_proxy_events wanted = {
		.size = sizeof(wanted),
		.flags = MUTEX_PROXY_NONBLOCK,
		.kinds = one_in(f, 2) ? 0 : rnd(f),
		.room = one_in(f, 4) ? rnd(f) : 4096u << below(f, 4),
	};
	long got = call(fd, MUTEX_PROXY_IOC_EVENTS, (uintptr_t)&wanted);

	if (got >= 0)
		hold(f, HELD_EVENTS, got);
}

static void list_flows(struct fuzz *f, int fd)
{
	uint8_t records[4096];
	struct mutex_proxy_flows flows = {
		.size = sizeof(flows),
		.records = (uintptr_t)records,
		.room = below(f, sizeof(records) + 1),
		.used = one_in(f, 8),
	};

	call(fd, MUTEX_PROXY_IOC_FLOWS, (uintptr_t)&flows);
}

/* The policy as the kernel gives it back, changed or not, with the secrets that it has. */
static void set_again(struct fuzz *f, int fd)
{
	struct mutex_proxy_dns_rule names[2] = {};
	struct mutex_proxy_server servers[2] = {};
	struct mutex_proxy_rule rules[2] = {};
	struct mutex_proxy_exempt exempt[2] = {};
	struct mutex_proxy_dns dns = {
		.size = sizeof(dns),
		.rules = (uintptr_t)names,
		.nr_rules = below(f, 3),
		.rule_size = sizeof(names[0]),
	};
	struct mutex_proxy_policy policy = {
		.size = sizeof(policy),
		.servers = (uintptr_t)servers,
		.rules = (uintptr_t)rules,
		.exempt = (uintptr_t)exempt,
		.dns = one_in(f, 4) ? 0 : (uintptr_t)&dns,
		.nr_servers = below(f, 3),
		.nr_rules = below(f, 3),
		.nr_exempt = below(f, 3),
		.server_size = sizeof(servers[0]),
		.rule_size = sizeof(rules[0]),
	};

	if (call(fd, MUTEX_PROXY_IOC_GET_POLICY, (uintptr_t)&policy))
		return;
	if (policy.nr_servers > 2 || policy.nr_rules > 2 || policy.nr_exempt > 2 ||
	    dns.nr_rules > 2)
		return;
	if (one_in(f, 2))
		spoil(f, servers, sizeof(servers));
	call(fd, MUTEX_PROXY_IOC_SET_POLICY, (uintptr_t)&policy);
}

static void statistics(struct fuzz *f, int fd)
{
	struct mutex_proxy_server_statistics servers[4];
	struct mutex_proxy_statistics sums = {
		.size = sizeof(sums),
		.servers = (uintptr_t)servers,
		.nr_servers = below(f, 5),
		.server_size = sizeof(servers[0]),
	};
	struct mutex_proxy_alerts alerts = {
		.size = sizeof(alerts),
		.window_ms = one_in(f, 3) ? 0 : 1000,
		.failed = below(f, 3),
		.failed_percent = below(f, 3) * 50,
		.bytes_per_second = below(f, 2),
		.servers_down = below(f, 2),
	};

	switch (below(f, 3)) {
	case 0:
		call(fd, MUTEX_PROXY_IOC_STATISTICS, (uintptr_t)&sums);
		break;
	case 1:
		call(fd, MUTEX_PROXY_IOC_READ_FORMAT, below(f, 3));
		break;
	default:
		call(fd, MUTEX_PROXY_IOC_ALERTS, (uintptr_t)&alerts);
	}
}

/*
 * By number, and locks. A global scope that is locked would stay, and so the module;
 * and only in the wild may somebody take hold of the outer context.
 */
static void by_number(struct fuzz *f, int fd)
{
	struct mutex_proxy_name name = { .size = sizeof(name), .name = "fuzz" };
	struct mutex_proxy_context info = {}, infos[8];
	struct mutex_proxy_list list = {
		.flags = below(f, 2),
		.room = below(f, 9),
		.contexts = (uintptr_t)infos,
		.context_size = sizeof(infos[0]),
	};
	int dev = open(DEVICE, O_RDWR | O_CLOEXEC);
	long got;

	call(fd, MUTEX_PROXY_IOC_SET_NAME, (uintptr_t)&name);
	call(fd, MUTEX_PROXY_IOC_INFO, (uintptr_t)&info);
	call(dev, MUTEX_PROXY_IOC_LIST, (uintptr_t)&list);
	if (shared->wild && info.scope != MUTEX_PROXY_SCOPE_GLOBAL && one_in(f, 3))
		call(fd, MUTEX_PROXY_IOC_LOCK, 0);
	if (shared->wild && list.nr && list.room) {
		info = infos[below(f, list.nr < list.room ? list.nr : list.room)];
		got = call(dev, one_in(f, 3) ? MUTEX_PROXY_IOC_END :
					       MUTEX_PROXY_IOC_OPEN_ID, info.id);
		if (got > 0)
			hold(f, HELD_CONTEXT, got);
	}
	close(dev);
}

void call_context(struct fuzz *f)
{
	struct held *held = pick(f, HELD_CONTEXT);
	struct request r;

	if (!held)
		return;
	request_init(&r, getenv("PROXY4"), 1080);
	switch (below(f, 17)) {
	case 0 ... 2:
		configure(f, held->fd);
		break;
	case 3 ... 4:
		call(held->fd, MUTEX_PROXY_IOC_ENABLE, 0);
		break;
	case 5:
		call(held->fd, MUTEX_PROXY_IOC_DISABLE, 0);
		break;
	case 6:
		r.scope.scope = below(f, 3);
		call(held->fd, MUTEX_PROXY_IOC_SET_SCOPE, (uintptr_t)&r.scope);
		break;
	case 7:
		call(held->fd, MUTEX_PROXY_IOC_JOIN, (uintptr_t)&r.join);
		break;
	case 8:
		net_bind(f, held->fd);
		break;
	case 9:
		call(held->fd, MUTEX_PROXY_IOC_ROUTE, 0);
		break;
	case 10:
		open_log(f, held->fd);
		break;
	case 11:
		by_number(f, held->fd);
		break;
	case 12:
		open_events(f, held->fd);
		break;
	case 13:
		list_flows(f, held->fd);
		break;
	case 14:
		set_again(f, held->fd);
		break;
	case 15:
		statistics(f, held->fd);
		break;
	default:
		look(f, held->fd);
	}
}

void call_log(struct fuzz *f)
{
	struct held *held = pick(f, HELD_LOG);
	char text[512];

	if (!held)
		return;
	if (read(held->fd, text, 1 + below(f, sizeof(text))) < 0 &&
	    errno != EAGAIN && errno != EINTR && errno != EBADF)
		fuzz_bad("read of a log: %s", said(-errno));
}

void call_events(struct fuzz *f)
{
	struct held *held = pick(f, HELD_EVENTS);
	uint8_t records[8192];
	ssize_t got, at;

	if (!held)
		return;
	got = read(held->fd, records, below(f, sizeof(records) + 1));
	if (got < 0 && errno != EAGAIN && errno != EINTR && errno != EBADF &&
	    errno != EINVAL)
		fuzz_bad("read of events: %s", said(-errno));
	for (at = 0; at < got; at += ((struct mutex_proxy_event *)(records + at))->size)
		if (((struct mutex_proxy_event *)(records + at))->size <
		    sizeof(struct mutex_proxy_event)) {
			fuzz_bad("an event of %u octets",
				 ((struct mutex_proxy_event *)(records + at))->size);
			return;
		}
}

/* Of a context that nobody is in for long, as it might take it. */
void call_nonsense(struct fuzz *f)
{
	uint64_t words[16];
	unsigned int nr;
	struct large l;
	int fd, i;
	long got;

	fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	i = ioctl(fd, MUTEX_PROXY_IOC_CREATE, (unsigned long)MUTEX_PROXY_CLOEXEC);
	close(fd);
	fd = i;
	if (fd < 0)
		return;
	for (i = 0; i < 16; i++) {
		make(f, &l);
		spoil_large(f, &l);
		call(fd, MUTEX_PROXY_IOC_SET_POLICY, (uintptr_t)&l.policy);
		for (size_t w = 0; w < ARRAY_SIZE(words); w++)
			words[w] = one_in(f, 2) ? below(f, 128) : rnd(f);
		/* But for what would enable it. */
		nr = 2 + below(f, 16);
		got = ctx_call(fd, _IOC(below(f, 4), 0xB7, nr,
					one_in(f, 2) ? below(f, 128) : 0),
			       one_in(f, 4) ? words[0] : (uintptr_t)words);
		if (got > 0)
			close(got);
	}
	close(fd);
}
