// SPDX-License-Identifier: GPL-2.0
/* MUTEX_PROXY_IOC_BIND: who may ask, for what, and the answer. */
#include <linux/net.h>
#include <net/addrconf.h>
#include <net/tcp.h>
#include "gate/judge.h"
#include "listen/bind.h"
#include "policy/proxy_user.h"
#include "proto/talk.h"
#include "scope/scope.h"
#include "stack/local.h"

static int read_peer(struct mprox_addr *peer, const struct mutex_proxy_bind *ub)
{
	memset(peer, 0, sizeof(*peer));
	peer->family = ub->peer_family;
	peer->port = htons(ub->peer_port);
	memcpy(&peer->addr, ub->peer_addr, sizeof(peer->addr));
	return mprox_is_host_address(peer->family, &peer->addr) ? 0 : -EINVAL;
}

/* Could @sk take a connection from @peer, and is it one that we may bring? */
static int check_listener(struct sock *sk, const struct mprox_addr *peer)
{
	const struct inet_sock *inet = inet_sk(sk);
	bool loopback;

	if ((sk->sk_family != AF_INET && sk->sk_family != AF_INET6) ||
	    sk->sk_type != SOCK_STREAM || sk->sk_protocol != IPPROTO_TCP)
		return -EOPNOTSUPP;
	if (sk->sk_state != TCP_CLOSE && sk->sk_state != TCP_LISTEN)
		return -EISCONN;
	if (!inet->inet_num ||
	    (sk->sk_family == AF_INET ? peer->family == AF_INET6 :
	     peer->family == AF_INET && ipv6_only_sock(sk)))
		return -EINVAL;
	loopback = ipv4_is_loopback(inet->inet_rcv_saddr);
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6)
		loopback = ipv6_addr_loopback(&sk->sk_v6_rcv_saddr) ||
			   (ipv6_addr_v4mapped(&sk->sk_v6_rcv_saddr) &&
			    loopback);
#endif
	return loopback ? -EADDRNOTAVAIL : 0;
}

static bool has_socks(const struct mprox_policy *policy)
{
	u32 i;

	for (i = 0; i < policy->nr_servers; i++) {
		const struct mprox_server *server = &policy->servers[i];

		if (server->hops[server->nr_hops - 1].protocol !=
		    MPROX_PROTO_HTTP)
			return true;
	}
	return false;
}

/* What the policy in force says of it. */
static int check_policy(struct mprox_ctx *ctx, const struct mprox_addr *peer)
{
	const struct mprox_policy *policy;
	struct mprox_ruling ruling;
	int err = 0;

	rcu_read_lock();
	policy = rcu_dereference(ctx->policy);
	mprox_judge(&ruling, ctx->net, IPPROTO_TCP, peer,
		    mprox_is_local_address(ctx->net, peer));
	if (!mprox_ctx_is_enabled(ctx) || !policy)
		err = -ENODATA;
	else if (ctx->scope != MUTEX_PROXY_SCOPE_GLOBAL &&
		 !mprox_scope_holds_current(ctx))
		err = -EPERM;
	else if (!policy->bind || !has_socks(policy))
		err = -EOPNOTSUPP;
	else if (ruling.verdict != MUTEX_PROXY_VERDICT_PROXY)
		err = -EADDRNOTAVAIL;
	else if (ruling.ctx != ctx || ruling.is_query)
		err = -EPERM;
	rcu_read_unlock();
	return err;
}

int mprox_bind_user(struct mprox_ctx *ctx, struct mutex_proxy_bind *ub)
{
	struct mprox_addr peer, bound;
	struct socket *sock;
	int err;

	if (ub->flags || ub->reserved || read_peer(&peer, ub))
		return -EINVAL;
	err = check_policy(ctx, &peer);
	if (err)
		return err;
	sock = sockfd_lookup(ub->fd, &err);
	if (!sock)
		return err;
	lock_sock(sock->sk);
	err = check_listener(sock->sk, &peer);
	release_sock(sock->sk);
	if (!err && sock_net(sock->sk) != ctx->net)
		err = -EXDEV;
	if (!err)
		err = mprox_bind_open(ctx, sock->sk, &peer, &bound);
	sockfd_put(sock);
	if (err && err != -EALREADY)
		return err;
	ub->family = bound.family;
	ub->port = ntohs(bound.port);
	memcpy(ub->addr, &bound.addr, sizeof(ub->addr));
	return err;
}
