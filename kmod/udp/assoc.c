// SPDX-License-Identifier: GPL-2.0
/*
 * Lifetimes. The table's reference lasts from assoc_add() to assoc_end(). The work has one
 * of its own while it is queued. Both of our sockets are released by assoc_end(), and
 * their callbacks reach the association under the socket's lock (control) or
 * under RCU, with a reference (udp). It holds its context and the program's
 * socket, whose closing it notices within a second.
 */
#include "udp/assoc.h"

#include <linux/jhash.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <net/tcp.h>
#include <net/udp.h>
#include "compat/udp.h"
#include "proto/talk.h"
#include "report/warn.h"
#include "rules/match.h"
#include "scope/user.h"
#include "stack/connect.h"
#include "stack/identity.h"
#include "stack/packet.h"
#include "stack/udp_deliver.h"
#include "tcp/tell.h"

#define LOOK_INTERVAL	HZ
/* A server that gives no relay is not asked again by every datagram. */
#define REFUSED_FOR	(10 * HZ)

atomic_t mprox_nr_assocs = ATOMIC_INIT(0);

/* A socket's differ in the name; an address has what tells it apart at one end. */
static u32 hash_key(const void *data, u32 len, u32 seed)
{
	const struct mprox_assoc_key *key = data;
	__be32 name = key->name.s6_addr32[0] ^ key->name.s6_addr32[3];
	u64 sk = (unsigned long)key->sk;

	return jhash_3words(sk, sk >> 32, (__force u32)name, seed);
}

static const struct rhashtable_params assoc_params = {
	.hashfn = hash_key,
	.key_len = sizeof(struct mprox_assoc_key),
	.key_offset = offsetof(struct mprox_assoc, key),
	.head_offset = offsetof(struct mprox_assoc, node),
	.automatic_shrinking = true,
};

static struct rhashtable assocs;

static void assoc_free_rcu(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct mprox_assoc, rcu));
	atomic_dec(&mprox_nr_assocs);
}

void mprox_assoc_put(struct mprox_assoc *assoc)
{
	if (!assoc || !refcount_dec_and_test(&assoc->refs))
		return;
	skb_queue_purge(&assoc->pending);
	mprox_actor_put(&assoc->errand.asker);
	if (assoc->name)
		mprox_names_release(assoc->ctx->names, assoc->name);
	sock_put(assoc->sk);
	mprox_ctx_put(assoc->ctx);
	mprox_user_release(assoc->user, MPROX_QUOTA_ASSOCS);
	call_rcu(&assoc->rcu, assoc_free_rcu);
}

/* The work runs in @delay jiffies, or earlier. */
static void assoc_queue(struct mprox_assoc *assoc, unsigned long delay)
{
	refcount_inc(&assoc->refs);
	/* Queued already: that one's reference stays, ours is not the last. */
	if (delay ? !queue_delayed_work(mprox_wq, &assoc->work, delay) :
		    mod_delayed_work(mprox_wq, &assoc->work, 0))
		mprox_assoc_put(assoc);
}

static void assoc_kick(struct mprox_own *own)
{
	assoc_queue(container_of(own, struct mprox_assoc, control), 0);
}

bool mprox_assoc_owns(const struct sock *sk)
{
	return mprox_is_udp_socket(sk) &&
	       READ_ONCE(udp_sk(sk)->encap_rcv) == mprox_assoc_receive;
}

/* Chains have no relay that we could reach. */
static bool assoc_suits(const struct mprox_server *server)
{
	return server->nr_hops == 1 &&
	       server->hops[0].protocol == MPROX_PROTO_SOCKS5;
}

static enum mprox_reach reach_of(const struct mprox_addr *addr)
{
	return mprox_match_reach(addr->family, addr->addr.s6_addr);
}

/*
 * May a proxy at @proxy say that its relay is at @relay? An address that means
 * another host to whoever reads it would have us send to this host or network what
 * the program has sent elsewhere.
 */
static bool assoc_may_relay(const struct mprox_addr *relay,
			    const struct mprox_addr *proxy)
{
	enum mprox_reach reach = reach_of(relay);

	/* RFC 4291, 2.5.5.2: that is IPv4's, whatever it may be there. */
	if (relay->family == AF_INET6 && ipv6_addr_v4mapped(&relay->addr))
		return false;
	return reach == MPROX_REACH_ANYWHERE ||
	       (reach != MPROX_REACH_NOBODY && reach == reach_of(proxy));
}

