// SPDX-License-Identifier: GPL-2.0
/*
 * A connection to port 53 is led to our own server on loopback, by the kernel's
 * NAT; what it is asked it answers as it would a datagram. What nobody has led
 * there gets no answer: another user of the machine could otherwise push names
 * out of a context's table.
 */
#include "dns_tcp.h"

#include <linux/in.h>
#include <linux/net.h>
#include <linux/slab.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include <net/sock.h>
#include <net/tcp.h>
#include "compat/socket.h"
#include "dns.h"
#include "dns_conn.h"
#include "net.h"
#include "packet.h"

#define BACKLOG		128

void mprox_dns_set_callbacks(struct socket *sock, void *user_data,
			     void (*data_ready)(struct sock *sk),
			     void (*state_change)(struct sock *sk))
{
	struct sock *sk = sock->sk;

	write_lock_bh(&sk->sk_callback_lock);
	sk->sk_user_data = user_data;
	sk->sk_data_ready = data_ready;
	sk->sk_state_change = state_change;
	write_unlock_bh(&sk->sk_callback_lock);
}

void mprox_dns_restore_callbacks(const struct mprox_dns_server *server,
				 struct socket *sock)
{
	mprox_dns_set_callbacks(sock, NULL, server->data_ready,
				server->state_change);
}

/*
 * Who is connected here, and to whom does he think he is? conntrack knows: the
 * answers' tuple leads to the entry, and that to what the program asked for.
 */
static struct mprox_flow *find_client(struct mprox_dns_server *server,
				      struct socket *sock)
{
	struct nf_conntrack_tuple tuple = {};
	const struct sock *sk = sock->sk;
	struct nf_conntrack_tuple_hash *hash;
	struct mprox_flow *flow = NULL;
	struct mprox_key key;
	struct nf_conn *ct;

	tuple.dst.protonum = IPPROTO_TCP;
	tuple.src.l3num = sk->sk_family;
	if (sk->sk_family == AF_INET) {
		tuple.src.u3.ip = sk->sk_rcv_saddr;
		tuple.dst.u3.ip = sk->sk_daddr;
	} else {
		tuple.src.u3.in6 = sk->sk_v6_rcv_saddr;
		tuple.dst.u3.in6 = sk->sk_v6_daddr;
	}
	tuple.src.u.tcp.port = inet_sk(sk)->inet_sport;
	tuple.dst.u.tcp.port = inet_sk(sk)->inet_dport;
	hash = nf_conntrack_find_get(server->net, &nf_ct_zone_dflt, &tuple);
	if (!hash)
		return NULL;
	ct = nf_ct_tuplehash_to_ctrack(hash);
	if (NF_CT_DIRECTION(hash) == IP_CT_DIR_REPLY) {
		const struct nf_conntrack_tuple *from =
			&ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;

		mprox_key_init(&key, server->net, from->src.l3num, MPROX_OUT,
			       &from->src.u3, &from->dst.u3,
			       from->src.u.tcp.port, from->dst.u.tcp.port);
		flow = mprox_flow_find(&key);
	}
	nf_ct_put(ct);
	return flow;
}

/* Takes over @sock if it succeeds. */
static int take(struct mprox_dns_server *server, struct socket *sock)
{
	struct mprox_flow *flow;
	int err = -EPERM;

	flow = find_client(server, sock);
	if (!flow)
		return -EPERM;
	if (flow->is_query)
		err = mprox_dns_conn_add(server, sock, flow);
	mprox_flow_put(flow);
	return err;
}

static void accept_work(struct work_struct *work)
{
	struct mprox_dns_server *server =
		container_of(work, struct mprox_dns_server, accept_work);
	struct socket *sock;
	int i;

	for (i = 0; i < ARRAY_SIZE(server->listeners); i++) {
		while (server->listeners[i] &&
		       !kernel_accept(server->listeners[i], &sock, O_NONBLOCK)) {
			if (take(server, sock)) {
				mprox_dns_restore_callbacks(server, sock);
				sock_no_linger(sock->sk);
				sock_release(sock);
			}
			cond_resched();
		}
	}
}

/* Also called for a child that inherits it, until it is accepted. */
static void on_listener_data(struct sock *sk)
{
	struct mprox_dns_server *server;

	read_lock_bh(&sk->sk_callback_lock);
	server = sk->sk_user_data;
	if (server && sk->sk_state == TCP_LISTEN)
		queue_work(mprox_wq, &server->accept_work);
	read_unlock_bh(&sk->sk_callback_lock);
}

static int listen_at(struct socket *sock, struct mprox_addr *at)
{
	struct sockaddr_storage name = {};
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)&name;
	struct sockaddr_in *sin = (struct sockaddr_in *)&name;
	int err, len;

	if (at->family == AF_INET) {
		sin->sin_family = AF_INET;
		sin->sin_addr.s_addr = at->addr.s6_addr32[0];
		len = sizeof(*sin);
	} else {
		sin6->sin6_family = AF_INET6;
		sin6->sin6_addr = at->addr;
		len = sizeof(*sin6);
	}
	err = kernel_bind(sock, (struct mprox_compat_sockaddr *)&name, len);
	if (!err)
		err = kernel_listen(sock, BACKLOG);
	if (err)
		return err;
	at->port = inet_sk(sock->sk)->inet_sport;
	return 0;
}

