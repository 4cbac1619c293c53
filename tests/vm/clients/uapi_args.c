// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uapi_args: every ioctl that takes a struct with every wrong size, pointer, bit
 * and place in memory. What is refused must have the errno that the header says,
 * and must have changed nothing that is to be seen of the context.
 */
#include "uapi.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PROXY		"10.77.1.1"
/* What is set before each call, and what the call tries to set. */
#define PORT_BEFORE	1111
#define PORT_TRIED	2222
#define EDGE_PAGES	8

static int ctx;
static char *edge;
static char before[STATE_MAX];

static void restore(void)
{
	struct request r;

	request_init(&r, PROXY, PORT_BEFORE);
	r.scope.scope = MUTEX_PROXY_SCOPE_TREE;
	if (ctx_give(ctx, MUTEX_PROXY_IOC_SET_POLICY, &r.policy) ||
	    ctx_give(ctx, MUTEX_PROXY_IOC_SET_SCOPE, &r.scope))
		die("a policy that was good before");
	ctx_state(ctx, before);
}

/* One call. What was taken is undone; what was refused has left no trace. */
static void try(unsigned long cmd, const void *arg, long want,
		const char *what, const char *detail, unsigned long number)
{
	char after[STATE_MAX];
	long got = ctx_give(ctx, cmd, arg);

	expect(got, want, "%s: %s %#lx", what, detail, number);
	if (got >= 0) {
		restore();
		return;
	}
	ctx_state(ctx, after);
	expect(!memcmp(before, after, STATE_MAX) ? 0 : -EUCLEAN, 0,
	       "%s: %s %#lx: it has changed something", what, detail, number);
}

/* Structs that begin with their size. @ok: what a good one comes to. */
static const struct sized {
	const char *name;
	unsigned long cmd;
	size_t at;
	size_t size;
	size_t min;
	long ok;
} sized[] = {
	{ "SET_POLICY", MUTEX_PROXY_IOC_SET_POLICY,
	  offsetof(struct request, policy), sizeof(struct mutex_proxy_policy),
	  56, 0 },
	{ "SET_SCOPE", MUTEX_PROXY_IOC_SET_SCOPE,
	  offsetof(struct request, scope), sizeof(struct mutex_proxy_scope),
	  16, 0 },
	/* The creator is a member. */
	{ "JOIN", MUTEX_PROXY_IOC_JOIN,
	  offsetof(struct request, join), sizeof(struct mutex_proxy_join),
	  8, -EALREADY },
	/* The context is disabled. */
	{ "BIND", MUTEX_PROXY_IOC_BIND,
	  offsetof(struct request, bind), sizeof(struct mutex_proxy_bind),
	  56, -ENODATA },
};

static const uint32_t huge[] = {
	4095, 4096, 4097, 8192, 0xffff, 0x10000, 0x7fffffff, 0x80000000,
	0xfffffffc, 0xffffffff,
};

static long want_of_size(const struct sized *s, uint32_t size)
{
	if (size > KERNEL_PAGE)
		return -E2BIG;
	return size < s->min ? -EINVAL : s->ok;
}

/* @size octets of a good struct, the rest zero, ending @short_by past the edge. */
static char *place(const struct sized *s, const struct request *r,
		   uint32_t size, size_t short_by)
{
	/* No more than the size is read of what is too large. */
	size_t len = size > KERNEL_PAGE || size < 4 ? 4 : size;
	char *at = edge - len + short_by;
	size_t part = len < s->size ? len : s->size;

	memset(at, 0, len - short_by);
	memcpy(at, (const char *)r + s->at,
	       part < len - short_by ? part : len - short_by);
	memcpy(at, &size, 4);
	return at;
}

static void try_size(const struct sized *s, uint32_t size)
{
	long want = want_of_size(s, size);
	struct request r;
	char *at;

	request_init(&r, PROXY, PORT_TRIED);
	/* What a short struct cuts in two must be zero. */
	r.policy.dns = 0;
	at = place(s, &r, size, 0);
	try(s->cmd, at, want, s->name, "size", size);
	if (want != s->ok)
		return;
	for (size_t by = 1; by <= size - 4; by += by < 4 ? 1 : 13)
		try(s->cmd, place(s, &r, size, by), -EFAULT, s->name,
		    "cut off at the end of the memory, size", size);
	if (size <= s->size)
		return;
	at = place(s, &r, size, 0);
	at[s->size] = 1;
	try(s->cmd, at, -E2BIG, s->name, "an unknown first octet, size", size);
	at[s->size] = 0;
	at[size - 1] = 0x80;
	try(s->cmd, at, -E2BIG, s->name, "an unknown last octet, size", size);
}

static void test_sizes(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(sized); i++) {
		for (uint32_t size = 0; size <= sized[i].size + 64; size++)
			try_size(&sized[i], size);
		for (size_t j = 0; j < ARRAY_SIZE(huge); j++)
			try_size(&sized[i], huge[j]);
	}
	section("sizes that structs say of themselves");
}

