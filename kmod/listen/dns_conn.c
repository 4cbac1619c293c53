// SPDX-License-Identifier: GPL-2.0
/*
 * Lifetimes. A client is referenced by the server's list and by the question that
 * a resolver has of it. Who takes it off the list ends it: the callbacks are given
 * back, @over keeps a late answer from queueing the work, and then the socket may
 * go. A question that is still out keeps the memory alone.
 */
#include "listen/dns_conn.h"

#include <linux/net.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <net/sock.h>
#include "listen/dns_forward.h"
#include "names/dns.h"
#include "names/dns_log.h"
#include "report/warn.h"
#include "servers/resolver.h"

/* Of one namespace, and of one context there. Beyond it the newest is closed. */
#define CONNS_MAX	512
#define CTX_CONNS_MAX	256
/*
 * Queries of one namespace that wait for a resolver of the program's own at a time;
 * each keeps a worker. Beyond it the client is closed, and may ask again.
 */
#define FORWARDS_MAX	64
/* Workers: eight namespaces may have their resolvers dead, and others go on. */
#define WORKERS_MAX	512
/* RFC 7766, 6.2.3: in the order of seconds. */
#define IDLE		(10 * HZ)
/* RFC 1035, 4.2.2: the length in front of each message. */
#define PREFIX		2

/**
 * struct mprox_dns_conn - one client
 * @refs:	the list or who has taken it from there, a resolver's question, and
 *		who adds it
 * @node:	in server->conns while it is the work's to end it
 * @server:	whose it is
 * @sock:	the connection
 * @work:	serves what has come, or ends it after IDLE; runs once at a time
 * @ctx:	whose queries they are, referenced
 * @resolver:	where the client thinks it is connected to
 * @heard_at:	jiffies of the last octet
 * @is_asking:	a resolver has the first message in @in; the rest has to wait. The
 *		work's
 * @lock:	BH safe; protects @over and @answered
 * @over:	no work is queued any more
 * @answered:	octets of the resolver's answer, in @out
 * @ask:	its question
 * @forward:	a query that is passed on
 * @len:	octets in @in
 * @in:		messages as they come, cut anywhere
 * @out:	the answer to one
 */
struct mprox_dns_conn {
	refcount_t refs;
	struct list_head node;
	struct mprox_dns_server *server;
	struct socket *sock;
	struct delayed_work work;
	struct mprox_ctx *ctx;
	struct mprox_addr resolver;
	unsigned long heard_at;
	bool is_asking;
	spinlock_t lock;
	bool over;
	u32 answered;
	struct mprox_ask ask;
	struct mprox_forward forward;
	u32 len;
	u8 in[PREFIX + MPROX_DNS_QUERY_MAX];
	u8 out[PREFIX + MPROX_DNS_FORWARD_MAX];
};

/*
 * Of these works alone: one that passes on a query for a name that is to be asked
 * for directly waits for the resolver. As many as a queue runs at a time may do so,
 * and then the other clients have to wait, but not our handshakes and resolvers.
 */
static struct workqueue_struct *conn_wq;

static void dns_conn_put(struct mprox_dns_conn *conn)
{
	if (!refcount_dec_and_test(&conn->refs))
		return;
	atomic_dec(&conn->ctx->dns_conns);
	mprox_ctx_put(conn->ctx);
	kfree(conn);
}

/* The one gate to the work. */
static void wake(struct mprox_dns_conn *conn)
{
	spin_lock_bh(&conn->lock);
	if (!conn->over)
		mod_delayed_work(conn_wq, &conn->work, 0);
	spin_unlock_bh(&conn->lock);
}

/* Data, the client's goodbye, or a reset. */
static void on_event(struct sock *sk)
{
	struct mprox_dns_conn *conn;

	read_lock_bh(&sk->sk_callback_lock);
	conn = sk->sk_user_data;
	if (conn)
		wake(conn);
	read_unlock_bh(&sk->sk_callback_lock);
}

/* It is off the list. No event and no answer queues the work after this. */
static void silence(struct mprox_dns_conn *conn)
{
	mprox_dns_restore_callbacks(conn->server, conn->sock);
	spin_lock_bh(&conn->lock);
	conn->over = true;
	spin_unlock_bh(&conn->lock);
	/* Its work may be waiting for a resolver that is silent. */
	mprox_dns_forward_end(&conn->forward);
}

