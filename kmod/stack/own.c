// SPDX-License-Identifier: GPL-2.0
#include "stack/own.h"

#include <net/tcp.h>
#include "stack/connect.h"
#include "stack/identity.h"

static void on_state_change(struct sock *sk)
{
	struct mprox_own *own = sk->sk_user_data;

	own->state_change(sk);
	if (sk->sk_state != TCP_SYN_SENT)
		own->kick(own);
}

static void on_data_ready(struct sock *sk)
{
	struct mprox_own *own = sk->sk_user_data;

	own->data_ready(sk);
	own->kick(own);
}

struct mprox_own *mprox_own_of(const struct sock *sk)
{
	return sk->sk_state_change == on_state_change ? sk->sk_user_data : NULL;
}

/* The callbacks run with the socket locked, so none is under way after this. */
void mprox_own_take(struct mprox_own *own)
{
	struct sock *sk = own->sock->sk;

	lock_sock(sk);
	write_lock_bh(&sk->sk_callback_lock);
	own->state_change = sk->sk_state_change;
	own->data_ready = sk->sk_data_ready;
	sk->sk_user_data = own;
	sk->sk_state_change = on_state_change;
	sk->sk_data_ready = on_data_ready;
	write_unlock_bh(&sk->sk_callback_lock);
	release_sock(sk);
}

int mprox_own_connect(struct mprox_own *own, const struct mprox_identity *id,
		      struct sock *like, struct net *net,
		      const struct mprox_addr *to, u32 scope_id)
{
	struct socket *sock;
	int err;

	sock = mprox_identity_socket(id, like, net, to->family, SOCK_STREAM);
	if (IS_ERR(sock))
		return PTR_ERR(sock);
	own->sock = sock;
	mprox_own_take(own);
	err = mprox_connect(own->sock, to, scope_id, O_NONBLOCK);
	if (err == -EINPROGRESS)
		return 0;
	if (err)
		mprox_own_close(own);
	return err;
}

struct socket *mprox_own_let_go(struct mprox_own *own)
{
	struct socket *sock = own->sock;
	struct sock *sk = sock->sk;

	lock_sock(sk);
	write_lock_bh(&sk->sk_callback_lock);
	sk->sk_state_change = own->state_change;
	sk->sk_data_ready = own->data_ready;
	sk->sk_user_data = NULL;
	write_unlock_bh(&sk->sk_callback_lock);
	release_sock(sk);
	own->sock = NULL;
	return sock;
}

void mprox_own_close(struct mprox_own *own)
{
	if (own->sock)
		mprox_identity_close(mprox_own_let_go(own));
}
