// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * failnth calls: the n-th allocation of a call fails, n = 1, 2, 3, ..., until the
 * call has no more of them (/proc/thread-self/fail-nth counts this task's, in
 * process context), for every call of the interface and for what programs of the
 * scope do. What fails has one of the errnos that are known for it and has changed
 * nothing; the same call succeeds right after it.
 *
 * failnth atomic|workers COUNT: rounds of connections, queries and datagrams, and
 * in each an allocation fails wherever failslab is told by its files in debugfs.
 *
 * failnth module FILE LAST: loads the module, and the LAST allocations of that fail
 * one after the other.
 */
#include "failnth.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NTH_MAX		5000
#define FAILSLAB	"/sys/kernel/debug/failslab/"
#define PATIENCE	30	/* seconds, for what ends by itself */

int ctx = -1;
static int dev, nth_fd = -1;
static char before_call[STATE_MAX];

static void open_nth(void)
{
	nth_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (nth_fd < 0)
		die("fail-nth");
}

static void arm(unsigned int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	if (pwrite(nth_fd, text, len, 0) != len)
		die("fail-nth");
}

/* How many were left to go; 0: the n-th has failed. */
static unsigned int disarm(void)
{
	char text[16] = "";

	if (pread(nth_fd, text, sizeof(text) - 1, 0) < 0)
		die("fail-nth");
	arm(0);
	return atoi(text);
}

/* What the calls of a sweep came to, by errno. */
struct tally {
	unsigned int count[256];
};

static void print_tally(const char *name, unsigned int points,
			const struct tally *tally)
{
	printf("%s: %u allocations:", name, points);
	for (int i = 0; i < 256; i++)
		if (tally->count[i])
			printf(" %u %s", tally->count[i], said(-i));
	printf("\n");
	fflush(stdout);
}

static void check_errno(const struct sweep *s, unsigned int n, long got)
{
	size_t i;

	if (got >= 0 || !s->errnos[0])
		return;
	for (i = 0; s->errnos[i]; i++)
		if (got == -s->errnos[i])
			return;
	expect(got, -s->errnos[0], "%s, allocation %u", s->name, n);
}

/* The child's result comes as its exit status; a process that was killed, EOWNERDEAD. */
static long in_child(const struct sweep *s, unsigned int n, bool *reached)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (!pid) {
		unsigned int left;
		long got;

		open_nth();
		arm(n);
		got = s->call();
		left = disarm();
		_exit((got < 0 ? -got : 0) | (left ? 0x80 : 0));
	}
	waitpid(pid, &status, 0);
	if (!WIFEXITED(status)) {
		*reached = true;
		return -EOWNERDEAD;
	}
	*reached = !(WEXITSTATUS(status) & 0x80);
	return -(WEXITSTATUS(status) & 0x7f);
}

static void sweep(const struct sweep *s)
{
	struct tally tally = {};
	bool reached = true;
	unsigned int n;
	long got;

	for (n = 1; reached && n <= (s->last ? s->last : NTH_MAX); n++) {
		if (s->before)
			s->before(n);
		if (s->in_child) {
			got = in_child(s, n, &reached);
		} else {
			arm(n);
			got = s->call();
			reached = !disarm();
		}
		tally.count[got < 0 ? -got & 0xff : 0]++;
		check_errno(s, n, got);
		if (!reached)
			expect(got < 0 && s->errnos[0] ? got : 0, 0,
			       "%s: none has failed", s->name);
		if (s->after)
			s->after(n, got);
	}
	expect(n <= NTH_MAX ? 0 : -ELOOP, 0, "%s: no end", s->name);
	print_tally(s->name, n - 2, &tally);
}

void run_sweeps(const struct sweep *sweeps, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sweep(&sweeps[i]);
}