/* A relay's address may mean nothing here: behind NAT, or in a container. */
static void assoc_opened(struct mprox_errand *errand, const struct mprox_policy *policy,
			 const struct mprox_addr *proxy, const struct mprox_addr *at)
{
	struct mprox_assoc *assoc = container_of(errand, struct mprox_assoc, errand);
	const struct mprox_addr *override = &policy->udp_relay;
	struct mprox_addr relay = *at;

	if (override->family) {
		relay.family = override->family;
		relay.addr = override->addr;
	} else if (!assoc_may_relay(&relay, proxy)) {
		relay.family = 0;
	}
	if (!relay.port)
		relay.family = 0;
	assoc->relay = relay;
	mprox_tally_one(&assoc->ctx->tally, MPROX_COUNT_ASSOCIATIONS);
}

static void assoc_errand_get(struct mprox_errand *errand)
{
	refcount_inc(&container_of(errand, struct mprox_assoc, errand)->refs);
}

static void assoc_errand_put(struct mprox_errand *errand)
{
	mprox_assoc_put(container_of(errand, struct mprox_assoc, errand));
}

static const struct mprox_errand_ops assoc_errand_ops = {
	.command = MPROX_COMMAND_ASSOCIATE,
	.get = assoc_errand_get,
	.put = assoc_errand_put,
	.suits = assoc_suits,
	.opened = assoc_opened,
};

/*
 * As a host that answers with an ICMP error: who is connected hears of it. That
 * there was no memory says nothing about the servers.
 */
static void tell_program(struct mprox_assoc *assoc, int err)
{
	struct sock *sk = assoc->sk;

	if (sock_flag(sk, SOCK_DEAD))
		return;
	if (err != -ENOMEM && err != -ENOBUFS)
		WRITE_ONCE(assoc->ctx->udp_refused_until,
			   (jiffies + REFUSED_FOR) | 1);
	if (READ_ONCE(sk->sk_state) == TCP_ESTABLISHED) {
		WRITE_ONCE(sk->sk_err, ECONNREFUSED);
		sk_error_report(sk);
	}
}

/*
 * udp_tunnel_sock_release() of a socket that has a file. Who has found the
 * association by it has a reference, or finds it under RCU.
 */
static void close_udp(struct socket *sock)
{
	rcu_assign_sk_user_data(sock->sk, NULL);
	kernel_sock_shutdown(sock, SHUT_RDWR);
	mprox_identity_close(sock);
}

/* Work only, for @err. What still comes for it starts another one. */
static void assoc_end(struct mprox_assoc *assoc, int err)
{
	struct socket *udp;
	bool failed;

	spin_lock_bh(&assoc->lock);
	failed = assoc->state == MPROX_ASSOC_CONNECTING;
	WRITE_ONCE(assoc->state, MPROX_ASSOC_OVER);
	udp = assoc->udp;
	assoc->udp = NULL;
	spin_unlock_bh(&assoc->lock);
	if (failed)
		tell_program(assoc, err);
	rhashtable_remove_fast(&assocs, &assoc->node, assoc_params);
	if (udp)
		close_udp(udp);
	mprox_own_close(&assoc->control);
	mprox_assoc_put(assoc);
}

/*
 * Any server that can, but for those of the IP version that @at has been; the
 * handshake chooses, among those of its family.
 */
static bool find_server(struct mprox_ctx *ctx, struct mprox_addr *at)
{
	const struct mprox_policy *policy;
	u16 without = at->family;
	bool found = false;
	u32 i;

	rcu_read_lock();
	policy = rcu_dereference(ctx->policy);
	for (i = 0; !found && i < policy->nr_servers; i++) {
		*at = policy->servers[i].hops[0].addr;
		found = assoc_suits(&policy->servers[i]) &&
			at->family != without;
	}
	rcu_read_unlock();
	return found;
}

/*
 * connect(), which lead.c leads to the proxy with a handshake in front. The address is
 * never asked for: the last message is for a relay and not for a destination.
 */
static int connect_control(struct mprox_assoc *assoc, const struct mprox_addr *at)
{
	assoc->control.ctx = assoc->ctx;
	assoc->control.errand = &assoc->errand;
	assoc->control.kick = assoc_kick;
	return mprox_own_connect(&assoc->control, &assoc->ctx->identity,
				 assoc->sk, sock_net(assoc->sk), at, 0);
}

/* Without a route to one IP version, or without that version, there is the other. */
static int assoc_begin(struct mprox_assoc *assoc)
{
	struct mprox_addr at = {};
	int err = -EPERM, tries;

	for (tries = 0; err && err != -ENOMEM && tries < 2; tries++) {
		if (!find_server(assoc->ctx, &at))
			break;
		err = connect_control(assoc, &at);
	}
	if (!err)
		sock_set_keepalive(assoc->control.sock->sk);
	return err;
}

