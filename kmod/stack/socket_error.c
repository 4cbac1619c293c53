// SPDX-License-Identifier: GPL-2.0
#include "stack/socket_error.h"

#include <linux/slab.h>
#include "mprox.h"

struct late_error {
	struct work_struct work;
	struct sock *sk;	/* referenced */
	u32 isn;
	int error;
};

void mprox_socket_fail(struct sock *sk, int error)
{
	local_bh_disable();
	bh_lock_sock(sk);
	WRITE_ONCE(sk->sk_err, -error);
	/* Pairs with the barrier in tcp_poll(). */
	smp_wmb();
	tcp_done(sk);
	if (!sock_flag(sk, SOCK_DEAD))
		sk_error_report(sk);
	bh_unlock_sock(sk);
	local_bh_enable();
}

static void socket_error(struct sock *sk, u32 isn, int error)
{
	lock_sock(sk);
	if (mprox_is_connecting(sk, isn))
		mprox_socket_fail(sk, error);
	release_sock(sk);
}

static void socket_error_tell(struct work_struct *work)
{
	struct late_error *late = container_of(work, struct late_error, work);

	socket_error(late->sk, late->isn, late->error);
	sock_put(late->sk);
	kfree(late);
}

bool mprox_socket_error_later(struct sock *sk, u32 isn, int error)
{
	struct late_error *late = kmalloc(sizeof(*late), GFP_ATOMIC);

	if (!late)
		return false;
	INIT_WORK(&late->work, socket_error_tell);
	sock_hold(sk);
	late->sk = sk;
	late->isn = isn;
	late->error = error;
	queue_work(mprox_wq, &late->work);
	return true;
}