void policy_request(struct request *r, unsigned int port)
{
	request_init(r, getenv("PROXY4"), port);
	r->policy.flags = MUTEX_PROXY_POLICY_UDP | MUTEX_PROXY_POLICY_BIND;
	r->policy.nr_servers = 1;
	r->rules[0].verdict = MUTEX_PROXY_VERDICT_BLOCK;
	r->rules[0].proto = IPPROTO_TCP;
	r->rules[0].port_first = 9;
	r->rules[0].port_last = 9;
	/* Of one name, so that a resolver is made. */
	r->names[0].mode = MUTEX_PROXY_DNS_PROXY;
	r->names[0].name_len = strlen("asked.hidden.test");
	memcpy(r->names[0].name, "asked.hidden.test", r->names[0].name_len);
	put_address(r->names[0].resolver_addr, &r->names[0].resolver_family,
		    getenv("TARGET4"));
	r->names[0].resolver_port = 53;
}

/* A context, empty, and what is to be seen of it. */
static void new_context(unsigned int n)
{
	(void)n;
	ctx = ctx_new(MUTEX_PROXY_CLOEXEC);
	ctx_state(ctx, before_call);
}

static void configure(unsigned int port)
{
	struct request r;

	policy_request(&r, port);
	if (ctx_give(ctx, MUTEX_PROXY_IOC_SET_POLICY, &r.policy))
		die("SET_POLICY");
	ctx_state(ctx, before_call);
}

/* Servers that were known before are not allocated: another port each time. */
static void new_policy(unsigned int n)
{
	new_context(n);
	configure(20000 + n);
}

static int contexts(void)
{
	char text[64] = "";
	int fd = open("/proc/mutex/stats", O_RDONLY), count = -1;

	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0 ||
	    sscanf(text, "contexts %d", &count) != 1)
		die("/proc/mutex/stats");
	close(fd);
	return count;
}

/* The namespace's hooks go with the last context, a moment after it was closed. */
static void alone(unsigned int n)
{
	for (int i = 0; contexts(); i++) {
		if (i == PATIENCE * 100)
			die("a context stays");
		usleep(10000);
	}
	new_policy(n);
}

static void no_trace(unsigned int n, long got)
{
	char now[STATE_MAX];

	if (got < 0) {
		ctx_state(ctx, now);
		expect(memcmp(before_call, now, STATE_MAX) ? -EUCLEAN : 0, 0,
		       "allocation %u: something has changed", n);
	}
}

static void done(unsigned int n, long got)
{
	no_trace(n, got);
	close(ctx);
}

static unsigned int flags_to_try;

static long call_create(void)
{
	return ctx_call(dev, MUTEX_PROXY_IOC_CREATE, flags_to_try);
}

static void flags_none(unsigned int n) { (void)n; flags_to_try = 0; }
static void flags_cloexec(unsigned int n)
{
	(void)n;
	flags_to_try = MUTEX_PROXY_CLOEXEC;
}

static void flags_global(unsigned int n)
{
	(void)n;
	flags_to_try = MUTEX_PROXY_GLOBAL;
}

static void close_result(unsigned int n, long got)
{
	(void)n;
	if (got > 0)
		close(got);
}

static struct request tried;

static void to_set_config(unsigned int n)
{
	new_policy(n);
	policy_request(&tried, 30000 + n);
}

static void to_set_first_config(unsigned int n)
{
	new_context(n);
	policy_request(&tried, 30000 + n);
}

static long call_set_config(void)
{
	return ctx_give(ctx, MUTEX_PROXY_IOC_SET_CONFIG, &tried.config);
}

static long call_write(void)
{
	return write(ctx, &tried.config, sizeof(tried.config)) < 0 ? -errno : 0;
}

static long call_set_policy(void)
{
	return ctx_give(ctx, MUTEX_PROXY_IOC_SET_POLICY, &tried.policy);
}

static long call_set_scope(void)
{
	return ctx_give(ctx, MUTEX_PROXY_IOC_SET_SCOPE, &tried.scope);
}

static long call_log(void)
{
	return ctx_call(ctx, MUTEX_PROXY_IOC_DNS_LOG, 100);
}

static void log_done(unsigned int n, long got)
{
	/* What failed does not stand in the way of the next. */
	if (got < 0)
		got = call_log();
	expect(got, 0, "DNS_LOG after allocation %u", n);
	close(got);
	close(ctx);
}

static long call_events(void)
{
	struct mutex_proxy_events wanted = { .size = sizeof(wanted) };

	return ctx_call(ctx, MUTEX_PROXY_IOC_EVENTS, (uintptr_t)&wanted);
}