static int open_udp(struct mprox_assoc *assoc)
{
	struct udp_tunnel_sock_cfg cfg = {
		.sk_user_data = assoc,
		.encap_type = 1,
		.encap_rcv = mprox_assoc_receive,
	};
	struct socket *sock;
	int err;

	if (!assoc->relay.family)
		return -EADDRNOTAVAIL;
	sock = mprox_identity_socket(&assoc->ctx->identity, assoc->sk,
				     sock_net(assoc->sk), assoc->relay.family,
				     SOCK_DGRAM);
	if (IS_ERR(sock))
		return PTR_ERR(sock);
	mprox_compat_udp_tunnel(sock, &cfg);
	/* From here on it hears the relay alone. */
	err = mprox_connect(sock, &assoc->relay, 0, 0);
	if (err) {
		close_udp(sock);
		return err;
	}
	assoc->udp = sock;
	return 0;
}

/* What has waited, in order; then others may send without us. */
static void flush(struct mprox_assoc *assoc)
{
	struct sk_buff *skb;

	for (;;) {
		spin_lock_bh(&assoc->lock);
		skb = __skb_dequeue(&assoc->pending);
		if (!skb)
			WRITE_ONCE(assoc->state, MPROX_ASSOC_OPEN);
		spin_unlock_bh(&assoc->lock);
		if (!skb)
			return;
		if (mprox_assoc_send(assoc, skb, skb->protocol ==
				     htons(ETH_P_IP) ? NFPROTO_IPV4 :
						       NFPROTO_IPV6))
			kfree_skb(skb);
	}
}

/* Negative: it is over. */
static int assoc_look(struct mprox_assoc *assoc)
{
	int err;

	if (sock_flag(assoc->sk, SOCK_DEAD) || !READ_ONCE(assoc->ctx->enabled))
		return -ECONNABORTED;
	if (!assoc->control.sock)
		return assoc_begin(assoc);
	switch (READ_ONCE(assoc->control.sock->sk->sk_state)) {
	case TCP_SYN_SENT:
		return 0;
	case TCP_ESTABLISHED:
		err = assoc->udp ? 0 : open_udp(assoc);
		if (!err && assoc->state == MPROX_ASSOC_CONNECTING)
			flush(assoc);
		return err;
	default:
		return sock_error(assoc->control.sock->sk) ?: -ECONNRESET;
	}
}

static void assoc_work(struct work_struct *work)
{
	struct mprox_assoc *assoc = container_of(to_delayed_work(work),
						 struct mprox_assoc, work);
	int err;

	if (assoc->state == MPROX_ASSOC_OVER)
		goto out;	/* Queued again while it ended. */
	err = assoc_look(assoc);
	if (err)
		assoc_end(assoc, err);
	else
		assoc_queue(assoc, LOOK_INTERVAL);
out:
	mprox_assoc_put(assoc);
}

/* Under rcu_read_lock(). Not in the table yet. */
static struct mprox_assoc *assoc_alloc(struct mprox_ctx *ctx,
				       const struct mprox_assoc_key *key,
				       struct sock *sk)
{
	struct mprox_assoc *assoc;
	struct mprox_user *user;

	if (atomic_inc_return(&mprox_nr_assocs) > MPROX_MAX_ASSOCS) {
		mprox_warn_bound("UDP associations", MPROX_MAX_ASSOCS);
		goto err_count;
	}
	user = mprox_user_charge_current(MPROX_QUOTA_ASSOCS);
	if (IS_ERR(user))
		goto err_count;
	assoc = kzalloc(sizeof(*assoc), GFP_ATOMIC | __GFP_ACCOUNT);
	if (!assoc)
		goto err_user;
	assoc->user = user;
	if (!refcount_inc_not_zero(&ctx->refs))
		goto err_free;
	assoc->key = *key;
	refcount_set(&assoc->refs, 1);
	spin_lock_init(&assoc->lock);
	assoc->ctx = ctx;
	assoc->errand.ops = &assoc_errand_ops;
	mprox_tell_errand(ctx, &assoc->errand);
	assoc->sk = sk;
	sock_hold(sk);
	skb_queue_head_init(&assoc->pending);
	INIT_DELAYED_WORK(&assoc->work, assoc_work);
	return assoc;

err_free:
	kfree(assoc);
err_user:
	mprox_user_release(user, MPROX_QUOTA_ASSOCS);
err_count:
	atomic_dec(&mprox_nr_assocs);
	return NULL;
}

