// SPDX-License-Identifier: GPL-2.0
/*
 * The entries of tcp_v4_connect() and tcp_v6_connect() are ours: whatever connects a TCP
 * socket comes by there, in its caller's context, with the socket locked, and able to
 * sleep. The verdict is found here, before there is a route, a port or a packet:
 *
 *	direct	the kernel's function with what was asked for;
 *	block	an errno;
 *	proxy	a flow, with a server and what to say to it, and then the kernel's
 *		function with the server's address. The route, the source address and
 *		the port are its own work.
 *
 * What has no connect() that we have let through, and no flow, is not let out either
 * (hook_out.c).
 */
#include "gate/lead.h"

#include <linux/hash.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <net/ipv6.h>
#include <net/sock.h>
#include <net/tcp.h>
#include "compat/socket.h"
#include "gate/arm.h"
#include "gate/judge.h"
#include "gate/tell.h"
#include "listen/dns_tcp.h"
#include "policy/policy.h"
#include "report/trace.h"
#include "rules/rate.h"
#include "scope/kernel_sock.h"
#include "stack/detour.h"
#include "stack/intercept.h"
#include "stack/local.h"
#include "stack/own.h"
#include "stack/packet.h"
#include "stack/route.h"
#include "tcp/aim.h"
#include "tcp/attempt.h"
#include "tcp/getname.h"
#include "tcp/handshake.h"
#include "tcp/tell.h"

/**
 * struct lead_call - a connect() that is under way, on its caller's stack
 * @node:	in its bucket, under the bucket's lock
 * @sk:		the socket, locked
 */
struct lead_call {
	struct hlist_node node;
	const struct sock *sk;
};

#define CALL_BITS	8

/* Locked in any context. A bucket holds what processors and sleepers make of it. */
static struct lead_bucket {
	raw_spinlock_t lock;
	struct hlist_head calls;
} calls[1 << CALL_BITS];

static struct lead_bucket *lead_bucket_of(const struct sock *sk)
{
	return &calls[hash_ptr(sk, CALL_BITS)];
}

static void call_begin(struct lead_call *call, const struct sock *sk)
{
	struct lead_bucket *b = lead_bucket_of(sk);
	unsigned long irq;

	call->sk = sk;
	raw_spin_lock_irqsave(&b->lock, irq);
	hlist_add_head(&call->node, &b->calls);
	raw_spin_unlock_irqrestore(&b->lock, irq);
}

static void call_end(struct lead_call *call)
{
	struct lead_bucket *b = lead_bucket_of(call->sk);
	unsigned long irq;

	raw_spin_lock_irqsave(&b->lock, irq);
	hlist_del(&call->node);
	raw_spin_unlock_irqrestore(&b->lock, irq);
}

bool mprox_lead_lets(const struct sock *sk)
{
	struct lead_bucket *b = lead_bucket_of(sk);
	const struct lead_call *call;
	unsigned long irq;
	bool found = false;

	if (hlist_empty(&b->calls))
		return false;
	raw_spin_lock_irqsave(&b->lock, irq);
	hlist_for_each_entry(call, &b->calls, node)
		found |= call->sk == sk;
	raw_spin_unlock_irqrestore(&b->lock, irq);
	return found;
}

/**
 * struct lead - what is known of a connect()
 * @sk:		the socket
 * @own:	it is one of our own; or NULL
 * @connect:	the kernel's function, to be called with
 * @addr:	what the program gave, and its
 * @len:	length
 * @asked:	the same in our terms
 * @scope_id:	of @asked, if it is link-local
 * @stays:	it is direct because it stays on this machine
 */
struct lead {
	struct sock *sk;
	const struct mprox_own *own;
	mprox_connect_fn connect;
	struct sockaddr *addr;
	int len;
	struct mprox_addr asked;
	u32 scope_id;
	bool stays;
};

/* What was asked for, as it was asked. */
static int lead_direct(const struct lead *lead)
{
	struct lead_call call;
	int err;

	if (lead->stays) {
		err = mprox_arm_strays(sock_net(lead->sk));
		if (err)
			return err;
	}
	call_begin(&call, lead->sk);
	err = lead->connect(lead->sk, lead->addr, lead->len);
	call_end(&call);
	return err;
}