static int start_listener(struct mprox_dns_server *server, int i, u16 family)
{
	struct mprox_addr at = { .family = family };
	struct socket *sock;
	int err;

	if (family == AF_INET)
		at.addr.s6_addr32[0] = htonl(INADDR_LOOPBACK);
	else
		at.addr = in6addr_loopback;
	err = sock_create_kern(server->net, family, SOCK_STREAM, IPPROTO_TCP,
			       &sock);
	if (err)
		return err;
	err = listen_at(sock, &at);
	if (err) {
		sock_release(sock);
		return err;
	}
	server->at[i] = at;
	server->listeners[i] = sock;
	server->data_ready = sock->sk->sk_data_ready;
	server->state_change = sock->sk->sk_state_change;
	mprox_dns_set_callbacks(sock, server, on_listener_data, server->state_change);
	return 0;
}

int mprox_dns_server_start(struct mprox_dns_server *server, struct net *net)
{
	int err;

	server->net = net;
	spin_lock_init(&server->lock);
	INIT_LIST_HEAD(&server->conns);
	INIT_WORK(&server->accept_work, accept_work);
	err = start_listener(server, 0, AF_INET);
	/* No descriptor is asked for, and any port would do: memory is what lacks. */
	if (err == -ENFILE || err == -EADDRINUSE)
		return -ENOMEM;
	if (err)
		return err;
	/* A kernel without IPv6, or a namespace whose lo has no ::1. */
	start_listener(server, 1, AF_INET6);
	return 0;
}

/* No hook leads anybody here any more. */
void mprox_dns_server_stop(struct mprox_dns_server *server)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(server->listeners); i++)
		if (server->listeners[i])
			mprox_dns_restore_callbacks(server, server->listeners[i]);
	if (server->net)
		cancel_work_sync(&server->accept_work);
	for (i = 0; i < ARRAY_SIZE(server->listeners); i++) {
		if (server->listeners[i])
			sock_release(server->listeners[i]);
		server->listeners[i] = NULL;
		server->at[i].family = 0;
	}
	if (server->net)
		mprox_dns_conn_end_all(server);
	server->net = NULL;
}

/* Is there a name whose query must not simply leave? */
static bool looks_at_names(const struct mprox_dns *dns)
{
	u32 i;

	for (i = 0; i < dns->nr_rules; i++)
		if (dns->rules[i].mode != MUTEX_PROXY_DNS_DIRECT ||
		    dns->rules[i].resolver)
			return true;
	return dns->mode != MUTEX_PROXY_DNS_DIRECT;
}

/*
 * A socket that is bound to a device sends to 127.0.0.1 by that device, and what
 * we say to an address of somebody else's leaves: both would be seen outside.
 */
static bool reaches_loopback(const struct sk_buff *skb,
			     const struct nf_hook_state *state)
{
	const struct sock *sk = state->sk;

	return sk && sk_fullsock(sk) &&
	       (!sk->sk_bound_dev_if ||
		sk->sk_bound_dev_if == LOOPBACK_IFINDEX) &&
	       mprox_is_from_here(skb, state->pf, state->net);
}

/* Family 0: nobody listens. */
static const struct mprox_addr *listener_of(const struct mprox_key *key)
{
	return &mprox_net(key->net)->dns.at[key->family == AF_INET6];
}

unsigned int mprox_dns_stream(struct mprox_ctx *ctx,
			      const struct mprox_policy *policy,
			      const struct mprox_key *key,
			      const struct sk_buff *skb,
			      const struct nf_hook_state *state)
{
	struct mprox_flow *flow;
	bool published;

	if (!looks_at_names(&policy->dns))
		return NF_ACCEPT;
	if (key->net != ctx->net || !reaches_loopback(skb, state) ||
	    !listener_of(key)->family)
		return NF_DROP_ERR(-ECONNREFUSED);
	flow = mprox_flow_alloc_record(ctx, key);
	if (!flow)
		return NF_DROP_ERR(-ECONNREFUSED);
	flow->is_query = true;
	published = mprox_flow_publish(flow);
	mprox_flow_put(flow);
	return published ? NF_ACCEPT : NF_DROP_ERR(-ECONNREFUSED);
}

bool mprox_dns_divert(struct mprox_flow *flow, struct nf_conn *ct,
		      struct mprox_addr *server)
{
	struct nf_conn *old;

	*server = *listener_of(&flow->key);
	if (!server->family)
		return false;
	spin_lock_bh(&flow->lock);
	old = mprox_flow_take_ct(flow, ct);
	spin_unlock_bh(&flow->lock);
	if (old)
		nf_ct_put(old);
	return true;
}
