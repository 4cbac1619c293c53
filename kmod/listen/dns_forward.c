// SPDX-License-Identifier: GPL-2.0
/* For names that are to be asked for directly, by those who ask over TCP. */
#include "listen/dns_forward.h"

#include <linux/file.h>
#include <linux/net.h>
#include <net/sock.h>
#include "scope/context.h"
#include "stack/connect.h"

/* Of each step. glibc waits as long for a resolver. */
#define PATIENCE	(5 * HZ)

static int receive(struct socket *sock, u8 *to, size_t len)
{
	struct kvec vec = { .iov_base = to, .iov_len = len };
	struct msghdr msg = {};
	int got;

	got = kernel_recvmsg(sock, &msg, &vec, 1, len, MSG_WAITALL);
	if (got < 0)
		return got;
	return got == len ? 0 : -EPIPE;
}

static int exchange(struct socket *sock, const u8 *msg, size_t len, u8 *to)
{
	u8 prefix[2] = { len >> 8, len };
	struct kvec vec[2] = {
		{ .iov_base = prefix, .iov_len = sizeof(prefix) },
		{ .iov_base = (void *)msg, .iov_len = len },
	};
	struct msghdr hdr = { .msg_flags = MSG_NOSIGNAL };
	size_t answer;
	int err;

	err = kernel_sendmsg(sock, &hdr, vec, 2, sizeof(prefix) + len);
	if (err != sizeof(prefix) + len)
		return err < 0 ? err : -EPIPE;
	err = receive(sock, prefix, sizeof(prefix));
	if (err)
		return err;
	answer = prefix[0] << 8 | prefix[1];
	if (!answer || answer > MPROX_DNS_FORWARD_MAX)
		return -EMSGSIZE;
	err = receive(sock, to, answer);
	return err ?: answer;
}

/* False: it is over. */
static bool forward_publish(struct mprox_forward *forward, struct file *file)
{
	bool over;

	spin_lock(&forward->lock);
	over = forward->over;
	forward->file = over ? NULL : file;
	spin_unlock(&forward->lock);
	return !over;
}

void mprox_dns_forward_end(struct mprox_forward *forward)
{
	struct file *file;

	spin_lock(&forward->lock);
	forward->over = true;
	/* Published, so it has not been closed yet. */
	file = forward->file;
	if (file)
		get_file(file);
	spin_unlock(&forward->lock);
	if (!file)
		return;
	kernel_sock_shutdown(sock_from_file(file), SHUT_RDWR);
	fput(file);
}

int mprox_dns_forward(struct mprox_forward *forward, const struct mprox_ctx *ctx,
		      const struct mprox_addr *resolver, const u8 *msg,
		      size_t len, u8 *to)
{
	struct socket *sock;
	int err = -ECANCELED;

	sock = mprox_identity_socket(&ctx->identity, NULL, ctx->net,
				     resolver->family, SOCK_STREAM);
	if (IS_ERR(sock))
		return PTR_ERR(sock);
	sock->sk->sk_sndtimeo = PATIENCE;
	sock->sk->sk_rcvtimeo = PATIENCE;
	if (forward_publish(forward, sock->file))
		err = mprox_connect(sock, resolver, 0, 0);
	if (!err)
		err = exchange(sock, msg, len, to);
	forward_publish(forward, NULL);
	/* The namespace may go any time; nothing of ours may linger there. */
	sock_no_linger(sock->sk);
	mprox_identity_close(sock);
	return err;
}
