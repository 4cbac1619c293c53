// SPDX-License-Identifier: GPL-2.0-or-later
#include "uapi.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define WRONG_SHOWN	50

static unsigned int tried, wrong, wrong_before;

_Noreturn void die(const char *what)
{
	fprintf(stderr, "%d: %s: %s\n", getpid(), what, strerror(errno));
	exit(1);
}

long ctx_call(int fd, unsigned long cmd, unsigned long arg)
{
	long ret = ioctl(fd, cmd, arg);

	return ret < 0 ? -errno : ret;
}

long ctx_give(int fd, unsigned long cmd, const void *arg)
{
	return ctx_call(fd, cmd, (unsigned long)arg);
}

int ctx_new(unsigned int flags)
{
	int dev = open(DEVICE, O_RDWR | O_CLOEXEC), fd;

	if (dev < 0)
		die(DEVICE);
	fd = ioctl(dev, MUTEX_PROXY_IOC_CREATE, (unsigned long)flags);
	if (fd < 0)
		die("CREATE");
	close(dev);
	return fd;
}

void ctx_state(int fd, char state[STATE_MAX])
{
	struct mutex_proxy_config config = {};
	struct mutex_proxy_stats stats = {};
	char path[64];
	ssize_t got;
	size_t len;
	int info;

	memset(state, 0, STATE_MAX);
	len = snprintf(state, STATE_MAX, "GET_CONFIG: %s\nGET_STATS: %s\n",
		       said(ctx_give(fd, MUTEX_PROXY_IOC_GET_CONFIG, &config)),
		       said(ctx_give(fd, MUTEX_PROXY_IOC_GET_STATS, &stats)));
	memcpy(state + len, &config, sizeof(config));
	len += sizeof(config);
	memcpy(state + len, &stats, sizeof(stats));
	len += sizeof(stats);
	snprintf(path, sizeof(path), "/proc/thread-self/fdinfo/%d", fd);
	info = open(path, O_RDONLY | O_CLOEXEC);
	if (info < 0)
		die(path);
	while ((got = read(info, state + len, STATE_MAX - len)) > 0)
		len += got;
	close(info);
}

void put_address(uint8_t to[16], uint16_t *family, const char *text)
{
	memset(to, 0, 16);
	*family = strchr(text, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(*family, text, to) != 1)
		die(text);
}

void request_link(struct request *r)
{
	r->policy.servers = (uintptr_t)r->servers;
	r->policy.rules = (uintptr_t)r->rules;
	r->policy.exempt = (uintptr_t)r->exempt;
	r->policy.dns = (uintptr_t)&r->dns;
	r->dns.rules = (uintptr_t)r->names;
}

static void policy_init(struct mutex_proxy_policy *policy)
{
	policy->size = sizeof(*policy);
	policy->nr_servers = 2;
	policy->nr_rules = 2;
	policy->nr_exempt = 2;
	policy->server_size = sizeof(struct mutex_proxy_server);
	policy->rule_size = sizeof(struct mutex_proxy_rule);
}

static void dns_init(struct mutex_proxy_dns *dns)
{
	dns->size = sizeof(*dns);
	dns->mode = MUTEX_PROXY_DNS_FAKE;
	dns->nr_rules = 2;
	dns->rule_size = sizeof(struct mutex_proxy_dns_rule);
}

static void config_init(struct mutex_proxy_config *config,
			const struct mutex_proxy_server *server)
{
	config->version = MUTEX_PROXY_CONFIG_VERSION;
	config->proxy_type = MUTEX_PROXY_TYPE_SOCKS5;
	config->proxy_port = server->port;
	if (server->family == AF_INET6) {
		memcpy(config->proxy_addr, server->addr, 16);
	} else {
		memset(config->proxy_addr + 10, 0xff, 2);
		memcpy(config->proxy_addr + 12, server->addr, 4);
	}
}

void request_init(struct request *r, const char *proxy, unsigned int port)
{
	unsigned int i;

	memset(r, 0, sizeof(*r));
	for (i = 0; i < 2; i++) {
		r->servers[i].type = MUTEX_PROXY_TYPE_SOCKS5;
		r->servers[i].port = port + i;
		put_address(r->servers[i].addr, &r->servers[i].family, proxy);
		r->rules[i].verdict = MUTEX_PROXY_VERDICT_PROXY;
		/* Nobody's. */
		r->exempt[i].kind = MUTEX_PROXY_EXEMPT_UID;
		r->exempt[i].id = 4242 + i;
		r->names[i].mode = MUTEX_PROXY_DNS_BLOCK;
		r->names[i].name_len = 1;
		r->names[i].name[0] = 'a' + i;
	}
	policy_init(&r->policy);
	dns_init(&r->dns);
	config_init(&r->config, &r->servers[0]);
	r->scope.size = sizeof(r->scope);
	r->join.size = sizeof(r->join);
	r->alerts.size = sizeof(r->alerts);
	r->bind.size = sizeof(r->bind);
	put_address(r->bind.peer_addr, &r->bind.peer_family, "192.0.2.1");
	request_link(r);
}

char *edge_new(size_t pages)
{
	size_t len = pages * KERNEL_PAGE;
	char *at = mmap(NULL, len + KERNEL_PAGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED || mprotect(at + len, KERNEL_PAGE, PROT_NONE))
		die("mmap");
	return at + len;
}

const char *said(long result)
{
	const char *name;

	if (result >= 0)
		return "OK";
	name = strerrorname_np(-result);
	return name ? name : "an errno without a name";
}

bool expect(long got, long want, const char *format, ...)
{
	va_list args;

	tried++;
	if (got == want || (got > 0 && !want))
		return true;
	if (++wrong - wrong_before > WRONG_SHOWN)
		return false;
	printf("BAD ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf(": %s, not %s\n", said(got), said(want));
	return false;
}

void section(const char *what)
{
	printf("%u tried, %u wrong: %s\n", tried, wrong - wrong_before, what);
	fflush(stdout);
	tried = 0;
	wrong_before = wrong;
}

int verdict(void)
{
	printf("%s\n", wrong ? "BAD" : "all as promised");
	return wrong != 0;
}
