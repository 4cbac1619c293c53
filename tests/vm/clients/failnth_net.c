// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The part of failnth that uses the network. A connection is one through the proxy
 * or an error; which of them, the target's log and the capture say.
 */
#include "failnth.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DANTED		1082
#define ECHO_PORT	7
#define BLOCKED_PORT	9
#define UDP_PORT	7007
#define RESOLVER	"9.9.9.9"
#define CONNECT_S	20	/* a SYN that was lost is sent again for so long */
#define ANSWER_MS	3000
#define EXIT_LAST	12	/* allocations of a process that ends */

static int sock = -1, log_fd = -1;
static struct sockaddr_storage to;
static socklen_t to_len;

static void set_to(const char *host, uint16_t port)
{
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)&to;
	struct sockaddr_in *sin = (struct sockaddr_in *)&to;
	uint8_t addr[16];
	uint16_t family;

	put_address(addr, &family, host);
	memset(&to, 0, sizeof(to));
	to.ss_family = family;
	if (family == AF_INET) {
		sin->sin_port = htons(port);
		memcpy(&sin->sin_addr, addr, 4);
		to_len = sizeof(*sin);
	} else {
		sin6->sin6_port = htons(port);
		memcpy(&sin6->sin6_addr, addr, 16);
		to_len = sizeof(*sin6);
	}
}

static void open_socket(int type)
{
	const struct timeval patience = { CONNECT_S, 0 };

	sock = socket(to.ss_family, type | SOCK_CLOEXEC, 0);
	if (sock < 0 || setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &patience,
				   sizeof(patience)))
		die("socket");
}

static bool wait_for(short events, int ms)
{
	struct pollfd p = { .fd = sock, .events = events };

	return poll(&p, 1, ms) > 0;
}

bool is_in_scope(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), err;
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(BLOCKED_PORT) };
	const struct timeval patience = { CONNECT_S, 0 };

	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	inet_pton(AF_INET, getenv("TARGET4"), &at.sin_addr);
	/* Out of scope its SYN would leave, and so be in the capture. */
	err = connect(fd, (struct sockaddr *)&at, sizeof(at)) ? errno : 0;
	close(fd);
	return err == ECONNREFUSED;
}

static long call_connect(void)
{
	return connect(sock, (struct sockaddr *)&to, to_len) ? -errno : 0;
}

/* Says hello and hears it. */
static long exchange(void)
{
	char data[] = "hello", got[sizeof(data)];

	if (send(sock, data, sizeof(data), MSG_NOSIGNAL) < 0)
		return -errno;
	if (!wait_for(POLLIN, ANSWER_MS))
		return -ETIME;
	if (recv(sock, got, sizeof(got), 0) != sizeof(got))
		return -errno;
	return memcmp(data, got, sizeof(data)) ? -EILSEQ : 0;
}

static void to_v4(unsigned int n)
{
	(void)n;
	set_to(getenv("TARGET4"), ECHO_PORT);
	open_socket(SOCK_STREAM);
}

/* The server is an IPv4 one: this is translated. */
static void to_v6(unsigned int n)
{
	(void)n;
	set_to(getenv("TARGET6"), ECHO_PORT);
	open_socket(SOCK_STREAM);
}

/* @dead: a port of an IPv6 server that nobody is at; 0: without that server. */
static void set_policy(unsigned int dead)
{
	struct request r;
	long err;

	policy_request(&r, DANTED);
	r.policy.handshake_ms = 15000;
	r.policy.nr_servers = dead ? 2 : 1;
	r.servers[1].port = dead;
	put_address(r.servers[1].addr, &r.servers[1].family, getenv("PROXY6"));
	err = ctx_give(ctx, MUTEX_PROXY_IOC_SET_POLICY, &r.policy);
	/* What was to fail elsewhere may have failed here: once. */
	if (err == -ENOMEM)
		err = ctx_give(ctx, MUTEX_PROXY_IOC_SET_POLICY, &r.policy);
	if (err)
		die("SET_POLICY");
}