/* The arrays of a policy, and struct mutex_proxy_dns, which are reached from it. */
enum part { SERVERS, RULES, NAMES, EXEMPT, DNS };

static const struct array {
	const char *name;
	enum part part;
	size_t at;
	size_t size;
	size_t min;
	unsigned int count;
	long too_large;
} arrays[] = {
	{ "servers", SERVERS, offsetof(struct request, servers),
	  sizeof(struct mutex_proxy_server), 552, 2, -EINVAL },
	{ "rules", RULES, offsetof(struct request, rules),
	  sizeof(struct mutex_proxy_rule), 40, 2, -EINVAL },
	{ "dns.rules", NAMES, offsetof(struct request, names),
	  sizeof(struct mutex_proxy_dns_rule), 264, 2, -EINVAL },
	{ "dns", DNS, offsetof(struct request, dns),
	  sizeof(struct mutex_proxy_dns), 56, 1, -E2BIG },
	{ "exempt", EXEMPT, offsetof(struct request, exempt),
	  sizeof(struct mutex_proxy_exempt), 0, 2, 0 },
};

static void point(struct request *r, enum part part, const void *at,
		  uint32_t size)
{
	uintptr_t to = (uintptr_t)at;

	switch (part) {
	case SERVERS:
		r->policy.servers = to;
		r->policy.server_size = size;
		break;
	case RULES:
		r->policy.rules = to;
		r->policy.rule_size = size;
		break;
	case NAMES:
		r->dns.rules = to;
		r->dns.rule_size = size;
		break;
	case EXEMPT:
		r->policy.exempt = to;
		break;
	case DNS:
		r->policy.dns = to;
		break;
	}
}

/* The elements, each of @size octets, ending @short_by past the edge. */
static char *place_array(const struct array *a, const struct request *r,
			 uint32_t size, size_t short_by)
{
	size_t len = size > KERNEL_PAGE ? 4 : (size_t)size * a->count;
	size_t part = size < a->size ? size : a->size;
	char *at;

	if (a->part == DNS && len < 4)
		len = 4;
	at = edge - len + short_by;
	memset(at, 0, len - short_by);
	for (size_t i = 0; i < a->count && size <= KERNEL_PAGE; i++) {
		size_t room = len - short_by - i * size;

		memcpy(at + i * size, (const char *)r + a->at + i * a->size,
		       part < room ? part : room);
	}
	if (a->part == DNS)
		memcpy(at, &size, 4);
	return at;
}

static void try_array(const struct array *a, uint32_t size)
{
	const bool too_large = size > KERNEL_PAGE;
	long want = too_large ? a->too_large : size < a->min ? -EINVAL : 0;
	struct request r;
	char *at;

	request_init(&r, PROXY, PORT_TRIED);
	at = place_array(a, &r, size, 0);
	point(&r, a->part, at, size);
	try(MUTEX_PROXY_IOC_SET_POLICY, &r.policy, want, a->name, "size", size);
	if (want)
		return;
	for (size_t by = 1; by + 4 < size; by = by * 3 + 1) {
		point(&r, a->part, place_array(a, &r, size, by), size);
		try(MUTEX_PROXY_IOC_SET_POLICY, &r.policy, -EFAULT, a->name,
		    "cut off at the end of the memory, size", size);
	}
	if (size <= a->size)
		return;
	at = place_array(a, &r, size, 0);
	point(&r, a->part, at, size);
	at[size * (a->count - 1) + a->size] = 1;
	try(MUTEX_PROXY_IOC_SET_POLICY, &r.policy, -E2BIG, a->name,
	    "an unknown octet of the last one, size", size);
}

static bool is_near(uint32_t size, uint32_t border)
{
	return size + 5 > border && size < border + 5;
}

static void test_arrays(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(arrays); i++) {
		const struct array *a = &arrays[i];

		for (uint32_t size = 0; a->min && size <= a->size + 64; size++)
			if (a->size < 300 || !(size % 61) || size < 8 ||
			    is_near(size, a->min) || is_near(size, 1840) ||
			    is_near(size, a->size))
				try_array(a, size);
		for (size_t j = 0; a->min && j < ARRAY_SIZE(huge); j++)
			try_array(a, huge[j]);
	}
	section("sizes of what a policy points at");
}

/* Nobody's memory, or the kernel's. 0 goes first: there it may mean "none". */
static uint64_t bad_pointers[] = {
	0, 1, 0xfff, 0 /* the edge */, 0 /* beyond it */,
	0x7ffffffff000, 0x800000000000, 0x8000000000000000,
	0xffff888000000000, 0xffffffff81000000, -KERNEL_PAGE, -64, -8, -4, -1,
};