static void events_done(unsigned int n, long got)
{
	if (got < 0)
		got = call_events();
	expect(got < 0 ? got : 0, 0, "EVENTS after allocation %u", n);
	close(got);
	close(ctx);
}

static long call_flows(void)
{
	static uint8_t records[4096];
	struct mutex_proxy_flows flows = {
		.size = sizeof(flows),
		.records = (uintptr_t)records,
		.room = sizeof(records),
	};

	return ctx_call(ctx, MUTEX_PROXY_IOC_FLOWS, (uintptr_t)&flows);
}

static long call_get_policy(void)
{
	static struct mutex_proxy_server servers[4];
	struct mutex_proxy_dns dns = { .size = sizeof(dns) };
	struct mutex_proxy_policy policy = {
		.size = sizeof(policy),
		.servers = (uintptr_t)servers,
		.nr_servers = ARRAY_SIZE(servers),
		.server_size = sizeof(servers[0]),
		.dns = (uintptr_t)&dns,
	};

	return ctx_call(ctx, MUTEX_PROXY_IOC_GET_POLICY, (uintptr_t)&policy);
}

static long call_statistics(void)
{
	struct mutex_proxy_statistics sums = { .size = sizeof(sums) };

	return ctx_call(ctx, MUTEX_PROXY_IOC_STATISTICS, (uintptr_t)&sums);
}

static long call_alerts(void)
{
	struct mutex_proxy_alerts alerts = {
		.size = sizeof(alerts),
		.window_ms = 1000,
		.failed = 1,
	};

	return ctx_call(ctx, MUTEX_PROXY_IOC_ALERTS, (uintptr_t)&alerts);
}

static long call_enable(void)
{
	return ctx_call(ctx, MUTEX_PROXY_IOC_ENABLE, 0);
}

static void enable_done(unsigned int n, long got)
{
	no_trace(n, got);
	if (got)
		expect(call_enable(), 0, "ENABLE after allocation %u", n);
	expect(is_in_scope() ? 0 : -EPERM, 0, "in scope after allocation %u", n);
	close(ctx);
}

static long call_route(void)
{
	return ctx_call(ctx, MUTEX_PROXY_IOC_ROUTE, 0);
}

static void route_done(unsigned int n, long got)
{
	if (got)
		expect(call_route(), 0, "ROUTE after allocation %u", n);
	close(ctx);
}

static void to_join(unsigned int n)
{
	new_policy(n);
	/* The child is none of it yet. */
	tried.scope.size = sizeof(tried.scope);
	tried.scope.scope = MUTEX_PROXY_SCOPE_PROCESS;
	tried.join.size = sizeof(tried.join);
	if (call_set_scope() || call_enable())
		die("SET_SCOPE");
}

static long call_join(void)
{
	return ctx_give(ctx, MUTEX_PROXY_IOC_JOIN, &tried.join);
}

static void close_ctx(unsigned int n, long got)
{
	(void)n;
	(void)got;
	close(ctx);
}

/* A process that was made and runs is in scope. */
static long call_fork(void)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return -errno;
	if (!pid)
		_exit(is_in_scope() ? 0 : EXDEV);
	if (waitpid(pid, &status, 0) != pid)
		return -ECHILD;
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGKILL ? -EOWNERDEAD : -EFAULT;
	return -WEXITSTATUS(status);
}

static void enabled(unsigned int n)
{
	new_policy(n);
	if (call_enable())
		die("ENABLE");
}

static long call_disable(void)
{
	return ctx_call(ctx, MUTEX_PROXY_IOC_DISABLE, 0);
}

static long call_close(void)
{
	return close(ctx) ? -errno : 0;
}