/* The server of its own family is dead, which nobody knows yet. */
static void to_crossing(unsigned int n)
{
	set_policy(40000 + (getpid() * 100 + n) % 20000);
	to_v6(n);
}

static void to_resolver_tcp(unsigned int n)
{
	(void)n;
	set_to(RESOLVER, 53);
	open_socket(SOCK_STREAM);
}

/* Whoever has connected has an echo server at the other end. */
static void connected(unsigned int n, long got)
{
	if (!got)
		expect(exchange(), 0, "an echo after allocation %u", n);
	close(sock);
}

static void crossed(unsigned int n, long got)
{
	connected(n, got);
	set_policy(0);
}

static void close_sock(unsigned int n, long got)
{
	(void)n;
	(void)got;
	close(sock);
}

static void to_established(unsigned int n)
{
	to_v4(n);
	if (call_connect())
		die("connect");
}

static long call_close_sock(void)
{
	return close(sock) ? -errno : 0;
}

/* A question for the address of NAME.hidden.test, as RFC 1035 has it. */
static size_t write_query(uint8_t query[64], const char *name)
{
	size_t len = strlen(name);

	memcpy(query, "\0\1\1\0\0\1\0\0\0\0\0\0", 12);
	query[12] = len;
	memcpy(query + 13, name, len);
	memcpy(query + 13 + len, "\6hidden\4test\0\0\1\0\1", 17);
	return 13 + len + 17;
}

static char name[16];

static long call_query(void)
{
	uint8_t query[64];
	size_t len = write_query(query, name);

	return sendto(sock, query, len, 0, (struct sockaddr *)&to, to_len) < 0 ?
	       -errno : 0;
}

static void to_query(unsigned int n)
{
	/* Another name each time, so that it is a new one. */
	snprintf(name, sizeof(name), "n%u", n);
	set_to(RESOLVER, 53);
	open_socket(SOCK_DGRAM);
}

static void to_asked(unsigned int n)
{
	to_query(n);
	strcpy(name, "asked");
}

static void queried(unsigned int n, long got)
{
	char answer[512];

	/* Lost, perhaps; then who needs it asks again. */
	if (wait_for(POLLIN, got ? 0 : ANSWER_MS))
		expect(recv(sock, answer, sizeof(answer), 0), 0,
		       "an answer after allocation %u", n);
	else if (!got)
		expect(call_query(), 0, "asked again after allocation %u", n);
	close(sock);
}

static void to_datagram(unsigned int n)
{
	(void)n;
	set_to(getenv("TARGET4"), UDP_PORT);
	open_socket(SOCK_DGRAM);
}

static long call_datagram(void)
{
	return sendto(sock, "hello", 5, 0, (struct sockaddr *)&to, to_len) < 0 ?
	       -errno : 0;
}

static void heard(unsigned int n, long got)
{
	char data[16];

	if (!got && wait_for(POLLIN, ANSWER_MS) &&
	    recv(sock, data, sizeof(data), 0) > 0)
		expect(memcmp(data, "hello", 5) ? -EILSEQ : 0, 0,
		       "an echo after allocation %u", n);
	close(sock);
}

/* The second datagram finds an association, which has its proxy by then. */
static void to_second_datagram(unsigned int n)
{
	to_datagram(n);
	if (call_datagram())
		die("a datagram");
	wait_for(POLLIN, ANSWER_MS);
}

static void to_read_log(unsigned int n)
{
	to_query(n);
	if (call_query())
		die("a query");
	close(sock);
}

static long call_read_log(void)
{
	char line[300];

	return read(log_fd, line, sizeof(line)) < 0 ? -errno : 0;
}

static struct mutex_proxy_bind port;

