// SPDX-License-Identifier: GPL-2.0
/*
 * A probe is a connection that says nothing. It can tell that nobody is there,
 * and that somebody is there again; what a server thinks of our password or of
 * a destination only a handshake can tell, so a failure of that kind stands.
 */
#include "probe.h"

#include <linux/net.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include "connect.h"
#include "known.h"

/* At a time, over all namespaces: each blocks a worker. */
#define PROBES_MAX	16
/* Who takes longer to take a connection is no better than one who is down. */
#define PROBE_MS_MAX	5000

/**
 * struct mprox_probe - one server, once
 * @work:	on probe_wq
 * @net:	referenced
 * @known:	referenced
 * @addr:	the server's
 * @scope_id:	interface index, if @addr is link-local
 * @wait_ms:	for an answer
 * @fail_ms:	the policy's
 */
struct mprox_probe {
	struct work_struct work;
	struct net *net;
	struct mprox_known *known;
	struct mprox_addr addr;
	u32 scope_id;
	u32 wait_ms;
	u32 fail_ms;
};

static struct workqueue_struct *probe_wq;

static int connect_to(const struct mprox_probe *probe)
{
	struct socket *sock;
	int err;

	err = sock_create_kern(probe->net, probe->addr.family, SOCK_STREAM,
			       IPPROTO_TCP, &sock);
	if (err)
		return err;
	sock->sk->sk_sndtimeo = msecs_to_jiffies(probe->wait_ms);
	err = mprox_connect(sock, &probe->addr, probe->scope_id, 0);
	sock_release(sock);
	return err;
}

static void probe_one(struct work_struct *work)
{
	struct mprox_probe *probe = container_of(work, struct mprox_probe, work);
	struct mprox_known *known = probe->known;
	int err = connect_to(probe);

	/* What we lack says nothing of the server. */
	if (err && err != -ENOMEM && err != -EADDRNOTAVAIL)
		mprox_known_failed(known, probe->fail_ms, true);
	else if (!err && READ_ONCE(known->silent))
		mprox_known_worked(known);
	mprox_known_put(known);
	put_net(probe->net);
	kfree(probe);
}

static void start(struct net *net, const struct mprox_policy *policy,
		  const struct mprox_server *server)
{
	struct mprox_known *known = server->known;
	struct mprox_probe *probe;
	u32 ms = server->attempt_ms ?: policy->attempt_ms;

	/* Another context with the same server has just asked. */
	if (known->probed_at &&
	    time_before(jiffies, READ_ONCE(known->probed_at) +
				 msecs_to_jiffies(policy->probe_ms / 2)))
		return;
	probe = kzalloc(sizeof(*probe), GFP_KERNEL);
	if (!probe)
		return;
	WRITE_ONCE(known->probed_at, jiffies);
	INIT_WORK(&probe->work, probe_one);
	probe->net = get_net(net);
	probe->known = known;
	refcount_inc(&known->refs);
	probe->addr = server->hops[0].addr;
	probe->scope_id = server->hops[0].scope_id;
	probe->wait_ms = min_t(u32, ms, PROBE_MS_MAX);
	probe->fail_ms = policy->fail_ms;
	queue_work(probe_wq, &probe->work);
}

static struct mprox_policy *get_policy(struct mprox_ctx *ctx)
{
	struct mprox_policy *policy;

	rcu_read_lock();
	policy = rcu_dereference(ctx->policy);
	if (policy)
		mprox_policy_get(policy);
	rcu_read_unlock();
	return policy;
}

void mprox_probe_all(struct work_struct *work)
{
	struct mprox_ctx *ctx = container_of(to_delayed_work(work),
					     struct mprox_ctx, probe_work);
	struct mprox_policy *policy;
	u32 i;

	/* Without a user its namespace may be gone. */
	if (!refcount_inc_not_zero(&ctx->users))
		return;
	policy = get_policy(ctx);
	if (policy && policy->probe_ms && READ_ONCE(ctx->enabled)) {
		for (i = 0; i < policy->nr_servers; i++)
			start(ctx->net, policy, &policy->servers[i]);
		queue_delayed_work(mprox_wq, &ctx->probe_work,
				   msecs_to_jiffies(policy->probe_ms));
	}
	mprox_policy_put(policy);
	mprox_ctx_put_user(ctx);
}

void mprox_probe_arm(struct mprox_ctx *ctx)
{
	const struct mprox_policy *policy;

	lockdep_assert_held(&ctx->lock);
	policy = rcu_dereference_protected(ctx->policy,
					   lockdep_is_held(&ctx->lock));
	if (policy && policy->probe_ms && ctx->enabled)
		mod_delayed_work(mprox_wq, &ctx->probe_work, 0);
}

int mprox_probe_init(void)
{
	probe_wq = alloc_workqueue("mprox_probe", WQ_UNBOUND, PROBES_MAX);
	return probe_wq ? 0 : -ENOMEM;
}

void mprox_probe_exit(void)
{
	destroy_workqueue(probe_wq);
}