/*
 * Its work does not run. The namespace may go any time, so nothing lingers: over
 * loopback the goodbye is through when shutdown returns, or it is a reset.
 */
static void close_conn(struct mprox_dns_conn *conn)
{
	kernel_sock_shutdown(conn->sock, SHUT_RDWR);
	sock_no_linger(conn->sock->sk);
	sock_release(conn->sock);
	dns_conn_put(conn);
}

/* Does the caller get it off the list? Then it is the caller's to end. */
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

/* @out is ours until then. */
static void on_answer(struct mprox_ctx *ctx, struct mprox_ask *ask,
		      const u8 *answer, size_t len)
{
	struct mprox_dns_conn *conn = container_of(ask, struct mprox_dns_conn,
						   ask);

	mprox_dns_log_answer(ctx, &ask->q, answer);
	memcpy(conn->out + PREFIX, answer, len);
	spin_lock_bh(&conn->lock);
	conn->answered = len;
	spin_unlock_bh(&conn->lock);
	wake(conn);
	dns_conn_put(conn);
}

/* Under rcu_read_lock(). Negative: it cannot be asked. */
static int dns_conn_ask_resolver(struct mprox_dns_conn *conn,
				 const struct mprox_dns_asked *asked, const u8 *msg,
				 u32 len)
{
	struct mprox_ask *ask = &conn->ask;

	ask->done = on_answer;
	ask->limit = MPROX_RESOLVER_ANSWER_MAX;
	ask->q = asked->q;
	ask->len = len;
	memcpy(ask->query, msg, len);
	conn->answered = 0;
	conn->is_asking = true;
	refcount_inc(&conn->refs);
	if (mprox_resolver_ask(asked->resolver, conn->ctx, ask))
		return -EINPROGRESS;
	conn->is_asking = false;
	dns_conn_put(conn);
	return -EBUSY;
}

/* As the program would have asked it, had it not come to us. */
static int pass_on(struct mprox_dns_conn *conn, const u8 *msg, u32 len)
{
	atomic_t *waiting = &conn->server->forwards;
	int out = -EBUSY;

	if (atomic_inc_return(waiting) <= FORWARDS_MAX)
		out = mprox_dns_forward(&conn->forward, conn->ctx,
					&conn->resolver, msg, len,
					conn->out + PREFIX);
	else
		mprox_warn_bound("queries that wait for a resolver",
				 FORWARDS_MAX);
	atomic_dec(waiting);
	return out;
}

/* -EINPROGRESS: the answer comes later. */
static int serve_message(struct mprox_dns_conn *conn, const u8 *msg, u32 len)
{
	const struct mprox_policy *policy;
	struct mprox_dns_asked asked;
	int out = -EPIPE;

	rcu_read_lock();
	policy = rcu_dereference(conn->ctx->policy);
	if (READ_ONCE(conn->ctx->enabled))
		out = mprox_dns_resolve(conn->ctx, policy, &asked, msg, len,
					conn->out + PREFIX,
					MPROX_RESOLVER_ANSWER_MAX, true);
	if (out == -EINPROGRESS)
		out = dns_conn_ask_resolver(conn, &asked, msg, len);
	rcu_read_unlock();
	if (out == -EINPROGRESS)
		return out;
	if (out == -EAGAIN)
		out = pass_on(conn, msg, len);
	return out > 0 ? send_answer(conn, out) : -EPIPE;
}

static void drop_message(struct mprox_dns_conn *conn)
{
	u32 len = PREFIX + (conn->in[0] << 8 | conn->in[1]);

	conn->len -= len;
	memmove(conn->in, conn->in + len, conn->len);
}

/* All whole messages that are there. Other than 0: no more of them for now. */
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
		drop_message(conn);
	}
	return 0;
}

/* Is there an answer to what a resolver was asked? Then it is sent. */
static int serve_asked(struct mprox_dns_conn *conn)
{
	u32 len;
	int err;

	spin_lock_bh(&conn->lock);
	len = conn->answered;
	spin_unlock_bh(&conn->lock);
	if (!len)
		return -EINPROGRESS;
	conn->is_asking = false;
	/* The time that it took is not the client's. */
	conn->heard_at = jiffies;
	err = send_answer(conn, len);
	if (err)
		return err;
	drop_message(conn);
	return serve_messages(conn);
}