static void to_bind(unsigned int n)
{
	(void)n;
	set_to("0.0.0.0", 0);
	open_socket(SOCK_STREAM);
	if (bind(sock, (struct sockaddr *)&to, to_len) || listen(sock, 1))
		die("listen");
	memset(&port, 0, sizeof(port));
	port.size = sizeof(port);
	port.fd = sock;
	put_address(port.peer_addr, &port.peer_family, getenv("TARGET4"));
}

static long call_bind(void)
{
	return ctx_give(ctx, MUTEX_PROXY_IOC_BIND, &port);
}

static long call_exit(void)
{
	_exit(0);
}

static const struct sweep net[] = {
	{ "connect, IPv4", to_v4, call_connect, connected, {}, 0, 0 },
	{ "connect, IPv6", to_v6, call_connect, connected, {}, 0, 0 },
	{ "connect, IPv6, from one server to another", to_crossing, call_connect,
	  crossed, {}, 0, 0 },
	{ "connect, DNS over TCP", to_resolver_tcp, call_connect, close_sock, {},
	  0, 0 },
	{ "send and recv", to_established, exchange, close_sock, {}, 0, 0 },
	{ "close of a connection", to_established, call_close_sock, NULL,
	  { EIO }, 0, 0 },
	{ "query, answered by us", to_query, call_query, queried, {}, 0, 0 },
	{ "query, of a resolver", to_asked, call_query, queried, {}, 0, 0 },
	{ "datagram, first", to_datagram, call_datagram, heard, {}, 0, 0 },
	{ "datagram, second", to_second_datagram, call_datagram, heard, {}, 0, 0 },
	{ "read of the log", to_read_log, call_read_log, NULL, { EIO }, 0, 0 },
	{ "BIND", to_bind, call_bind, close_sock, {}, 0, 0 },
	{ "exit", NULL, call_exit, NULL, {}, EXIT_LAST, true },
};

static void make_context(void)
{
	ctx = ctx_new(MUTEX_PROXY_CLOEXEC);
	set_policy(0);
	if (ctx_call(ctx, MUTEX_PROXY_IOC_ENABLE, 0))
		die("a context");
	log_fd = ctx_call(ctx, MUTEX_PROXY_IOC_DNS_LOG, 4096);
	if (log_fd < 0)
		die("DNS_LOG");
}

void net_sweeps(void)
{
	make_context();
	run_sweeps(net, ARRAY_SIZE(net));
	expect(is_in_scope() ? 0 : -EPERM, 0, "in scope at the end");
	close(log_fd);
	close(ctx);
}

/* One after the other, each round; what comes to nothing has said so. */
void net_under_fire(unsigned int count, void (*before_each)(unsigned int n))
{
	unsigned int good[ARRAY_SIZE(net)] = {}, rounds = 0;

	make_context();
	while (rounds < count) {
		for (size_t i = 0; i < ARRAY_SIZE(net); i++) {
			const struct sweep *s = &net[i];

			/* These begin with what must not fail. */
			if (s->in_child || s->before == to_established ||
			    s->before == to_second_datagram ||
			    s->before == to_read_log || s->before == to_bind)
				continue;
			s->before(rounds);
			before_each(rounds * ARRAY_SIZE(net) + i);
			if (!s->call() && (s->call == call_connect ?
			    s->before == to_resolver_tcp || !exchange() :
			    wait_for(POLLIN, ANSWER_MS)))
				good[i]++;
			close(sock);
		}
		rounds++;
	}
	for (size_t i = 0; i < ARRAY_SIZE(net); i++)
		if (good[i])
			printf("%s: %u of %u\n", net[i].name, good[i], rounds);
	before_each(NOTHING_FAILS);
	to_v4(0);
	expect(call_connect(), 0, "connect, when nothing fails any more");
	connected(0, 0);
	expect(is_in_scope() ? 0 : -EPERM, 0, "in scope at the end");
	close(log_fd);
	close(ctx);
}
