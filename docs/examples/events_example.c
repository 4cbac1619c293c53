/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events_example URL COMMAND [ARG...]: says in JSON what becomes of COMMAND's
 * connections, while it runs. The keys stand in EVENTS.md.
 *
 *	cc -o events_example events_example.c -lmprox
 *	./events_example socks5://127.0.0.1:1080 curl https://example.org
 */
#include <errno.h>
#include <mprox.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	return 1;
}

/* Records that are there, each in a line. */
static void print_records(int events)
{
	static _Alignas(8) char records[65536];
	static char line[MPROX_EVENT_LINE];
	const struct mutex_proxy_event *event;
	ssize_t len = read(events, records, sizeof(records));
	size_t at = 0;

	while (len > 0 && (event = mprox_event_next(records, (size_t)len, &at)))
		if (mprox_event_json(event, line, sizeof(line)) > 0)
			puts(line);
	fflush(stdout);
}

static int watch(int events, pid_t child)
{
	struct pollfd fds[2] = {
		{ .fd = events, .events = POLLIN },
		{ .fd = (int)syscall(SYS_pidfd_open, child, 0), .events = POLLIN },
	};
	int status = 1;

	while (poll(fds, 2, -1) > 0 || errno == EINTR) {
		if (fds[0].revents & POLLIN)
			print_records(events);
		else if (fds[0].revents || fds[1].revents)
			break;
	}
	waitpid(child, &status, 0);
	return status ? 1 : 0;
}

int main(int argc, char **argv)
{
	const struct mutex_proxy_events wanted = { .size = sizeof(wanted) };
	int fd, events;
	pid_t child;

	if (argc < 3)
		return fail("usage", "events_example URL COMMAND [ARG...]");
	fd = mprox_create(MUTEX_PROXY_CLOEXEC);
	if (fd < 0)
		return fail("mprox_create", strerror(errno));
	if (mprox_set_url(fd, argv[1]) != 0)
		return fail("mprox_set_url", mprox_error());
	events = mprox_events(fd, &wanted);
	if (events < 0)
		return fail("mprox_events", strerror(errno));
	if (mprox_enable(fd) != 0)
		return fail("mprox_enable", strerror(errno));
	child = fork();
	if (child < 0)
		return fail("fork", strerror(errno));
	if (child == 0) {
		execvp(argv[2], argv + 2);
		_exit(fail(argv[2], strerror(errno)));
	}
	return watch(events, child);
}
