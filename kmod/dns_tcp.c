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
#include "dns.h"
#include "dns_forward.h"
#include "net.h"
#include "packet.h"
#include "proto/dns.h"

#define BACKLOG		128
/* Of one namespace. Beyond it the newest is closed. */
#define CONNS_MAX	512
/* RFC 7766, 6.2.3: in the order of seconds. */
#define IDLE		(10 * HZ)
/* RFC 1035, 4.2.2: the length in front of each message. */
#define PREFIX		2

/**
 * struct mprox_dns_conn - one client
 * @node:	in server->conns while it is the work's to end it
 * @server:	whose it is
 * @sock:	the connection
 * @work:	serves what has come, or ends it after IDLE; runs once at a time
 * @ctx:	whose queries they are, referenced
 * @resolver:	where the client thinks it is connected to
 * @heard_at:	jiffies of the last octet
 * @len:	octets in @in
 * @in:		messages as they come, cut anywhere
 * @out:	the answer to one
 */
struct mprox_dns_conn {
	struct list_head node;
	struct mprox_dns_server *server;
	struct socket *sock;
	struct delayed_work work;
	struct mprox_ctx *ctx;
	struct mprox_addr resolver;
	unsigned long heard_at;
	u32 len;
	u8 in[PREFIX + MPROX_DNS_QUERY_MAX];
	u8 out[PREFIX + MPROX_DNS_FORWARD_MAX];
};

/* Data, the client's goodbye, or a reset. */
static void on_conn_event(struct sock *sk)
{
	struct mprox_dns_conn *conn;

	read_lock_bh(&sk->sk_callback_lock);
	conn = sk->sk_user_data;
	if (conn)
		mod_delayed_work(mprox_wq, &conn->work, 0);
	read_unlock_bh(&sk->sk_callback_lock);
}

static void set_callbacks(struct socket *sock, void *user_data,
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

/* Nobody hears of the socket any more. */
static void restore_callbacks(const struct mprox_dns_server *server,
			      struct socket *sock)
{
	set_callbacks(sock, NULL, server->data_ready, server->state_change);
}

/*
 * Nobody but the caller knows it any more, and its work does not run. The
 * namespace may go any time, so nothing lingers: over loopback the goodbye is
 * through when shutdown returns, or it is a reset.
 */
static void free_conn(struct mprox_dns_conn *conn)
{
	kernel_sock_shutdown(conn->sock, SHUT_RDWR);
	sock_no_linger(conn->sock->sk);
	sock_release(conn->sock);
	mprox_ctx_put(conn->ctx);
	kfree(conn);
}

/* Does the caller get it off the list? Then it is the caller's to free. */
static bool unlink_conn(struct mprox_dns_conn *conn)
{
	struct mprox_dns_server *server = conn->server;
	bool ours;

	spin_lock_bh(&server->lock);
	ours = !list_empty(&conn->node);
	list_del_init(&conn->node);
	server->nr_conns -= ours;
	spin_unlock_bh(&server->lock);
	return ours;
}

static int send_answer(struct mprox_dns_conn *conn, int len)
{
	struct kvec vec = { .iov_base = conn->out, .iov_len = PREFIX + len };
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL };

	conn->out[0] = len >> 8;
	conn->out[1] = len;
	/* A client that does not read its answers has no more coming. */
	return kernel_sendmsg(conn->sock, &msg, &vec, 1, vec.iov_len) ==
	       vec.iov_len ? 0 : -EPIPE;
}

static int serve_message(struct mprox_dns_conn *conn, const u8 *msg, u32 len)
{
	const struct mprox_policy *policy;
	int out = 0;

	rcu_read_lock();
	policy = rcu_dereference(conn->ctx->policy);
	if (READ_ONCE(conn->ctx->enabled))
		out = mprox_dns_resolve(conn->ctx, policy, msg, len,
					conn->out + PREFIX);
	rcu_read_unlock();
	if (out == -EAGAIN)
		out = mprox_dns_forward(conn->server->net, &conn->resolver,
					msg, len, conn->out + PREFIX);
	return out > 0 ? send_answer(conn, out) : -EPIPE;
}

/* All whole messages that are there. Negative: it is to be closed. */
static int serve_messages(struct mprox_dns_conn *conn)
{
	u32 len;
	int err;

	while (conn->len >= PREFIX) {
		len = conn->in[0] << 8 | conn->in[1];
		if (len > MPROX_DNS_QUERY_MAX)
			return -EMSGSIZE;
		if (conn->len < PREFIX + len)
			return 0;
		err = serve_message(conn, conn->in + PREFIX, len);
		if (err)
			return err;
		conn->len -= PREFIX + len;
		memmove(conn->in, conn->in + PREFIX + len, conn->len);
	}
	return 0;
}

/* What has come so far. Negative: it is to be closed. */
static int serve(struct mprox_dns_conn *conn)
{
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT };
	struct kvec vec;
	int got, err;

	for (;;) {
		vec.iov_base = conn->in + conn->len;
		vec.iov_len = sizeof(conn->in) - conn->len;
		got = kernel_recvmsg(conn->sock, &msg, &vec, 1, vec.iov_len,
				     MSG_DONTWAIT);
		if (got == -EAGAIN)
			return time_after(jiffies, conn->heard_at + IDLE) ?
				-ETIMEDOUT : 0;
		if (got <= 0)
			return -EPIPE;
		conn->heard_at = jiffies;
		conn->len += got;
		err = serve_messages(conn);
		if (err)
			return err;
		cond_resched();
	}
}

