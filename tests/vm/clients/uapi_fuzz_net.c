// SPDX-License-Identifier: GPL-2.0-or-later
/* The part of uapi_fuzz that uses the network as any program would. */
#include "uapi_fuzz.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECT_MS	1500
#define ANSWER_MS	500
#define RESOLVER	"9.9.9.9"
#define ECHO_PORT	7
#define UDP_PORT	7007
#define TCP_PORTS	4
#define NAMES		40

/* Where to; a name's address stands for nobody by now, perhaps. */
static socklen_t destination(struct fuzz *f, struct sockaddr_storage *to,
			     uint16_t port)
{
	static const char *const hosts[] = {
		"TARGET4", "TARGET4", "TARGET6", "TARGET6", "NOWHERE4", "NOWHERE6",
	};
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)to;
	struct sockaddr_in *sin = (struct sockaddr_in *)to;
	uint32_t fake = shared->fakes[below(f, FAKES_MAX)];
	uint8_t addr[16];
	uint16_t family;

	memset(to, 0, sizeof(*to));
	if (fake && one_in(f, 3)) {
		sin->sin_family = AF_INET;
		sin->sin_port = htons(port);
		sin->sin_addr.s_addr = fake;
		return sizeof(*sin);
	}
	put_address(addr, &family, getenv(hosts[below(f, ARRAY_SIZE(hosts))]));
	if (family == AF_INET) {
		sin->sin_family = family;
		sin->sin_port = htons(port);
		memcpy(&sin->sin_addr, addr, 4);
		return sizeof(*sin);
	}
	sin6->sin6_family = family;
	sin6->sin6_port = htons(port);
	memcpy(&sin6->sin6_addr, addr, 16);
	return sizeof(*sin6);
}

/* Though the alarm rings meanwhile. */
static bool wait_for(int fd, short events, int ms)
{
	struct pollfd p = { .fd = fd, .events = events };
	double until = now() + ms / 1000.0;
	int got;

	do {
		got = poll(&p, 1, ms);
	} while (got < 0 && errno == EINTR && now() < until);
	return got > 0;
}

static void let_go(struct fuzz *f, int sock)
{
	const struct linger hard = { 1, 0 };

	if (one_in(f, 3))
		setsockopt(sock, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	if (one_in(f, 2))
		hold(f, HELD_SOCKET, sock);
	else
		close(sock);
}

/* What an echo server sends back is what it was sent. */
static void exchange(struct fuzz *f, int sock)
{
	char sent[1500], got[1500];
	size_t len = 1 + below(f, sizeof(sent));
	ssize_t back;

	memset(sent, 'a' + below(f, 26), len);
	if (send(sock, sent, len, MSG_NOSIGNAL) <= 0 ||
	    !wait_for(sock, POLLIN, ANSWER_MS))
		return;
	back = recv(sock, got, sizeof(got), MSG_DONTWAIT);
	if (back > (ssize_t)len || (back > 0 && memcmp(sent, got, back)))
		fuzz_bad("%zd octets came back from an echo of %zu", back, len);
}

void net_connect(struct fuzz *f)
{
	static const uint16_t ports[TCP_PORTS] = { ECHO_PORT, ECHO_PORT, 80, 9 };
	uint16_t port = ports[below(f, TCP_PORTS)];
	struct sockaddr_storage to;
	socklen_t len = destination(f, &to, port);
	int sock, error = 0;

	sock = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK |
		      (one_in(f, 2) ? SOCK_CLOEXEC : 0), 0);
	if (sock < 0)
		return;
	if (connect(sock, (struct sockaddr *)&to, len) && errno != EINPROGRESS) {
		shared->not_connected++;
		close(sock);
		return;
	}
	/* Some are closed at once, some when their handshake is half done. */
	if (!one_in(f, 4) && wait_for(sock, POLLOUT, one_in(f, 3) ?
				      below(f, 50) : CONNECT_MS)) {
		len = sizeof(error);
		getsockopt(sock, SOL_SOCKET, SO_ERROR, &error, &len);
		if (error) {
			shared->not_connected++;
		} else {
			shared->connected++;
			if (port == ECHO_PORT)
				exchange(f, sock);
		}
	}
	let_go(f, sock);
}

