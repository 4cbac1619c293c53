/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * poll_example PROFILE COMMAND [ARG...]: says which names COMMAND asks for, while it
 * runs. PROFILE is a file as in mprox-profile(5). The log of queries is a descriptor
 * that poll() knows, as it knows the end of a process (pidfd_open(2)).
 *
 *	cc -o poll_example poll_example.c -lmprox
 *	./poll_example mine.toml curl https://example.org
 */
#include <errno.h>
#include <mprox.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define RECORDS 256

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	return 1;
}

/* Whole lines, as they are there. */
static void copy_lines(int log)
{
	char lines[4096];
	ssize_t len = read(log, lines, sizeof(lines));

	if (len > 0) {
		fwrite(lines, 1, (size_t)len, stdout);
		fflush(stdout);
	}
}

static int watch(int log, pid_t child)
{
	struct pollfd fds[2] = {
		{ .fd = log, .events = POLLIN },
		{ .fd = (int)syscall(SYS_pidfd_open, child, 0), .events = POLLIN },
	};
	int status = 1;

	while (poll(fds, 2, -1) > 0 || errno == EINTR) {
		if (fds[0].revents & POLLIN)
			copy_lines(log);
		else if (fds[0].revents || fds[1].revents)
			break;
	}
	waitpid(child, &status, 0);
	return status ? 1 : 0;
}

int main(int argc, char **argv)
{
	pid_t child;
	int fd, log;

	if (argc < 3)
		return fail("usage", "poll_example PROFILE COMMAND [ARG...]");
	fd = mprox_create(MUTEX_PROXY_CLOEXEC);
	if (fd < 0)
		return fail("mprox_create", strerror(errno));
	if (mprox_load_profile(fd, argv[1]) != 0)
		return fail("mprox_load_profile", mprox_error());
	log = mprox_dns_log(fd, RECORDS);
	if (log < 0)
		return fail("mprox_dns_log", strerror(errno));
	if (mprox_enable(fd) != 0)
		return fail("mprox_enable", strerror(errno));
	child = fork();
	if (child < 0)
		return fail("fork", strerror(errno));
	if (child == 0) {
		execvp(argv[2], argv + 2);
		_exit(fail(argv[2], strerror(errno)));
	}
	return watch(log, child);
}
