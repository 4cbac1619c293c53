// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uapi_calls: every call on every descriptor: unknown ioctls, those of another
 * one, arguments that are no pointers, and what files can do besides.
 */
#include "uapi.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define LINE_MAX_LEN	2048

enum kind { CONTEXT, LOG, DEVICE_FILE, STRANGER };

static const struct {
	const char *name;
	unsigned long cmd;
	enum kind on;
	bool sized;	/* the size in its number is not looked at */
} calls[] = {
	{ "CREATE", MUTEX_PROXY_IOC_CREATE, DEVICE_FILE, false },
	{ "ENABLE", MUTEX_PROXY_IOC_ENABLE, CONTEXT, false },
	{ "DISABLE", MUTEX_PROXY_IOC_DISABLE, CONTEXT, false },
	{ "SET_CONFIG", MUTEX_PROXY_IOC_SET_CONFIG, CONTEXT, false },
	{ "GET_CONFIG", MUTEX_PROXY_IOC_GET_CONFIG, CONTEXT, false },
	{ "GET_STATS", MUTEX_PROXY_IOC_GET_STATS, CONTEXT, false },
	{ "SET_POLICY", MUTEX_PROXY_IOC_SET_POLICY, CONTEXT, true },
	{ "SET_SCOPE", MUTEX_PROXY_IOC_SET_SCOPE, CONTEXT, true },
	{ "JOIN", MUTEX_PROXY_IOC_JOIN, CONTEXT, true },
	{ "BIND", MUTEX_PROXY_IOC_BIND, CONTEXT, true },
	{ "ROUTE", MUTEX_PROXY_IOC_ROUTE, CONTEXT, false },
	{ "DNS_LOG", MUTEX_PROXY_IOC_DNS_LOG, CONTEXT, false },
	{ "EVENTS", MUTEX_PROXY_IOC_EVENTS, CONTEXT, true },
	{ "FLOWS", MUTEX_PROXY_IOC_FLOWS, CONTEXT, true },
	{ "GET_POLICY", MUTEX_PROXY_IOC_GET_POLICY, CONTEXT, true },
	{ "STATISTICS", MUTEX_PROXY_IOC_STATISTICS, CONTEXT, true },
	{ "READ_FORMAT", MUTEX_PROXY_IOC_READ_FORMAT, CONTEXT, false },
	{ "ALERTS", MUTEX_PROXY_IOC_ALERTS, CONTEXT, true },
	{ "KEEP", MUTEX_PROXY_IOC_KEEP, CONTEXT, false },
	{ "LOCK", MUTEX_PROXY_IOC_LOCK, CONTEXT, false },
	{ "SET_NAME", MUTEX_PROXY_IOC_SET_NAME, CONTEXT, true },
	{ "INFO", MUTEX_PROXY_IOC_INFO, CONTEXT, false },
	{ "LIST", MUTEX_PROXY_IOC_LIST, DEVICE_FILE, false },
	{ "OPEN_ID", MUTEX_PROXY_IOC_OPEN_ID, DEVICE_FILE, false },
	{ "END", MUTEX_PROXY_IOC_END, DEVICE_FILE, false },
	{ "NET_STATISTICS", MUTEX_PROXY_IOC_NET_STATISTICS, DEVICE_FILE, true },
};

static bool is_number(unsigned long nr)
{
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		if ((calls[i].cmd & 0xff) == nr)
			return true;
	return false;
}

static int dev, ctx, log_fd;
static char before[STATE_MAX];

static void nothing_changed(const char *after_what)
{
	char now[STATE_MAX];

	ctx_state(ctx, now);
	expect(memcmp(before, now, STATE_MAX) ? -EUCLEAN : 0, 0,
	       "something has changed after: %s", after_what);
}

static long result(long ret)
{
	return ret < 0 ? -errno : ret;
}

