/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * multi_fd COMMAND URL...: COMMAND once through each proxy, all at the same time, and
 * then what each of them has carried. A context holds its maker and what that forks:
 * so each child makes its own, and hands a copy of the descriptor to the parent. To
 * hold a descriptor is not to be in scope, so the parent stays outside of all.
 *
 *	cc -o multi_fd multi_fd.c -lmprox
 *	./multi_fd 'curl -s https://example.org' socks5://one http://two:3128
 */
#include <errno.h>
#include <mprox.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONTEXTS_MAX 16

/* A message of one octet that carries a descriptor (unix(7), SCM_RIGHTS). */
union control {
	char room[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

static void describe(struct msghdr *msg, struct iovec *part, union control *control)
{
	memset(msg, 0, sizeof(*msg));
	memset(control, 0, sizeof(*control));
	msg->msg_iov = part;
	msg->msg_iovlen = 1;
	msg->msg_control = control->room;
	msg->msg_controllen = sizeof(control->room);
}

static int send_fd(int to, int fd)
{
	char octet = 0;
	struct iovec part = { &octet, 1 };
	union control control;
	struct msghdr msg;
	struct cmsghdr *head;

	describe(&msg, &part, &control);
	head = CMSG_FIRSTHDR(&msg);
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &fd, sizeof(int));
	return sendmsg(to, &msg, 0) == 1 ? 0 : -1;
}

/* -1: the child has failed, and said why. */
static int receive_fd(int from)
{
	char octet;
	struct iovec part = { &octet, 1 };
	union control control;
	struct msghdr msg;
	struct cmsghdr *head;
	int fd = -1;

	describe(&msg, &part, &control);
	if (recvmsg(from, &msg, MSG_CMSG_CLOEXEC) != 1)
		return -1;
	head = CMSG_FIRSTHDR(&msg);
	if (head && head->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(head), sizeof(int));
	return fd;
}

static void run(const char *command, const char *url, int parent)
{
	int fd = mprox_create(0);

	if (fd < 0) {
		fprintf(stderr, "mprox_create: %s\n", strerror(errno));
	} else if (mprox_set_url(fd, url) != 0) {
		fprintf(stderr, "%s\n", mprox_error());
	} else if (mprox_enable(fd) != 0 || send_fd(parent, fd) != 0) {
		fprintf(stderr, "%s: %s\n", url, strerror(errno));
	} else {
		close(parent);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	}
	_exit(1);
}

/* Returns the context that a child has made for itself, or -1. */
static int start(const char *command, const char *url)
{
	int pair[2], fd = -1;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return -1;
	switch (fork()) {
	case -1:
		break;
	case 0:
		run(command, url, pair[1]);
		break;
	default:
		close(pair[1]);
		fd = receive_fd(pair[0]);
		close(pair[0]);
		return fd;
	}
	close(pair[0]);
	close(pair[1]);
	return fd;
}

int main(int argc, char **argv)
{
	struct mutex_proxy_stats stats;
	int fds[CONTEXTS_MAX], i, rc, failed = 0;

	if (argc < 3 || argc - 2 > CONTEXTS_MAX) {
		fprintf(stderr, "usage: %s COMMAND URL...\n", argv[0]);
		return 2;
	}
	for (i = 0; i < argc - 2; i++)
		fds[i] = start(argv[1], argv[i + 2]);
	while (wait(&rc) > 0)
		failed |= rc;
	for (i = 0; i < argc - 2; i++) {
		if (fds[i] < 0 || mprox_get_stats(fds[i], &stats) != 0)
			continue;
		/* Not the URL: it may hold a password. */
		printf("proxy %d: %llu connections\n", i + 1,
		       (unsigned long long)stats.connections_total);
		close(fds[i]);
	}
	return failed ? 1 : 0;
}
