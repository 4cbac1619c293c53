/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * simple_proxy URL COMMAND [ARG...]: COMMAND, and all that it starts, goes through
 * the proxy; names are resolved by the proxy, too.
 *
 *	cc -o simple_proxy simple_proxy.c -lmprox
 *	./simple_proxy socks5://127.0.0.1:1080 curl https://example.org
 */
#include <errno.h>
#include <mprox.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int fd;

	if (argc < 3) {
		fprintf(stderr, "usage: %s URL COMMAND [ARG...]\n", argv[0]);
		return 2;
	}
	/* This process, and what it forks from now on, is in scope. */
	fd = mprox_create(0);
	if (fd < 0) {
		fprintf(stderr, "mprox_create: %s\n", strerror(errno));
		return 1;
	}
	if (mprox_set_url(fd, argv[1]) != 0) {
		fprintf(stderr, "mprox_set_url: %s\n", mprox_error());
		return 1;
	}
	if (mprox_enable(fd) != 0) {
		fprintf(stderr, "mprox_enable: %s\n", strerror(errno));
		return 1;
	}
	/* The descriptor stays open over exec, and the context lives. */
	execvp(argv[2], argv + 2);
	fprintf(stderr, "%s: %s\n", argv[2], strerror(errno));
	return 1;
}