/* Numbers that nobody knows, of every direction and size that there is. */
static void test_unknown(void)
{
	const struct { int fd; const char *name; } fds[] = {
		{ dev, "device" }, { ctx, "context" }, { log_fd, "log" },
	};

	for (size_t f = 0; f < ARRAY_SIZE(fds); f++) {
		for (unsigned long nr = 0; nr < 256; nr++)
			for (unsigned long dir = 0; dir < 4 && !is_number(nr); dir++)
				expect(ctx_call(fds[f].fd, _IOC(dir, 0xB7, nr, dir), 0),
				       -ENOTTY, "%s: number %#lx, direction %lu",
				       fds[f].name, nr, dir);
		for (unsigned long type = 0; type < 256; type++)
			/* The VFS has some of its own with 0 and 'T'. */
			if (type != 0xB7 && type && type != 'T')
				expect(ctx_call(fds[f].fd, _IOC(0, type, 1, 0), 0),
				       -ENOTTY, "%s: type %#lx", fds[f].name, type);
	}
	nothing_changed("unknown ioctls");
	section("ioctls that nobody knows");
}

/* The right number with another direction or size. */
static void test_numbers(void)
{
	static const unsigned long sizes[] = { 0, 1, 7, 8, 64, 4095, 16383 };

	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		unsigned long cmd = calls[i].cmd;
		int fd = calls[i].on == DEVICE_FILE ? dev : ctx;

		for (unsigned long dir = 0; dir < 4; dir++)
			for (size_t s = 0; s < ARRAY_SIZE(sizes); s++) {
				unsigned long other = _IOC(dir, 0xB7, cmd & 0xff,
							   sizes[s]);
				bool same = _IOC_DIR(cmd) == dir && calls[i].sized;

				if (other == cmd)
					continue;
				/* A bad address: it is known, and does nothing. */
				expect(ctx_call(fd, other, 8),
				       same ? -EFAULT : -ENOTTY,
				       "%s as %#lx", calls[i].name, other);
			}
	}
	nothing_changed("ioctls of another size");
	section("ioctls with another direction or size");
}

static void test_strangers(void)
{
	int fds[2], null = open("/dev/null", O_RDWR);
	int path = open(DEVICE, O_PATH), sock = socket(AF_INET, SOCK_DGRAM, 0);
	const struct { int fd; const char *name; long want; } others[] = {
		{ null, "/dev/null", -ENOTTY }, { sock, "a socket", -ENOTTY },
		{ path, "O_PATH", -EBADF }, { -1, "-1", -EBADF },
		{ 9999, "closed", -EBADF }, { log_fd, "the log", -ENOTTY },
	};

	if (null < 0 || path < 0 || sock < 0 || pipe(fds))
		die("open");
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		for (size_t f = 0; f < ARRAY_SIZE(others); f++)
			expect(ctx_call(others[f].fd, calls[i].cmd, 8),
			       others[f].want, "%s of %s", calls[i].name,
			       others[f].name);
		expect(ctx_call(fds[0], calls[i].cmd, 8), -ENOTTY,
		       "%s of a pipe", calls[i].name);
		expect(ctx_call(calls[i].on == DEVICE_FILE ? ctx : dev,
				calls[i].cmd, 8), -ENOTTY,
		       "%s of the other descriptor", calls[i].name);
	}
	for (size_t i = 0; i < 2; i++)
		close(fds[i]);
	close(null);
	close(path);
	close(sock);
	nothing_changed("ioctls of other files");
	section("ioctls of files of another kind");
}

/* Arguments that are numbers: every bit that is not known. */
static void test_arguments(void)
{
	unsigned int bit;

	for (bit = 0; bit < 64; bit++) {
		unsigned long arg = 1UL << bit;

		if (arg > MUTEX_PROXY_GLOBAL) {
			expect(ctx_call(dev, MUTEX_PROXY_IOC_CREATE, arg), -EINVAL,
			       "CREATE %#lx", arg);
			expect(ctx_call(dev, MUTEX_PROXY_IOC_CREATE, arg | 1),
			       -EINVAL, "CREATE %#lx", arg | 1);
		}
		expect(ctx_call(ctx, MUTEX_PROXY_IOC_ENABLE, arg), -EINVAL,
		       "ENABLE %#lx", arg);
		expect(ctx_call(ctx, MUTEX_PROXY_IOC_DISABLE, arg), -EINVAL,
		       "DISABLE %#lx", arg);
		expect(ctx_call(ctx, MUTEX_PROXY_IOC_ROUTE, arg), -EINVAL,
		       "ROUTE %#lx", arg);
		expect(ctx_call(ctx, MUTEX_PROXY_IOC_DNS_LOG, arg),
		       arg > MUTEX_PROXY_MAX_DNS_LOG ? -EINVAL : -EBUSY,
		       "DNS_LOG %#lx", arg);
		expect(ctx_call(ctx, MUTEX_PROXY_IOC_DNS_LOG,
				arg + MUTEX_PROXY_MAX_DNS_LOG), -EINVAL,
		       "DNS_LOG %#lx", arg + MUTEX_PROXY_MAX_DNS_LOG);
	}
	nothing_changed("arguments that are no pointers");
	section("arguments with unknown bits");
}

