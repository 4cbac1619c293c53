// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * leaks_uring HOW HOST PORT: prints what io_uring came to, the errno's name or
 * the first line that was answered; "sent" if nothing comes back.
 *
 * HOW: datagram (SENDMSG), connected (CONNECT, SEND), zerocopy (SEND_ZC), query
 * (SENDMSG of a query, RECV), stream (CONNECT, SEND, RECV). Each one is done by
 * the caller, by a worker and by a polling thread of the kernel; if these do not
 * agree, it prints all three.
 */
#include <arpa/inet.h>
#include <liburing.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* For site.hidden.test, its address of either family. */
static char query[] =
	"\0\1\1\0\0\1\0\0\0\0\0\0\4site\6hidden\4test\0\0\1\0\1";
static const char request[] = "GET /peer HTTP/1.0\r\n\r\n";

static struct addrinfo *to;
static struct io_uring ring;
static unsigned int sqe_flags;

static bool is_v6(void)
{
	return to->ai_family == AF_INET6;
}

static struct io_uring_sqe *next(void)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

	memset(sqe, 0, sizeof(*sqe));
	return sqe;
}

static int wait_for(struct io_uring_sqe *sqe)
{
	struct io_uring_cqe *cqe;
	int ret;

	sqe->flags |= sqe_flags;
	io_uring_submit(&ring);
	ret = io_uring_wait_cqe(&ring, &cqe);
	if (ret)
		return ret;
	ret = cqe->res;
	/* A second one says when the buffer is free. */
	if (cqe->flags & IORING_CQE_F_MORE) {
		io_uring_cqe_seen(&ring, cqe);
		if (io_uring_wait_cqe(&ring, &cqe))
			return -1;
	}
	io_uring_cqe_seen(&ring, cqe);
	return ret;
}

static int connect_to(int sock)
{
	struct io_uring_sqe *sqe = next();

	io_uring_prep_connect(sqe, sock, to->ai_addr, to->ai_addrlen);
	return wait_for(sqe);
}

static int send_msg(int sock, const char *data, size_t len)
{
	struct iovec vec = { .iov_base = (void *)data, .iov_len = len };
	struct msghdr msg = { .msg_name = to->ai_addr,
			      .msg_namelen = to->ai_addrlen,
			      .msg_iov = &vec, .msg_iovlen = 1 };
	struct io_uring_sqe *sqe = next();

	io_uring_prep_sendmsg(sqe, sock, &msg, 0);
	return wait_for(sqe);
}

static int send_plain(int sock, const char *data, size_t len)
{
	struct io_uring_sqe *sqe = next();

	io_uring_prep_send(sqe, sock, data, len, 0);
	return wait_for(sqe);
}

static int send_zerocopy(int sock, const char *data, size_t len)
{
	struct io_uring_sqe *sqe = next();

	io_uring_prep_send_zc(sqe, sock, data, len, 0, 0);
	io_uring_prep_send_set_addr(sqe, to->ai_addr, to->ai_addrlen);
	return wait_for(sqe);
}

static int receive(int sock, char *buf, size_t size)
{
	struct io_uring_sqe *sqe = next();

	io_uring_prep_recv(sqe, sock, buf, size, MSG_WAITALL);
	return wait_for(sqe);
}

/* The address at the end of an answer, or the last line of a page. */
static void read_result(const char *how, char *buf, int len, char *said)
{
	char *line;

	if (!strcmp(how, "query")) {
		inet_ntop(to->ai_family, buf + len - (is_v6() ? 16 : 4), said,
			  64);
		return;
	}
	buf[len] = '\0';
	line = strstr(buf, "\r\n\r\n");
	snprintf(said, 64, "%s", line ? line + 4 : "no page");
	said[strcspn(said, "\n")] = '\0';
}

static int exchange(const char *how, int sock, char *said)
{
	char buf[2000];
	int ret = 0;

	if (!strcmp(how, "connected") || !strcmp(how, "stream"))
		ret = connect_to(sock);
	if (ret < 0)
		return ret;
	if (!strcmp(how, "datagram"))
		ret = send_msg(sock, "datagram", 8);
	else if (!strcmp(how, "zerocopy"))
		ret = send_zerocopy(sock, "datagram", 8);
	else if (!strcmp(how, "connected"))
		ret = send_plain(sock, "datagram", 8);
	else if (!strcmp(how, "query"))
		ret = send_msg(sock, query, sizeof(query) - 1);
	else
		ret = send_plain(sock, request, sizeof(request) - 1);
	if (ret < 0)
		return ret;
	strcpy(said, "sent");
	if (strcmp(how, "query") && strcmp(how, "stream"))
		return 0;
	ret = receive(sock, buf, sizeof(buf) - 1);
	if (ret > 16)
		read_result(how, buf, ret, said);
	return ret;
}

static void go(const char *how, unsigned int setup, unsigned int flags,
	       char *said)
{
	int sock, ret = io_uring_queue_init(4, &ring, setup);

	sqe_flags = flags;
	if (ret < 0) {
		snprintf(said, 64, "no ring: %s", strerrorname_np(-ret));
		return;
	}
	sock = socket(to->ai_family, strcmp(how, "stream") ? SOCK_DGRAM :
		      SOCK_STREAM, 0);
	ret = exchange(how, sock, said);
	if (ret < 0)
		snprintf(said, 64, "%s", strerrorname_np(-ret));
	close(sock);
	io_uring_queue_exit(&ring);
}

int main(int argc, char **argv)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST,
				  .ai_socktype = SOCK_DGRAM };
	char said[3][64] = {};

	if (argc != 4 || getaddrinfo(argv[2], argv[3], &hints, &to))
		return 2;
	if (is_v6())
		query[sizeof(query) - 4] = 28;	/* AAAA */
	alarm(30);
	go(argv[1], 0, 0, said[0]);
	go(argv[1], 0, IOSQE_ASYNC, said[1]);
	go(argv[1], IORING_SETUP_SQPOLL, 0, said[2]);
	if (strcmp(said[0], said[1]) || strcmp(said[0], said[2]))
		printf("caller: %s, worker: %s, poller: %s\n", said[0], said[1],
		       said[2]);
	else
		puts(said[0]);
	return 0;
}