/* Also of what the kernel connects for a program. Under rcu_read_lock(). */
static void lead_judge(struct mprox_ruling *ruling, struct lead *lead)
{
	struct net *net = sock_net(lead->sk);
	struct mprox_key key = {
		.net = net,
		.remote = lead->asked.addr,
		.rport = lead->asked.port,
		.family = lead->asked.family,
	};

	if (lead->own && lead->own->ctx) {
		*ruling = (struct mprox_ruling){
			.verdict = MUTEX_PROXY_VERDICT_PROXY,
			.ctx = lead->own->ctx,
			.policy = rcu_dereference(lead->own->ctx->policy),
		};
		return;
	}
	mprox_judge(ruling, net, IPPROTO_TCP, &lead->asked, false);
	/* A route is looked up for those alone whom it can make a difference to. */
	if (ruling->verdict != MUTEX_PROXY_VERDICT_DIRECT &&
	    mprox_is_local_peer(lead->sk, &lead->asked, lead->scope_id)) {
		mprox_judge(ruling, net, IPPROTO_TCP, &lead->asked, true);
		lead->stays = ruling->verdict == MUTEX_PROXY_VERDICT_DIRECT;
	}
	if (unlikely(mprox_is_kernel_sock(lead->sk)))
		mprox_judge_kernel(ruling, &key, &lead->asked);
}

static struct mprox_deed lead_deed(const struct lead *lead)
{
	return (struct mprox_deed) {
		.net = sock_net(lead->sk),
		.proto = IPPROTO_TCP,
		.sk = lead->sk,
		.to = &lead->asked,
		.scope_id = lead->scope_id,
	};
}

/* What is found under RCU, and is to outlive that. False: it has just gone. */
static bool hold(const struct mprox_ruling *ruling)
{
	if (!refcount_inc_not_zero(&ruling->ctx->refs))
		return false;
	mprox_policy_get(ruling->policy);
	return true;
}

static void lead_let_go(const struct mprox_ruling *ruling)
{
	mprox_policy_put(ruling->policy);
	mprox_ctx_put(ruling->ctx);
}

/* One server after the other, until a SYN is on its way to one. */
static int aim_first(struct mprox_flow *flow, const struct lead *lead)
{
	struct mprox_hs *hs = mprox_flow_hs(flow);
	int err = mprox_attempt_first(flow), last = 0;

	for (;;) {
		if (err == -EXDEV) {
			if (!mprox_aim_can_cross(lead->sk))
				return last ?: -ENETUNREACH;
			hs->campaign.via = mprox_other_family(hs->campaign.via);
			err = mprox_attempt_first(flow);
			/* Those of the first family have all been asked. */
			if (err == -EXDEV)
				return last ?: -ENETUNREACH;
		}
		if (err)
			return last ?: err;
		err = mprox_aim_connect(flow, lead->sk, lead->connect,
					&hs->attempt.to, hs->attempt.scope_id);
		if (!err)
			return 0;
		mprox_flow_set_error(flow, mprox_aim_reason(err), err);
		mprox_tell_attempt(flow, flow->reason, err);
		/* Towards this server no port is free; towards another one may be. */
		if (!mprox_aim_is_unreachable(err) && err != -EADDRNOTAVAIL)
			return err;
		last = err == -EADDRNOTAVAIL ? err : -EHOSTUNREACH;
		err = mprox_attempt_pass_over(flow, last == -EHOSTUNREACH);
	}
}

static void lead_refuse(const struct lead *lead, const struct mprox_ruling *ruling,
			u16 reason, int err)
{
	const struct mprox_deed deed = lead_deed(lead);

	mprox_tell_refused(ruling, &deed, MPROX_REFUSED_TCP, reason, err);
}

/* What mprox_hs_make() means. */
static u16 reason_of_make(int err)
{
	switch (err) {
	case -ENETUNREACH:
		return MUTEX_PROXY_REASON_NETNS;
	case -EOPNOTSUPP:
		return MUTEX_PROXY_REASON_SIGNED;
	case -EHOSTUNREACH:
		return MUTEX_PROXY_REASON_NO_NAME;
	default:
		return MUTEX_PROXY_REASON_QUOTA;
	}
}

/* Nothing has been tried. */
static u16 lead_reason(int err)
{
	return err == -ENOMEM ? MUTEX_PROXY_REASON_NO_MEMORY :
				MUTEX_PROXY_REASON_NO_SERVER;
}