static void test_lengths(void)
{
	static char octets[KERNEL_PAGE];
	struct iovec halves[2] = { { octets, 32 }, { octets + 32, 32 } };
	struct mutex_proxy_stats stats;

	for (size_t len = 0; len < 200; len++) {
		if (len != sizeof(struct mutex_proxy_config))
			expect(result(write(ctx, octets, len)), -EINVAL,
			       "write of %zu", len);
		expect(result(read(ctx, octets, len)),
		       len < sizeof(stats) ? -EINVAL : (long)sizeof(stats),
		       "read of %zu", len);
	}
	memset(octets, 0, sizeof(octets));
	expect(result(write(ctx, octets, sizeof(octets))), -EINVAL, "a large write");
	expect(result(writev(ctx, halves, 2)), -EINVAL, "a write in two halves");
	expect(result(readv(ctx, halves, 2)), -EINVAL, "a read in two halves");
	nothing_changed("writes of another length");
	section("read and write of every length");
}

/* One of the two: what the VFS says to this is not ours to promise. */
static void refuses(long got, int one, int other, const char *what)
{
	expect(got == -other ? -one : got, -one, "%s", what);
}

/* What files can do besides, and ours cannot. */
static void test_file(int fd, const char *name)
{
	char octets[64] = "";
	int pipes[2], null = open("/dev/null", O_RDWR);
	loff_t zero = 0;

	if (pipe(pipes) || null < 0 || write(pipes[1], octets, 64) != 64)
		die("pipe");
	refuses(result(lseek(fd, 0, SEEK_END)), 0, ESPIPE, "lseek");
	refuses(result(lseek(fd, 100, SEEK_SET)), 0, ESPIPE, "lseek");
	refuses(result(pwrite(fd, octets, 64, 1)), ESPIPE, EBADF, "pwrite");
	refuses(result(pread(fd, octets, 64, 1)), ESPIPE, ESPIPE, "pread");
	for (int prot = PROT_NONE; prot <= PROT_READ; prot += PROT_READ)
		refuses(mmap(NULL, KERNEL_PAGE, prot, MAP_SHARED, fd, 0) ==
			MAP_FAILED ? -errno : 0, ENODEV, EACCES, "mmap");
	refuses(result(splice(fd, NULL, pipes[1], NULL, 64, SPLICE_F_NONBLOCK)),
		EINVAL, EAGAIN, "splice from it");
	refuses(result(splice(pipes[0], NULL, fd, NULL, 64, SPLICE_F_NONBLOCK)),
		EINVAL, EBADF, "splice to it");
	refuses(result(sendfile(null, fd, NULL, 64)), EINVAL, ESPIPE, "sendfile");
	refuses(result(copy_file_range(fd, NULL, null, NULL, 64, 0)), EINVAL,
		EXDEV, "copy_file_range");
	refuses(result(ftruncate(fd, 0)), EINVAL, EBADF, "ftruncate");
	refuses(result(fallocate(fd, 0, 0, 64)), ENODEV, EBADF, "fallocate");
	refuses(result(fsync(fd)), EINVAL, EINVAL, "fsync");
	refuses(result(fchdir(fd)), ENOTDIR, ENOTDIR, "fchdir");
	refuses(result(fcntl(fd, F_SETFL, O_DIRECT)), EINVAL, EINVAL, "O_DIRECT");
	refuses(result(sync_file_range(fd, zero, 0, 0)), ESPIPE, EINVAL,
		"sync_file_range");
	refuses(result(readahead(fd, 0, 64)), EINVAL, EBADF, "readahead");
	refuses(result(connect(fd, NULL, 0)), ENOTSOCK, ENOTSOCK, "connect");
	close(pipes[0]);
	close(pipes[1]);
	close(null);
	nothing_changed("calls of other files");
	section(name);
}

static short polled(int fd)
{
	struct pollfd p = { .fd = fd, .events = ~0 };

	return poll(&p, 1, 0) < 0 ? -1 : p.revents;
}

