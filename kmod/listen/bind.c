// SPDX-License-Identifier: GPL-2.0
/*
 * Lifetimes. The list's reference lasts from mprox_bind_open() to bind_end(). The
 * work is queued by our socket's callbacks, with a reference of its own. They are
 * put back, with the socket locked, before the list's reference goes, and every
 * caller of them holds that lock; so they have a bind that is alive. A bind holds
 * its context, and the module's exit waits for those.
 */
#include "listen/bind.h"

#include <linux/delay.h>
#include <linux/memcontrol.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <net/request_sock.h>
#include <net/tcp.h>
#include "report/warn.h"
#include "scope/user.h"
#include "stack/connect.h"
#include "tcp/tell.h"

atomic_t mprox_nr_binds = ATOMIC_INIT(0);

/* Process context. */
static DEFINE_MUTEX(binds_mutex);
static LIST_HEAD(binds);

static void bind_put(struct mprox_bind *bind)
{
	if (!bind || !refcount_dec_and_test(&bind->refs))
		return;
	mprox_actor_put(&bind->errand.asker);
	sock_put(bind->listener);
	mprox_ctx_put(bind->own.ctx);
	mprox_user_release(bind->user, MPROX_QUOTA_BINDS);
	kfree(bind);
	atomic_dec(&mprox_nr_binds);
}

/*
 * A closed socket is orphaned; we keep only its memory. One that connects will
 * never listen.
 */
static bool bind_is_wanted(const struct mprox_errand *errand)
{
	const struct mprox_bind *bind = container_of(errand, struct mprox_bind, errand);
	const struct sock *sk = bind->listener;

	return !sock_flag(sk, SOCK_DEAD) && !READ_ONCE(bind->abandoned) &&
	       (1 << READ_ONCE(sk->sk_state)) & (TCPF_CLOSE | TCPF_LISTEN);
}

/* The proxy has opened the port. */
static void bind_opened(struct mprox_errand *errand, const struct mprox_policy *policy,
			const struct mprox_addr *proxy, const struct mprox_addr *at)
{
	struct mprox_bind *bind = container_of(errand, struct mprox_bind, errand);

	bind->bound = *at;
	complete_all(&bind->opened);
}

static void bind_errand_get(struct mprox_errand *errand)
{
	refcount_inc(&container_of(errand, struct mprox_bind, errand)->refs);
}

static void bind_errand_put(struct mprox_errand *errand)
{
	bind_put(container_of(errand, struct mprox_bind, errand));
}

static const struct mprox_errand_ops bind_errand_ops = {
	.command = MPROX_COMMAND_BIND,
	.get = bind_errand_get,
	.put = bind_errand_put,
	.is_wanted = bind_is_wanted,
	.opened = bind_opened,
};

static void bind_queue(struct mprox_bind *bind)
{
	refcount_inc(&bind->refs);
	/* Queued already: that one's reference stays, ours is not the last. */
	if (!queue_work(mprox_wq, &bind->work))
		bind_put(bind);
}

static void bind_kick(struct mprox_own *own)
{
	bind_queue(container_of(own, struct mprox_bind, own));
}

/* What the struct socket held is the queue's from here on. */
static void bind_strip_socket(struct socket *sock)
{
	struct sock *sk = sock->sk;

	lock_sock(sk);
	write_lock_bh(&sk->sk_callback_lock);
	sk_set_socket(sk, NULL);
	RCU_INIT_POINTER(sk->sk_wq, NULL);
	write_unlock_bh(&sk->sk_callback_lock);
	release_sock(sk);
	sock->sk = NULL;
	sock->state = SS_UNCONNECTED;
	sock_release(sock);
}

/* @err is for who waits in mprox_bind_open(). Once, under bind->lock. */
static void bind_end(struct mprox_bind *bind, int err)
{
	lockdep_assert_held(&bind->lock);
	bind->is_over = true;
	if (bind->own.sock)
		sock_release(mprox_own_let_go(&bind->own));
	if (!completion_done(&bind->opened)) {
		bind->err = err;
		complete_all(&bind->opened);
	}
	mutex_lock(&binds_mutex);
	list_del(&bind->node);
	mutex_unlock(&binds_mutex);
	bind_put(bind);
}

/*
 * A child in an accept queue is locked by nobody's process (see the warning in
 * inet_csk_listen_stop()), so it is queued under the spinlock alone.
 */
static void lock_unowned(struct sock *sk)
	__acquires(&sk->sk_lock.slock)
{
	for (;;) {
		local_bh_disable();
		bh_lock_sock(sk);
		if (!sock_owned_by_user(sk))
			return;
		bh_unlock_sock(sk);
		local_bh_enable();
		msleep(20);
	}
}

/*
 * To the others that wait for accept(), as tcp_get_cookie_sock() does it. If the
 * socket does not listen (any more), the kernel ends the connection.
 */
static void hand_over(struct mprox_bind *bind)
{
	struct sock *listener = bind->listener, *sk = bind->own.sock->sk;
	struct request_sock *req;
	bool taken;

	req = inet_reqsk_alloc(listener->sk_prot->rsk_prot, listener, true);
	if (!req)
		return;
	tcp_rsk(req)->tfo_listener = false;
	refcount_set(&req->rsk_refcnt, 1);

	bind_strip_socket(mprox_own_let_go(&bind->own));
	sock_hold(sk);
	lock_unowned(sk);
	taken = inet_csk_reqsk_queue_add(listener, req, sk);
	if (taken)
		listener->sk_data_ready(listener);
	bh_unlock_sock(sk);
	local_bh_enable();
	sock_put(sk);
	if (!taken)
		reqsk_put(req);
}