static int lead_proxied(const struct lead *lead, const struct mprox_ruling *ruling)
{
	struct sock *sk = lead->sk;
	struct mprox_flow *flow;
	struct mprox_hs *hs;
	int err;

	err = mprox_hs_make(ruling->ctx, ruling->policy, sk, &lead->asked,
			    lead->own ? lead->own->errand : NULL, &flow);
	if (err) {
		lead_refuse(lead, ruling, reason_of_make(err), err);
		return err;
	}
	flow->scope_id = lead->scope_id;
	flow->in_call = true;
	if (!mprox_flow_publish(flow)) {
		mprox_hs_discard(flow);
		return -ENOMEM;
	}
	mprox_tell_open(flow);
	err = aim_first(flow, lead);
	flow->in_call = false;
	if (err) {
		mprox_tell_failed(flow, flow->reason ?: lead_reason(err), err);
		hs = mprox_flow_hs(flow);
		trace_mprox_end(flow->ctx->id, sk, &lead->asked, &hs->attempt.to,
				hs->campaign.attempts, err);
		mprox_hs_discard(flow);
		return err;
	}
	mprox_hs_called(flow, sk);
	/* It may have ended within the call, when nobody looked after it. */
	if (sk->sk_state == TCP_CLOSE)
		mprox_flow_closed(sk);
	mprox_flow_put(flow);
	return 0;
}

/* Is there still one free of those that the policy lets through in a second? */
static bool lead_has_turn(const struct mprox_ruling *ruling)
{
	atomic64_t *until = &ruling->ctx->connects_until;
	u64 was, next, now = ktime_get_ns();

	if (!ruling->policy->max_connects_per_second)
		return true;
	was = atomic64_read(until);
	do {
		next = mprox_rate_next(was, now, ruling->policy->max_connects_per_second);
		if (!next)
			return false;
	} while (!atomic64_try_cmpxchg(until, (s64 *)&was, next));
	return true;
}

static int lead_query(const struct lead *lead, const struct mprox_ruling *ruling)
{
	struct mprox_addr listener;
	struct mprox_flow *flow;
	int err;

	if (!mprox_dns_stream_is_ours(ruling->policy))
		return lead_direct(lead);
	err = mprox_dns_stream(ruling->ctx, lead->sk, &lead->asked, &listener, &flow);
	if (err)
		return err;
	flow->in_call = true;
	err = mprox_aim_connect(flow, lead->sk, lead->connect, &listener, 0);
	flow->in_call = false;
	if (err)
		mprox_flow_remove(flow);
	mprox_flow_put(flow);
	return err;
}

static int carry_out(const struct lead *lead, const struct mprox_ruling *ruling)
{
	if (mprox_is_detoured(lead->sk)) {
		lead_refuse(lead, ruling, MUTEX_PROXY_REASON_DETOUR, -ECONNREFUSED);
		return -ECONNREFUSED;
	}
	if (ruling->is_query)
		return lead_query(lead, ruling);
	/* What we connect ourselves is no program's. */
	if (!lead->own && !lead_has_turn(ruling)) {
		lead_refuse(lead, ruling, MUTEX_PROXY_REASON_RATE, -ECONNREFUSED);
		return -ECONNREFUSED;
	}
	return lead_proxied(lead, ruling);
}

static int lead_judged(struct lead *lead)
{
	const struct mprox_deed deed = lead_deed(lead);
	struct mprox_ruling ruling;
	bool held = false;
	int err;

	rcu_read_lock();
	lead_judge(&ruling, lead);
	if (ruling.verdict == MUTEX_PROXY_VERDICT_PROXY && ruling.ctx)
		held = hold(&ruling);
	else if (ruling.verdict == MUTEX_PROXY_VERDICT_DIRECT)
		mprox_tell_direct(&ruling, &deed);
	else if (ruling.ctx)
		mprox_tell_refused(&ruling, &deed, MPROX_REFUSED_TCP, 0, -ECONNREFUSED);
	rcu_read_unlock();
	if (ruling.verdict == MUTEX_PROXY_VERDICT_DIRECT)
		return lead_direct(lead);
	if (!held)
		return -ECONNREFUSED;
	err = carry_out(lead, &ruling);
	lead_let_go(&ruling);
	return err;
}

/*
 * Nothing to lead: nobody could be held; the kernel's function for IPv6 calls that for
 * IPv4; or a flow is being aimed.
 */
static bool passes(const struct sock *sk)
{
	struct mprox_flow *flow;
	bool in_call;

	if (!atomic_read(&mprox_nr_contexts) || mprox_lead_lets(sk))
		return true;
	flow = mprox_flow_of(sk);
	if (!flow)
		return false;
	in_call = flow->in_call;
	mprox_flow_put(flow);
	return in_call;
}