static const struct sweep interface[] = {
	/* Whoever has made it without CLOEXEC is in it until the end. */
	{ "CREATE", flags_none, call_create, NULL, { ENOMEM }, 0, true },
	{ "CREATE, CLOEXEC", flags_cloexec, call_create, close_result,
	  { ENOMEM }, 0, 0 },
	{ "CREATE, GLOBAL", flags_global, call_create, close_result,
	  { ENOMEM }, 0, 0 },
	{ "SET_CONFIG, first", to_set_first_config, call_set_config, done,
	  { ENOMEM }, 0, 0 },
	{ "SET_CONFIG", to_set_config, call_set_config, done, { ENOMEM }, 0, 0 },
	{ "write", to_set_config, call_write, done, { ENOMEM }, 0, 0 },
	{ "SET_POLICY, first", to_set_first_config, call_set_policy, done,
	  { ENOMEM }, 0, 0 },
	{ "SET_POLICY", to_set_config, call_set_policy, done, { ENOMEM }, 0, 0 },
	{ "SET_SCOPE", to_set_config, call_set_scope, done, { ENOMEM }, 0, 0 },
	{ "DNS_LOG", new_policy, call_log, log_done, { ENOMEM }, 0, 0 },
	{ "EVENTS", new_policy, call_events, events_done, { ENOMEM, ENFILE }, 0, 0 },
	{ "GET_POLICY", new_policy, call_get_policy, close_ctx, { ENOMEM }, 0, 0 },
	{ "STATISTICS", new_policy, call_statistics, close_ctx, { ENOMEM }, 0, 0 },
	{ "ALERTS", new_policy, call_alerts, close_ctx, { ENOMEM }, 0, 0 },
	{ "FLOWS", new_policy, call_flows, close_ctx, { ENOMEM }, 0, 0 },
	/* The kernel's words for it, of its sockets. */
	{ "ENABLE", alone, call_enable, enable_done,
	  { ENOMEM, ENFILE, EADDRINUSE }, 0, 0 },
	{ "ROUTE", alone, call_route, route_done,
	  { ENOMEM, ENFILE, EADDRINUSE }, 0, 0 },
	{ "JOIN", to_join, call_join, close_ctx, { ENOMEM }, 0, true },
	{ "fork", enabled, call_fork, close_ctx,
	  { ENOMEM, EAGAIN, EOWNERDEAD }, 0, 0 },
	{ "DISABLE", enabled, call_disable, close_ctx, { EIO }, 0, 0 },
	{ "close", enabled, call_close, NULL, { EIO }, 0, 0 },
};

/* Files of failslab. */
static void tell(const char *file, unsigned int value)
{
	char path[128], text[16];
	int fd, len = snprintf(text, sizeof(text), "%u", value);

	snprintf(path, sizeof(path), FAILSLAB "%s", file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, len) != len)
		die(path);
	close(fd);
}

/* One allocation of the next ones, another one each time. */
static void one_fails(unsigned int n)
{
	tell("interval", 2 + n * 7 % 61);
	tell("times", n != NOTHING_FAILS);
}

static int load(const char *file, unsigned int n, unsigned int *left)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	long got;

	if (fd < 0)
		die(file);
	arm(n);
	got = syscall(SYS_finit_module, fd, "", 0) ? -errno : 0;
	*left = disarm();
	close(fd);
	return got;
}

/* It is counted what there is, and then the last of it fails. */
static void sweep_module(const char *file, unsigned int last)
{
	struct tally tally = {};
	unsigned int left, total, n;
	long got;

	if (load(file, NTH_MAX, &left) || !left)
		die("the module does not load");
	total = NTH_MAX - left;
	for (n = total > last ? total - last : 1; n <= total + 1; n++) {
		if (syscall(SYS_delete_module, "mutex_proxy", 0) &&
		    errno != ENOENT)
			die("delete_module");
		got = load(file, n, &left);
		tally.count[-got & 0xff]++;
		expect(got == -ENOMEM ? 0 : got, 0, "allocation %u of insmod", n);
	}
	print_tally("insmod, the last ones", n - 1, &tally);
}

int main(int argc, char **argv)
{
	dev = open(DEVICE, O_RDWR | O_CLOEXEC);
	open_nth();
	if (argc == 4 && !strcmp(argv[1], "module")) {
		sweep_module(argv[2], atoi(argv[3]));
	} else if (argc == 2 && !strcmp(argv[1], "calls")) {
		run_sweeps(interface, ARRAY_SIZE(interface));
		enabled(0);
		close(ctx);
		net_sweeps();
	} else if (argc == 3) {
		net_under_fire(atoi(argv[2]), one_fails);
	} else {
		return 2;
	}
	section(argv[1]);
	return verdict();
}