/* What has come so far. Negative: it is to be closed, or a resolver is asked. */
static int dns_conn_serve(struct mprox_dns_conn *conn)
{
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT };
	int got, err = 0;
	struct kvec vec;

	if (conn->is_asking)
		err = serve_asked(conn);
	while (!err) {
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
		cond_resched();
	}
	return err;
}

static void conn_work(struct work_struct *work)
{
	struct mprox_dns_conn *conn = container_of(to_delayed_work(work),
						   struct mprox_dns_conn, work);
	int err = dns_conn_serve(conn);

	/* The resolver sees to it that there is an answer, and that queues us. */
	if (err == -EINPROGRESS)
		return;
	if (!err) {
		queue_delayed_work(conn_wq, &conn->work, IDLE + 1);
		return;
	}
	/* If not, the server is being stopped, and waits for us to return. */
	if (!unlink_conn(conn))
		return;
	silence(conn);
	/* What was queued before that. From a work, of itself: never waits. */
	cancel_delayed_work(&conn->work);
	close_conn(conn);
}

/* Paid for by @ctx, whose reference it takes; NULL: it has enough of them. */
static struct mprox_dns_conn *conn_alloc(struct mprox_ctx *ctx)
{
	struct mprox_dns_conn *conn = NULL;
	struct mem_cgroup *memcg;

	if (atomic_inc_return(&ctx->dns_conns) <= CTX_CONNS_MAX) {
		memcg = set_active_memcg(ctx->identity.memcg);
		conn = kzalloc(sizeof(*conn), GFP_KERNEL_ACCOUNT);
		set_active_memcg(memcg);
	} else {
		mprox_warn_bound("DNS clients of a scope", CTX_CONNS_MAX);
	}
	if (!conn) {
		atomic_dec(&ctx->dns_conns);
		return NULL;
	}
	conn->ctx = ctx;
	mprox_ctx_get(ctx);
	return conn;
}

int mprox_dns_conn_add(struct mprox_dns_server *server, struct socket *sock,
		       const struct mprox_flow *flow)
{
	struct mprox_dns_conn *conn;
	bool fits;

	conn = conn_alloc(flow->ctx);
	if (!conn)
		return -ENOMEM;
	refcount_set(&conn->refs, 2);
	spin_lock_init(&conn->lock);
	spin_lock_init(&conn->forward.lock);
	conn->server = server;
	conn->sock = sock;
	conn->heard_at = jiffies;
	conn->resolver = flow->asked;
	INIT_DELAYED_WORK(&conn->work, conn_work);

	spin_lock_bh(&server->lock);
	fits = server->nr_conns < CONNS_MAX;
	if (fits) {
		list_add(&conn->node, &server->conns);
		server->nr_conns++;
	}
	spin_unlock_bh(&server->lock);
	if (!fits) {
		mprox_warn_bound("DNS clients of a namespace", CONNS_MAX);
		dns_conn_put(conn);
		dns_conn_put(conn);
		return -EMFILE;
	}
	mprox_dns_set_callbacks(sock, conn, on_event, on_event);
	/* For what came before that. What came then may have ended it by now. */
	wake(conn);
	dns_conn_put(conn);
	return 0;
}

void mprox_dns_conn_end_all(struct mprox_dns_server *server)
{
	struct mprox_dns_conn *conn;

	for (;;) {
		spin_lock_bh(&server->lock);
		conn = list_first_entry_or_null(&server->conns,
						struct mprox_dns_conn, node);
		if (conn) {
			list_del_init(&conn->node);
			server->nr_conns--;
		}
		spin_unlock_bh(&server->lock);
		if (!conn)
			return;
		silence(conn);
		cancel_delayed_work_sync(&conn->work);
		close_conn(conn);
	}
}

int mprox_dns_conn_init(void)
{
	conn_wq = alloc_workqueue("mprox_dns", WQ_UNBOUND, WORKERS_MAX);
	return conn_wq ? 0 : -ENOMEM;
}

void mprox_dns_conn_exit(void)
{
	destroy_workqueue(conn_wq);
}
