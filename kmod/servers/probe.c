// SPDX-License-Identifier: GPL-2.0
/*
 * A probe is a connection that says nothing. It can tell that nobody is there,
 * and that somebody is there again; what a server thinks of our password or of
 * a destination only a handshake can tell, so a failure of that kind stands.
 *
 * Nobody waits for one: it is a socket that connects, and a work that comes by
 * when something happens to it and each tick, to see whether there is still
 * anybody who wants to know. The work owns the probe, which holds the context's
 * memory and the namespace; so a silent server keeps neither longer than a tick
 * after the context's end.
 */
#include "servers/probe.h"

#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/tcp_states.h>
#include "report/warn.h"
#include "servers/known.h"
#include "stack/own.h"

/* At a time, over all namespaces: a socket and a file each, some 3 KiB. */
#define PROBES_MAX	4096
/* Who takes longer to take a connection is no better than one who is down. */
#define PROBE_MS_MAX	5000
#define PROBE_TICK	(HZ / 2)

/**
 * struct mprox_probe - one server, once
 * @work:	on mprox_wq, queued or running until the probe is over
 * @own:	the connection
 * @ctx:	who wants to know; its memory referenced, and its namespace
 * @share:	what it knows of the server, referenced
 * @at:		the server's address
 * @scope_id:	interface index, if @at is link-local
 * @until:	jiffies: no answer by then is a no
 * @fail_ms:	of struct mprox_probe_terms
 */
struct mprox_probe {
	struct delayed_work work;
	struct mprox_own own;
	struct mprox_ctx *ctx;
	struct mprox_share *share;
	struct mprox_addr at;
	u32 scope_id;
	unsigned long until;
	u32 fail_ms;
};

static atomic_t probes_alive = ATOMIC_INIT(0);

/* While there is a connection the work is queued or runs. */
static void probe_kick(struct mprox_own *own)
{
	struct mprox_probe *probe = container_of(own, struct mprox_probe, own);

	mod_delayed_work(mprox_wq, &probe->work, 0);
}

/* What we lack, or may not do, says nothing of the server. */
static bool is_about_server(int err)
{
	switch (err) {
	case -ENOMEM:
	case -ENOBUFS:
	case -ENFILE:
	case -EADDRNOTAVAIL:
	case -EACCES:
	case -EPERM:
	case -ECANCELED:
		return false;
	default:
		return true;
	}
}

static void probe_learn(const struct mprox_probe *probe, int err)
{
	struct mprox_share *share = probe->share;
	struct mprox_events *events = probe->ctx->events;

	if (err && is_about_server(err)) {
		if (mprox_share_failed(share, probe->fail_ms, true))
			mprox_server_tell(events, &probe->at, MUTEX_PROXY_EVENT_SERVER_DOWN,
					  err == -ECONNREFUSED ?
						MUTEX_PROXY_REASON_SERVER_REFUSED :
						MUTEX_PROXY_REASON_SERVER_TIMEOUT);
	} else if (!err && READ_ONCE(share->known->silent)) {
		if (mprox_share_worked(share))
			mprox_server_tell(events, &probe->at, MUTEX_PROXY_EVENT_SERVER_UP, 0);
	}
}

/* Its connection is closed, and its work does not run, or is the caller. */
static void probe_free(struct mprox_probe *probe)
{
	struct mprox_ctx *ctx = probe->ctx;
	struct net *net = ctx->net;

	clear_bit_unlock(MPROX_KNOWN_PROBED, &probe->share->known->flags);
	mprox_share_put(probe->share);
	kfree(probe);
	/* In the order of end_of_users(), and for its reason. */
	mprox_ctx_put(ctx);
	put_net(net);
	atomic_dec(&probes_alive);
}

/* -EINPROGRESS: nobody has answered yet. */
static int probe_look(struct mprox_probe *probe)
{
	struct mprox_ctx *ctx = probe->ctx;
	struct sock *sk;

	if (!READ_ONCE(ctx->enabled))
		return -ECANCELED;
	if (!probe->own.sock)
		return mprox_own_connect(&probe->own, &ctx->identity, NULL,
					 ctx->net, &probe->at,
					 probe->scope_id) ?: -EINPROGRESS;
	sk = probe->own.sock->sk;
	switch (READ_ONCE(sk->sk_state)) {
	case TCP_SYN_SENT:
		return time_before(jiffies, probe->until) ? -EINPROGRESS :
							    -ETIMEDOUT;
	case TCP_CLOSE:
		return sock_error(sk) ?: -ECONNRESET;
	default:
		return 0;
	}
}

static void probe_work(struct work_struct *work)
{
	struct mprox_probe *probe = container_of(to_delayed_work(work),
						 struct mprox_probe, work);
	int err = probe_look(probe);

	if (err == -EINPROGRESS) {
		queue_delayed_work(mprox_wq, &probe->work, PROBE_TICK);
		return;
	}
	mprox_own_close(&probe->own);
	/* A kick before that may have queued us again: no other comes. */
	cancel_delayed_work(&probe->work);
	probe_learn(probe, err);
	probe_free(probe);
}

/* The caller has a user of @ctx. NULL: not now. */
static struct mprox_probe *probe_alloc(struct mprox_ctx *ctx,
				       struct mprox_share *share)
{
	struct mprox_probe *probe;

	if (atomic_inc_return(&probes_alive) > PROBES_MAX) {
		mprox_warn_bound("probes of servers", PROBES_MAX);
		goto err_count;
	}
	probe = kzalloc(sizeof(*probe), GFP_KERNEL);
	if (!probe)
		goto err_count;
	INIT_DELAYED_WORK(&probe->work, probe_work);
	probe->own.kick = probe_kick;
	probe->ctx = ctx;
	mprox_ctx_get(ctx);
	get_net(ctx->net);
	probe->share = share;
	refcount_inc(&share->refs);
	return probe;

err_count:
	atomic_dec(&probes_alive);
	return NULL;
}

void mprox_probe_start(struct mprox_ctx *ctx, const struct mprox_server *server,
		       const struct mprox_probe_terms *terms)
{
	struct mprox_known *known = server->known;
	u32 ms = server->attempt_ms ?: terms->attempt_ms;
	struct mprox_probe *probe;

	/* Another context of the same user has just asked. */
	if (known->probed_at &&
	    time_before(jiffies, READ_ONCE(known->probed_at) +
				 msecs_to_jiffies(terms->probe_ms / 2)))
		return;
	/* Or asks now: it is given back when the probe is over. */
	if (test_and_set_bit_lock(MPROX_KNOWN_PROBED, &known->flags))
		return;
	probe = probe_alloc(ctx, server->share);
	if (!probe) {
		clear_bit_unlock(MPROX_KNOWN_PROBED, &known->flags);
		return;
	}
	WRITE_ONCE(known->probed_at, jiffies);
	probe->until = jiffies + msecs_to_jiffies(min_t(u32, ms, PROBE_MS_MAX));
	probe->fail_ms = terms->fail_ms;
	probe->at = server->at;
	probe->scope_id = server->hops[0].scope_id;
	queue_delayed_work(mprox_wq, &probe->work, 0);
}

void mprox_probe_exit(void)
{
	while (atomic_read(&probes_alive))
		schedule_timeout_uninterruptible(HZ / 20);
}