static void conn_work(struct work_struct *work)
{
	struct mprox_dns_conn *conn = container_of(to_delayed_work(work),
						   struct mprox_dns_conn, work);

	if (!serve(conn)) {
		queue_delayed_work(mprox_wq, &conn->work, IDLE + 1);
		return;
	}
	/* If not, the server is being stopped, and waits for us to return. */
	if (!unlink_conn(conn))
		return;
	restore_callbacks(conn->server, conn->sock);
	/* What it queued before that. From a work, of itself: never waits. */
	cancel_delayed_work(&conn->work);
	free_conn(conn);
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
static int add_conn(struct mprox_dns_server *server, struct socket *sock)
{
	struct mprox_dns_conn *conn;
	struct mprox_flow *flow;

	flow = find_client(server, sock);
	if (!flow)
		return -EPERM;
	conn = flow->is_query ? kzalloc(sizeof(*conn), GFP_KERNEL) : NULL;
	if (!conn) {
		mprox_flow_put(flow);
		return -ENOMEM;
	}
	conn->server = server;
	conn->sock = sock;
	conn->heard_at = jiffies;
	conn->ctx = flow->ctx;
	mprox_ctx_get(conn->ctx);
	conn->resolver.family = flow->key.family;
	conn->resolver.addr = flow->key.remote;
	conn->resolver.port = flow->key.rport;
	mprox_flow_put(flow);
	INIT_DELAYED_WORK(&conn->work, conn_work);

	spin_lock_bh(&server->lock);
	if (server->nr_conns < CONNS_MAX) {
		list_add(&conn->node, &server->conns);
		server->nr_conns++;
	} else {
		mprox_ctx_put(conn->ctx);
		kfree(conn);
		conn = NULL;
	}
	spin_unlock_bh(&server->lock);
	if (!conn)
		return -EMFILE;
	set_callbacks(sock, conn, on_conn_event, on_conn_event);
	/* For what came before that. */
	queue_delayed_work(mprox_wq, &conn->work, 0);
	return 0;
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
			if (add_conn(server, sock)) {
				restore_callbacks(server, sock);
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
	err = kernel_bind(sock, (struct sockaddr *)&name, len);
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
	set_callbacks(sock, server, on_listener_data, server->state_change);
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
	if (err)
		return err;
	/* A kernel without IPv6, or a namespace whose lo has no ::1. */
	start_listener(server, 1, AF_INET6);
	return 0;
}

/* No hook leads anybody here any more. */
void mprox_dns_server_stop(struct mprox_dns_server *server)
{
	struct mprox_dns_conn *conn;
	int i;

	for (i = 0; i < ARRAY_SIZE(server->listeners); i++)
		if (server->listeners[i])
			restore_callbacks(server, server->listeners[i]);
	if (server->net)
		cancel_work_sync(&server->accept_work);
	for (i = 0; i < ARRAY_SIZE(server->listeners); i++) {
		if (server->listeners[i])
			sock_release(server->listeners[i]);
		server->listeners[i] = NULL;
		server->at[i].family = 0;
	}
	while (server->net) {
		spin_lock_bh(&server->lock);
		conn = list_first_entry_or_null(&server->conns,
						struct mprox_dns_conn, node);
		if (conn) {
			list_del_init(&conn->node);
			server->nr_conns--;
		}
		spin_unlock_bh(&server->lock);
		if (!conn)
			break;
		restore_callbacks(server, conn->sock);
		cancel_delayed_work_sync(&conn->work);
		free_conn(conn);
	}
	server->net = NULL;
}

/* Is there a name whose query must not simply leave? */
static bool looks_at_names(const struct mprox_dns *dns)
{
	u32 i;

	for (i = 0; i < dns->nr_rules; i++)
		if (dns->rules[i].mode != MUTEX_PROXY_DNS_DIRECT)
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
	if (key->net != ctx->net || !reaches_loopback(skb, state))
		return NF_DROP_ERR(-ECONNREFUSED);
	flow = mprox_flow_alloc_query(ctx, key);
	if (!flow)
		return NF_DROP_ERR(-ECONNREFUSED);
	published = mprox_flow_publish(flow);
	mprox_flow_put(flow);
	return published ? NF_ACCEPT : NF_DROP_ERR(-ECONNREFUSED);
}

bool mprox_dns_divert(struct mprox_flow *flow, struct nf_conn *ct,
		      struct mprox_addr *server)
{
	const struct mprox_dns_server *dns = &mprox_net(flow->key.net)->dns;
	struct nf_conn *old;

	*server = dns->at[flow->key.family == AF_INET6];
	if (!server->family)
		return false;
	spin_lock_bh(&flow->lock);
	old = mprox_flow_take_ct(flow, ct);
	spin_unlock_bh(&flow->lock);
	if (old)
		nf_ct_put(old);
	return true;
}