/* The child of a real listener would have these from it. */
static void bind_inherit(struct sock *sk, const struct sock *listener)
{
	lock_sock(sk);
#ifdef CONFIG_MEMCG
	/* accept() charges it to whom it takes it for, and expects no one here. */
	if (sk->sk_memcg)
		css_put(&sk->sk_memcg->css);
	sk->sk_memcg = NULL;
#endif
	sk->sk_uid = listener->sk_uid;
	sk->sk_mark = listener->sk_mark;
	sk->sk_priority = listener->sk_priority;
	sk->sk_bound_dev_if = listener->sk_bound_dev_if;
	release_sock(sk);
}

static int bind_like(struct socket *sock, const struct sock *listener)
{
	struct mprox_addr at;

	mprox_bound_addr(listener, &at);
	at.port = 0;
	return ipv6_addr_any(&at.addr) ? 0 : mprox_bind_at(sock, &at, 0);
}

/*
 * connect() to the peer, in the name of the caller and of his cgroup; lead.c leads it
 * to the proxy.
 */
static int bind_begin(struct mprox_bind *bind)
{
	const struct sock *listener = bind->listener;
	struct mprox_addr peer = bind->peer;
	int err;

	err = __sock_create(sock_net(listener), listener->sk_family,
			    SOCK_STREAM, IPPROTO_TCP, &bind->own.sock, 0);
	if (err)
		return err;
	bind_inherit(bind->own.sock->sk, listener);
	mprox_own_take(&bind->own);
	err = bind_like(bind->own.sock, listener);
	if (err)
		return err;
	peer.port = peer.port ?: htons(1);
	err = mprox_connect(bind->own.sock, &peer, 0, O_NONBLOCK);
	return err == -EINPROGRESS ? 0 : err;
}

static void bind_work(struct work_struct *work)
{
	struct mprox_bind *bind = container_of(work, struct mprox_bind, work);

	mutex_lock(&bind->lock);
	if (bind->is_over)
		goto out;
	switch (READ_ONCE(bind->own.sock->sk->sk_state)) {
	case TCP_SYN_SENT:
		break;
	case TCP_CLOSE:
		bind_end(bind, sock_error(bind->own.sock->sk) ?: -ECONNABORTED);
		break;
	default:
		hand_over(bind);
		bind_end(bind, -ECONNABORTED);
		break;
	}
out:
	mutex_unlock(&bind->lock);
	bind_put(bind);
}

static struct mprox_bind *bind_alloc(struct mprox_ctx *ctx, struct sock *listener,
				     const struct mprox_addr *peer)
{
	struct mprox_user *user;
	struct mprox_bind *bind;

	if (atomic_inc_return(&mprox_nr_binds) > MPROX_MAX_BINDS) {
		mprox_warn_bound("ports on proxies", MPROX_MAX_BINDS);
		goto err_count;
	}
	user = mprox_user_charge_current(MPROX_QUOTA_BINDS);
	if (IS_ERR(user))
		goto err_count;
	bind = kzalloc(sizeof(*bind), GFP_KERNEL_ACCOUNT);
	if (!bind)
		goto err_user;
	bind->user = user;
	refcount_set(&bind->refs, 2);	/* the list's and our caller's */
	bind->own.ctx = ctx;
	bind->own.errand = &bind->errand;
	bind->own.kick = bind_kick;
	mprox_ctx_get(ctx);
	bind->listener = listener;
	sock_hold(listener);
	bind->peer = *peer;
	bind->errand.ops = &bind_errand_ops;
	bind->errand.port = peer->port;
	mprox_tell_errand(ctx, &bind->errand);
	mutex_init(&bind->lock);
	init_completion(&bind->opened);
	INIT_WORK(&bind->work, bind_work);
	return bind;

err_user:
	mprox_user_release(user, MPROX_QUOTA_BINDS);
err_count:
	atomic_dec(&mprox_nr_binds);
	return NULL;
}

/* The one that waits for @listener, or a new one; referenced. */
static struct mprox_bind *find_or_add(struct mprox_ctx *ctx,
				      struct sock *listener,
				      const struct mprox_addr *peer,
				      bool *is_new)
{
	struct mprox_bind *bind;

	*is_new = false;
	mutex_lock(&binds_mutex);
	list_for_each_entry(bind, &binds, node) {
		if (bind->listener == listener) {
			refcount_inc(&bind->refs);
			goto out;
		}
	}
	*is_new = true;
	bind = bind_alloc(ctx, listener, peer);
	if (bind)
		list_add(&bind->node, &binds);
out:
	mutex_unlock(&binds_mutex);
	return bind;
}

int mprox_bind_open(struct mprox_ctx *ctx, struct sock *listener,
		    const struct mprox_addr *peer, struct mprox_addr *bound)
{
	struct mprox_bind *bind;
	bool is_new;
	int err;

	bind = find_or_add(ctx, listener, peer, &is_new);
	if (!bind)
		return -ENOMEM;
	if (is_new) {
		mutex_lock(&bind->lock);
		err = bind_begin(bind);
		if (err)
			bind_end(bind, err);
		mutex_unlock(&bind->lock);
	}
	err = wait_for_completion_interruptible(&bind->opened);
	if (err) {
		if (is_new)
			WRITE_ONCE(bind->abandoned, true);
		err = -EINTR;
	} else {
		err = bind->err;
		*bound = bind->bound;
		if (!err && !is_new)
			err = -EALREADY;
	}
	bind_put(bind);
	return err;
}