void net_talk(struct fuzz *f)
{
	struct held *held = pick(f, HELD_SOCKET);
	struct sockaddr_storage to;
	char data[600] = "";
	socklen_t len;

	if (!held)
		return;
	switch (below(f, 6)) {
	case 0:
		shutdown(held->fd, below(f, 3));
		break;
	case 1:	/* Of a socket that has had a connection, perhaps. */
		len = destination(f, &to, ECHO_PORT);
		connect(held->fd, (struct sockaddr *)&to, len);
		break;
	case 2:	/* AF_UNSPEC: disconnects. */
		memset(&to, 0, sizeof(to));
		connect(held->fd, (struct sockaddr *)&to, sizeof(to));
		break;
	case 3:
		listen(held->fd, 5);
		break;
	case 4:
		recv(held->fd, data, sizeof(data), MSG_DONTWAIT);
		break;
	default:
		send(held->fd, data, 1 + below(f, sizeof(data)),
		     MSG_NOSIGNAL | MSG_DONTWAIT);
	}
}

/* A question for one of some names, as RFC 1035 has it. */
static size_t write_query(struct fuzz *f, uint8_t *to)
{
	static const char *const tails[] = {
		"\6hidden\4test\0\0\1\0\1", "\6hidden\4test\0\0\x1c\0\1",
		"\6hidden\4test\0\0\x0f\0\1",
	};
	char label[8];
	size_t len;

	memcpy(to, "\0\0\1\0\0\1\0\0\0\0\0\0", 12);
	to[1] = rnd(f);
	len = snprintf(label, sizeof(label), "n%u", below(f, NAMES));
	to[12] = len;
	memcpy(to + 13, label, len);
	memcpy(to + 13 + len, tails[below(f, 3)], 17);
	return 13 + len + 17;
}

/* The answer's one record, if that is all that it has behind the question. */
static void keep_address(struct fuzz *f, const uint8_t *answer, size_t len,
			 size_t question)
{
	uint32_t addr;

	if (len != question + 16 || answer[question + 3] != 1)
		return;
	memcpy(&addr, answer + question + 12, 4);
	shared->fakes[below(f, FAKES_MAX)] = addr;
}

void net_query(struct fuzz *f)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(53) };
	uint8_t query[2 + 64], answer[1500];
	bool stream = one_in(f, 4);
	size_t len = write_query(f, query + 2);
	ssize_t got;
	int sock;

	inet_pton(AF_INET, RESOLVER, &to.sin_addr);
	sock = socket(AF_INET, (stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK |
		      SOCK_CLOEXEC, 0);
	if (sock < 0)
		return;
	query[0] = 0;
	query[1] = len;
	connect(sock, (struct sockaddr *)&to, sizeof(to));
	if (one_in(f, 8))	/* Something else than a query. */
		query[2 + below(f, len)] = rnd(f);
	if (wait_for(sock, POLLOUT, ANSWER_MS) &&
	    send(sock, query + (stream ? 0 : 2), len + (stream ? 2 : 0),
		 MSG_NOSIGNAL) > 0 && !one_in(f, 4) &&
	    wait_for(sock, POLLIN, ANSWER_MS)) {
		got = recv(sock, answer, sizeof(answer), MSG_DONTWAIT);
		if (got > 0)
			shared->answered++;
		if (got > 0 && !stream)
			keep_address(f, answer, got, len);
	}
	let_go(f, sock);
}

void net_datagram(struct fuzz *f)
{
	struct sockaddr_storage to;
	socklen_t len = destination(f, &to, UDP_PORT);
	char data[1400] = "";
	int sock;

	sock = socket(to.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return;
	for (unsigned int i = below(f, 4); i < 4; i++)
		if (sendto(sock, data, below(f, sizeof(data)), 0,
			   (struct sockaddr *)&to, len) >= 0)
			shared->datagrams++;
	if (one_in(f, 2))
		wait_for(sock, POLLIN, ANSWER_MS);
	let_go(f, sock);
}

/* What it may say of the proxy is what connect() might. */
void net_bind(struct fuzz *f, int ctx)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	struct request r;
	int sock;

	sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return;
	request_init(&r, getenv("PROXY4"), 1080);
	put_address(r.bind.peer_addr, &r.bind.peer_family, getenv("TARGET4"));
	r.bind.fd = one_in(f, 8) ? (int)below(f, 20) : sock;
	if (!one_in(f, 8))
		bind(sock, (struct sockaddr *)&at, sizeof(at));
	if (one_in(f, 2))
		listen(sock, 5);
	ctx_give(ctx, MUTEX_PROXY_IOC_BIND, &r.bind);
	let_go(f, sock);
}
