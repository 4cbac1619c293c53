// SPDX-License-Identifier: GPL-2.0-or-later
/* uring HOST PORT: prints what an io_uring connect came to. */
#include <arpa/inet.h>
#include <liburing.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST,
				  .ai_socktype = SOCK_STREAM }, *to;
	struct io_uring_cqe *cqe;
	struct io_uring ring;
	int sock, ret;

	if (argc != 3 || getaddrinfo(argv[1], argv[2], &hints, &to))
		return 2;
	ret = io_uring_queue_init(4, &ring, 0);
	if (ret) {
		puts(ret == -ENOSYS ? "ENOSYS" : strerrorname_np(-ret));
		return 77;
	}
	sock = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

	io_uring_prep_connect(sqe, sock, to->ai_addr, to->ai_addrlen);
	/* A kernel worker makes the call, not the process. */
	sqe->flags |= IOSQE_ASYNC;
	io_uring_submit(&ring);
	if (io_uring_wait_cqe(&ring, &cqe))
		return 2;
	puts(cqe->res ? strerrorname_np(-cqe->res) : "OK");
	close(sock);
	return 0;
}