static struct mprox_assoc *assoc_find(const struct mprox_assoc_key *key)
{
	struct mprox_assoc *assoc;

	assoc = rhashtable_lookup(&assocs, key, assoc_params);
	return assoc && refcount_inc_not_zero(&assoc->refs) ? assoc : NULL;
}

/* A new one, with a reference for the caller. ERR_PTR. */
static struct mprox_assoc *assoc_add(struct mprox_ctx *ctx,
				     const struct mprox_policy *policy,
				     const struct mprox_assoc_key *key,
				     struct sock *sk, const struct mprox_addr *local,
				     const struct mprox_addr *to)
{
	struct mprox_assoc *assoc = assoc_alloc(ctx, key, sk);
	int err;

	if (!assoc)
		return ERR_PTR(-ENOBUFS);
	assoc->local = *local;
	if (key->family) {
		assoc->name = mprox_names_hold(ctx->names, &policy->dns, to);
		err = assoc->name ? 0 : -EHOSTUNREACH;
		if (err)
			goto err_put;
	}
	refcount_inc(&assoc->refs);
	err = rhashtable_lookup_insert_fast(&assocs, &assoc->node, assoc_params);
	if (err) {
		mprox_assoc_put(assoc);
		goto err_put;
	}
	assoc_queue(assoc, 0);
	return assoc;

err_put:
	mprox_assoc_put(assoc);
	/* Another thread was quicker: its own is there for the next datagram. */
	return ERR_PTR(err == -EEXIST ? -ENOBUFS : err);
}

static bool is_refused(const struct mprox_ctx *ctx)
{
	unsigned long until = READ_ONCE(ctx->udp_refused_until);

	return until && time_before(jiffies, until);
}

/* Keeps @skb until the proxy has answered. False: it has, or it is over. */
static bool wait_for_proxy(struct mprox_assoc *assoc, struct sk_buff *skb)
{
	bool waits;

	/* It never goes back: nearly all find it so. */
	if (READ_ONCE(assoc->state) != MPROX_ASSOC_CONNECTING)
		return false;
	spin_lock_bh(&assoc->lock);
	waits = assoc->state == MPROX_ASSOC_CONNECTING;
	if (waits && skb_queue_len(&assoc->pending) < MPROX_ASSOC_PENDING) {
		skb_dst_drop(skb);
		__skb_queue_tail(&assoc->pending, skb);
		skb = NULL;
	}
	spin_unlock_bh(&assoc->lock);
	if (waits)
		kfree_skb(skb);
	return waits;
}

unsigned int mprox_assoc_datagram(struct mprox_ctx *ctx,
				  const struct mprox_policy *policy,
				  struct sk_buff *skb,
				  const struct nf_hook_state *state,
				  unsigned int thoff,
				  const struct mprox_addr *to)
{
	struct mprox_assoc_key key = { .ctx = ctx, .sk = state->sk };
	struct mprox_addr source, dest;
	struct mprox_assoc *assoc;
	int err;

	if (!mprox_is_udp_socket(state->sk) || state->net != ctx->net ||
	    is_refused(ctx))
		return NF_DROP_ERR(-EPERM);
	if (mprox_name_is_fake(&policy->dns, to)) {
		key.family = to->family;
		key.name = to->addr;
	}
	assoc = assoc_find(&key);
	if (!assoc) {
		mprox_addresses(skb, state->pf, &source, &dest);
		source.port = udp_hdr(skb)->source;
		assoc = assoc_add(ctx, policy, &key, state->sk, &source, to);
		if (IS_ERR(assoc))
			return NF_DROP_ERR(PTR_ERR(assoc));
	}
	err = wait_for_proxy(assoc, skb) ? 0 :
	      mprox_assoc_send(assoc, skb, state->pf);
	mprox_assoc_put(assoc);
	return err ? NF_DROP_ERR(err) : NF_STOLEN;
}

int mprox_assoc_init(void)
{
	return rhashtable_init(&assocs, &assoc_params);
}

/*
 * No context is enabled any more, so each association ends when its work comes
 * by, and no new one begins.
 */
void mprox_assoc_exit(void)
{
	while (atomic_read(&mprox_nr_assocs)) {
		flush_workqueue(mprox_wq);
		schedule_timeout_uninterruptible(HZ / 10);
	}
	rcu_barrier();
	rhashtable_destroy(&assocs);
}