static void test_poll(void)
{
	const short always = POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLET };
	int set = epoll_create1(EPOLL_CLOEXEC);

	expect(polled(ctx), always, "poll of the context");
	expect(result(epoll_ctl(set, EPOLL_CTL_ADD, ctx, &event)), 0, "epoll");
	expect(result(epoll_ctl(set, EPOLL_CTL_ADD, log_fd, &event)), 0, "epoll");
	expect(epoll_wait(set, &event, 1, 0), 1, "the context and not the log");
	expect(polled(log_fd) ? -EIO : 0, 0, "poll of an empty log");
	close(set);
	section("poll");
}

/* A query that is answered without a packet, and so is in the log. */
static void ask(const char *label)
{
	const struct sockaddr_in to = { .sin_family = AF_INET,
					.sin_port = htons(53),
					.sin_addr.s_addr = htonl(0x09090909) };
	char query[64] = "\0\1\1\0\0\1\0\0\0\0\0\0";
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	size_t len = strlen(label);

	query[12] = len;
	memcpy(query + 13, label, len);
	memcpy(query + 13 + len, "\0\0\1\0\1", 5);
	len += 18;
	if (sendto(sock, query, len, 0, (const struct sockaddr *)&to,
		   sizeof(to)) != (ssize_t)len ||
	    recv(sock, query, sizeof(query), 0) < (ssize_t)len)
		die("a query");
	close(sock);
}

static void test_log(void)
{
	char *edge = edge_new(2), line[LINE_MAX_LEN] = "";
	size_t len = 0;
	ssize_t got;

	fcntl(log_fd, F_SETFL, O_NONBLOCK);
	expect(result(read(log_fd, line, sizeof(line))), -EAGAIN, "nothing yet");
	expect(result(read(log_fd, line, 0)), 0, "a read of nothing");
	expect(result(write(log_fd, line, 1)), -EBADF, "a write");
	ask("first");
	expect(polled(log_fd), POLLIN | POLLRDNORM, "poll of a line");
	/* What could not be given is still there. */
	expect(result(read(log_fd, edge + 8, 100)), -EFAULT, "read to nowhere");
	expect(result(read(log_fd, (void *)~0xfffUL, 100)), -EFAULT,
	       "read to the kernel's");
	expect(result(read(log_fd, edge, 1)), -EFAULT, "read past the edge");
	expect(result(read(log_fd, edge - 1, 2)), -EFAULT,
	       "read of two octets where one has room");
	while (len < sizeof(line) - 1 &&
	       (got = read(log_fd, line + len, 1)) == 1)
		len++;
	expect(strstr(line, " faked A NOERROR first\n") ? 0 : -EIO, 0,
	       "octet by octet: '%s'", line);
	ask("second");
	ask("third");
	expect(result(read(log_fd, line, sizeof(line))), 0, "read of two lines");
	expect(strstr(line, "second\n") && strstr(line, "third\n") ? 0 : -EIO, 0,
	       "the lines");
	ask("fourth");
	expect(ctx_call(ctx, MUTEX_PROXY_IOC_DNS_LOG, 0), 0, "the end");
	expect(polled(log_fd), POLLIN | POLLRDNORM | POLLHUP, "poll of the end");
	expect(result(read(log_fd, line, sizeof(line))), 0, "the last line");
	expect(read(log_fd, line, sizeof(line)) ? -EIO : 0, 0, "and no more");
	section("the log of queries");
}

int main(void)
{
	struct request r;

	dev = open(DEVICE, O_RDWR | O_CLOEXEC);
	ctx = ctx_new(MUTEX_PROXY_CLOEXEC);
	request_init(&r, "10.77.1.1", 1111);
	if (dev < 0 || ctx_give(ctx, MUTEX_PROXY_IOC_SET_POLICY, &r.policy))
		die("a policy");
	log_fd = ctx_call(ctx, MUTEX_PROXY_IOC_DNS_LOG, 16);
	if (log_fd < 0)
		die("DNS_LOG");
	ctx_state(ctx, before);
	test_unknown();
	test_numbers();
	test_strangers();
	test_arguments();
	test_lengths();
	test_file(ctx, "other calls of the context");
	test_file(log_fd, "other calls of the log");
	test_poll();
	if (ctx_call(ctx, MUTEX_PROXY_IOC_ENABLE, 0))
		die("ENABLE");
	test_log();
	close(log_fd);
	close(ctx);
	close(dev);
	return verdict();
}