/* connect() to no address is to this machine, unless it is one that it has bound. */
static void read4(struct lead *lead, __be32 addr, __be16 port)
{
	if (!addr)
		addr = inet_sk(lead->sk)->inet_saddr ?: htonl(INADDR_LOOPBACK);
	lead->asked.family = AF_INET;
	lead->asked.addr.s6_addr32[0] = addr;
	lead->asked.port = port;
}

/* False: nothing that could be connected to; the kernel says why. */
static bool lead_read(struct lead *lead)
{
	const struct sockaddr_in6 *sin6 = (const struct sockaddr_in6 *)lead->addr;
	const struct sockaddr_in *sin = (const struct sockaddr_in *)lead->addr;

	if (lead->sk->sk_family == AF_INET) {
		if (lead->len < sizeof(*sin) || sin->sin_family != AF_INET)
			return false;
		read4(lead, sin->sin_addr.s_addr, sin->sin_port);
		return true;
	}
	if (lead->len < SIN6_LEN_RFC2133 || sin6->sin6_family != AF_INET6)
		return false;
	if (ipv6_addr_v4mapped(&sin6->sin6_addr)) {
		if (ipv6_only_sock(lead->sk))
			return false;
		read4(lead, sin6->sin6_addr.s6_addr32[3], sin6->sin6_port);
		return true;
	}
	lead->asked.family = AF_INET6;
	lead->asked.addr = sin6->sin6_addr;
	lead->asked.port = sin6->sin6_port;
	if (ipv6_addr_any(&sin6->sin6_addr))
		lead->asked.addr = in6addr_loopback;
	if (__ipv6_addr_needs_scope_id(ipv6_addr_type(&sin6->sin6_addr)) &&
	    lead->len >= sizeof(*sin6))
		lead->scope_id = sin6->sin6_scope_id;
	return !ipv6_addr_is_multicast(&sin6->sin6_addr);
}

static int lead_connect(struct sock *sk, mprox_connect_fn connect,
			struct sockaddr *addr, int len)
{
	struct lead lead = {
		.sk = sk,
		.own = mprox_own_of(sk),
		.connect = connect,
		.addr = addr,
		.len = len,
	};

	if (passes(sk))
		return connect(sk, addr, len);
	if (!lead_read(&lead))
		return connect(sk, addr, len);
	return lead_judged(&lead);
}

static mprox_connect_fn connect4_own, connect6_own;

static int mprox_connect4(struct sock *sk, struct sockaddr *addr, int len)
{
	int err;

	mprox_intercept_enter();
	err = lead_connect(sk, connect4_own, addr, len);
	mprox_intercept_leave();
	return err;
}

static int mprox_connect6(struct sock *sk, struct sockaddr *addr, int len)
{
	int err;

	mprox_intercept_enter();
	mprox_aim_forget(sk);
	err = lead_connect(sk, connect6_own, addr, len);
	mprox_intercept_leave();
	return err;
}

static struct mprox_intercept led[] = {
	{ .name = "tcp_v4_connect", .ours = mprox_connect4 },
	{ .name = "inet_getname", .ours = mprox_getname4 },
	{ .name = "tcp_v6_connect", .ours = mprox_connect6 },
	{ .name = "inet6_getname", .ours = mprox_getname6 },
};

static size_t nr_led;

/* Not all that a socket calls is exported, but it is in its table. */
static int find_own(u16 family, struct mprox_intercept *connect,
		    struct mprox_intercept *getname)
{
	struct socket *sock;
	int err = sock_create_kern(&init_net, family, SOCK_STREAM, IPPROTO_TCP, &sock);

	if (err)
		return err;
	connect->own = sock->sk->sk_prot->connect;
	getname->own = sock->ops->getname;
	sock_release(sock);
	return 0;
}

int mprox_lead_init(void)
{
	size_t i;
	int err;

	for (i = 0; i < ARRAY_SIZE(calls); i++)
		raw_spin_lock_init(&calls[i].lock);
	err = find_own(AF_INET, &led[0], &led[1]);
	nr_led = 2;
	connect4_own = (mprox_connect_fn)led[0].own;
	mprox_getname4_own = led[1].own;
	if (!err && mprox_has_family(AF_INET6)) {
		err = find_own(AF_INET6, &led[2], &led[3]);
		nr_led = 4;
		connect6_own = (mprox_connect_fn)led[2].own;
		mprox_getname6_own = led[3].own;
	}
	return err ?: mprox_intercept_begin(led, nr_led);
}

void mprox_lead_exit(void)
{
	mprox_intercept_end(led, nr_led);
}