static void test_pointers(void)
{
	static const struct {
		const char *name;
		unsigned long cmd;
	} takers[] = {
		{ "SET_CONFIG", MUTEX_PROXY_IOC_SET_CONFIG },
		{ "GET_CONFIG", MUTEX_PROXY_IOC_GET_CONFIG },
		{ "GET_STATS", MUTEX_PROXY_IOC_GET_STATS },
		{ "SET_POLICY", MUTEX_PROXY_IOC_SET_POLICY },
		{ "SET_SCOPE", MUTEX_PROXY_IOC_SET_SCOPE },
		{ "JOIN", MUTEX_PROXY_IOC_JOIN },
		{ "BIND", MUTEX_PROXY_IOC_BIND },
	};
	struct request r;

	bad_pointers[3] = (uintptr_t)edge;
	bad_pointers[4] = (uintptr_t)edge + 8;
	for (size_t i = 0; i < ARRAY_SIZE(bad_pointers); i++) {
		uint64_t bad = bad_pointers[i];

		for (size_t j = 0; j < ARRAY_SIZE(takers); j++)
			try(takers[j].cmd, (void *)bad, -EFAULT, takers[j].name,
			    "at", bad);
		for (size_t j = 0; j < ARRAY_SIZE(arrays); j++) {
			request_init(&r, PROXY, PORT_TRIED);
			point(&r, arrays[j].part, (void *)bad, arrays[j].size);
			try(MUTEX_PROXY_IOC_SET_POLICY, &r.policy,
			    arrays[j].part == DNS && !bad ? 0 : -EFAULT,
			    arrays[j].name, "at", bad);
		}
		expect(write(ctx, (void *)bad, 64) < 0 ? -errno : 0, -EFAULT,
		       "write from %#lx", (unsigned long)bad);
		expect(read(ctx, (void *)bad, 48) < 0 ? -errno : 0, -EFAULT,
		       "read to %#lx", (unsigned long)bad);
	}
	section("bad pointers");
}

/* Memory that can be read, but not written; and odd addresses. */
static void test_places(void)
{
	static char room[sizeof(struct request) + 64];
	char *page = edge_new(1) - KERNEL_PAGE;
	struct request r, *odd;

	request_init(&r, PROXY, PORT_TRIED);
	memcpy(page, &r.policy, sizeof(r.policy));
	memcpy(page + 1024, &r.config, sizeof(r.config));
	memcpy(page + 2048, &r.bind, sizeof(r.bind));
	mprotect(page, KERNEL_PAGE, PROT_READ);
	try(MUTEX_PROXY_IOC_SET_POLICY, page, 0, "SET_POLICY", "read-only", 0);
	try(MUTEX_PROXY_IOC_SET_CONFIG, page + 1024, 0, "SET_CONFIG",
	    "read-only", 0);
	try(MUTEX_PROXY_IOC_GET_CONFIG, page, -EFAULT, "GET_CONFIG",
	    "read-only", 0);
	try(MUTEX_PROXY_IOC_GET_STATS, page, -EFAULT, "GET_STATS",
	    "read-only", 0);
	/* Before a port is opened that nobody would hear of. */
	try(MUTEX_PROXY_IOC_BIND, page + 2048, -EFAULT, "BIND", "read-only", 0);
	for (size_t by = 0; by < 64; by++) {
		odd = (struct request *)(room + by);
		memcpy(odd, &r, sizeof(r));
		/* All that is inside moves with it. */
		request_init(&r, PROXY, PORT_TRIED);
		r.policy.servers = (uintptr_t)odd + offsetof(struct request, servers);
		r.policy.rules = (uintptr_t)odd + offsetof(struct request, rules);
		r.policy.exempt = (uintptr_t)odd + offsetof(struct request, exempt);
		r.policy.dns = (uintptr_t)odd + offsetof(struct request, dns);
		r.dns.rules = (uintptr_t)odd + offsetof(struct request, names);
		memcpy(odd, &r, sizeof(r));
		for (size_t i = 0; i < ARRAY_SIZE(sized); i++)
			try(sized[i].cmd, (char *)odd + sized[i].at, sized[i].ok,
			    sized[i].name, "moved by", by);
		try(MUTEX_PROXY_IOC_SET_CONFIG,
		    (char *)odd + offsetof(struct request, config), 0,
		    "SET_CONFIG", "moved by", by);
		expect(write(ctx, (char *)odd + offsetof(struct request, config),
			     64) < 0 ? -errno : 0, 0, "write, moved by %zu", by);
		restore();
	}
	section("read-only memory and odd addresses");
}

int main(void)
{
	edge = edge_new(EDGE_PAGES);
	ctx = ctx_new(MUTEX_PROXY_CLOEXEC);
	restore();
	test_sizes();
	test_arrays();
	test_pointers();
	test_places();
	uapi_bits(try);
	close(ctx);
	return verdict();
}
