// SPDX-License-Identifier: GPL-2.0
/*
 * A connection to port 53 is led to our own server on loopback, as others are to a
 * proxy; what it is asked it answers as it would a datagram. What nobody has led
 * there gets no answer: another user of the machine could otherwise push names
 * out of a context's table.
 */
#include "listen/dns_tcp.h"

#include <linux/in.h>
#include <linux/net.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <net/sock.h>
#include <net/tcp.h>
#include "listen/dns_conn.h"
#include "names/dns.h"
#include "stack/connect.h"
#include "stack/local.h"
#include "stack/packet.h"
#include "stack/socket_find.h"

#define BACKLOG		128

static unsigned int dns_net_id __read_mostly;

/* The server of a namespace, all zero before it is started. */
static struct mprox_dns_server *dns_server_of(const struct net *net)
{
	return net_generic(net, dns_net_id);
}

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
 * Who is connected here, and to whom does he think he is? The other end is a socket of
 * the same machine, and has a flow that knows.
 */
static struct mprox_flow *find_client(struct mprox_dns_server *server,
				      struct socket *sock)
{
	const struct sock *sk = sock->sk;
	const struct inet_sock *inet = inet_sk(sk);
	struct mprox_flow *flow = NULL;
	struct mprox_key key;
	struct sock *client;

	if (sk->sk_family == AF_INET)
		mprox_key_init(&key, server->net, AF_INET, MPROX_IN,
			       &sk->sk_rcv_saddr, &sk->sk_daddr, inet->inet_sport,
			       inet->inet_dport);
#if IS_ENABLED(CONFIG_IPV6)
	else
		mprox_key_init(&key, server->net, AF_INET6, MPROX_IN,
			       &sk->sk_v6_rcv_saddr, &sk->sk_v6_daddr,
			       inet->inet_sport, inet->inet_dport);
#endif
	client = mprox_find_socket(&key, LOOPBACK_IFINDEX);
	if (client && sk_fullsock(client))
		flow = mprox_flow_of(client);
	if (client)
		sock_gen_put(client);
	return flow;
}

/* Takes over @sock if it succeeds. */
static int dns_tcp_take(struct mprox_dns_server *server, struct socket *sock)
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
			if (dns_tcp_take(server, sock)) {
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
	int err = mprox_bind_at(sock, at, 0);

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

int mprox_dns_server_start(struct net *net)
{
	struct mprox_dns_server *server = dns_server_of(net);
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
void mprox_dns_server_stop(struct net *net)
{
	struct mprox_dns_server *server = dns_server_of(net);
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
static bool reaches_loopback(const struct sock *sk)
{
	if (sk->sk_bound_dev_if && sk->sk_bound_dev_if != LOOPBACK_IFINDEX)
		return false;
	return !(sk->sk_userlocks & SOCK_BINDADDR_LOCK) || mprox_is_bound_here(sk);
}

bool mprox_dns_stream_is_ours(const struct mprox_policy *policy)
{
	return looks_at_names(&policy->dns);
}

int mprox_dns_stream(struct mprox_ctx *ctx, const struct sock *sk,
		     const struct mprox_addr *asked, struct mprox_addr *listener,
		     struct mprox_flow **out)
{
	struct net *net = sock_net(sk);
	struct mprox_flow *flow;

	if (net != ctx->net || !reaches_loopback(sk))
		return -ECONNREFUSED;
	*listener = dns_server_of(net)->at[asked->family == AF_INET6];
	/* Family 0: nobody listens. */
	if (!listener->family)
		return -ECONNREFUSED;
	flow = mprox_flow_alloc_record(ctx, sk, asked, GFP_KERNEL);
	if (!flow)
		return -ECONNREFUSED;
	flow->is_query = true;
	if (mprox_flow_publish(flow)) {
		*out = flow;
		return 0;
	}
	mprox_flow_put(flow);
	return -ECONNREFUSED;
}

static struct pernet_operations dns_net_ops = {
	.id = &dns_net_id,
	.size = sizeof(struct mprox_dns_server),
};

int mprox_dns_server_init(void)
{
	return register_pernet_subsys(&dns_net_ops);
}

void mprox_dns_server_exit(void)
{
	unregister_pernet_subsys(&dns_net_ops);
}
