// SPDX-License-Identifier: GPL-2.0
#include "tcp/aim.h"

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/security.h>
#include <net/inet6_hashtables.h>
#include <net/inet_hashtables.h>
#include <net/inet_timewait_sock.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>
#include <net/tcp.h>
#include <net/transp_v6.h>
#include "compat/socket.h"
#include "family/translation.h"
#include "report/trace.h"
#include "stack/connect.h"
#include "stack/netdev.h"
#include "stack/route.h"
#include "tcp/handshake.h"

/* How many ports are tried for one that is free towards a server. */
#define PORT_TRIES	16

/*
 * What makes an IPv6 socket speak IPv4 (mapped addresses), or IPv6 again. The kernel
 * exports neither: a socket that was made to shows it.
 */
struct voice {
	const struct inet_connection_sock_af_ops *af_ops;
	int (*backlog_rcv)(struct sock *sk, struct sk_buff *skb);
#if defined(CONFIG_TCP_MD5SIG) || defined(CONFIG_TCP_AO)
	const struct tcp_sock_af_ops *af_specific;
#endif
};

static struct voice native, mapped;

static void voice_learn(struct voice *v, const struct sock *sk)
{
	v->af_ops = inet_csk(sk)->icsk_af_ops;
	v->backlog_rcv = sk->sk_backlog_rcv;
#if defined(CONFIG_TCP_MD5SIG) || defined(CONFIG_TCP_AO)
	v->af_specific = tcp_sk(sk)->af_specific;
#endif
}

static void voice_take(struct sock *sk, const struct voice *v)
{
	WRITE_ONCE(inet_csk(sk)->icsk_af_ops, v->af_ops);
	sk->sk_backlog_rcv = v->backlog_rcv;
#if defined(CONFIG_TCP_MD5SIG) || defined(CONFIG_TCP_AO)
	tcp_sk(sk)->af_specific = v->af_specific;
#endif
	sk->sk_gso_type = v == &mapped ? SKB_GSO_TCPV4 : SKB_GSO_TCPV6;
	inet_csk(sk)->icsk_ext_hdr_len = 0;
}

static bool voice_is(const struct sock *sk, const struct voice *v)
{
	return v->af_ops && inet_csk(sk)->icsk_af_ops == v->af_ops;
}

#if IS_ENABLED(CONFIG_IPV6)
/* In repair a connect() sends nothing. Loopback may be down yet: then nothing is learnt. */
int mprox_aim_init(void)
{
	const struct mprox_addr to = {
		.family = AF_INET,
		.addr.s6_addr32[0] = htonl(INADDR_LOOPBACK),
		.port = htons(9),
	};
	struct socket *sock;
	int err;

	if (!mprox_has_family(AF_INET6))
		return 0;
	err = sock_create_kern(&init_net, AF_INET6, SOCK_STREAM, IPPROTO_TCP, &sock);
	if (err)
		return err;
	voice_learn(&native, sock->sk);
	lock_sock(sock->sk);
	tcp_sk(sock->sk)->repair = 1;
	/* net.ipv6.bindv6only is for programs. */
	sock->sk->sk_ipv6only = 0;
	release_sock(sock->sk);
	err = mprox_connect(sock, &to, 0, O_NONBLOCK);
	if (!err && inet_csk(sock->sk)->icsk_af_ops != native.af_ops)
		voice_learn(&mapped, sock->sk);
	sock_release(sock);
	return 0;
}
#else
int mprox_aim_init(void)
{
	return 0;
}
#endif

bool mprox_aim_can_cross(const struct sock *sk)
{
	if (sk->sk_family == AF_INET)
		return mprox_has_family(AF_INET6);
	return voice_is(sk, &native) ? mapped.af_ops != NULL : voice_is(sk, &mapped);
}

void mprox_aim_forget(struct sock *sk)
{
	if (sk->sk_family == AF_INET6 && voice_is(sk, &mapped))
		voice_take(sk, &native);
}

/* Can what is sent to a server of @family, on this machine or not, come from there? */
static bool bound_serves(const struct sock *sk, u16 family, bool to_loopback)
{
#if IS_ENABLED(CONFIG_IPV6)
	const struct in6_addr *addr = &sk->sk_v6_rcv_saddr;
#endif

	if (!(sk->sk_userlocks & SOCK_BINDADDR_LOCK))
		return true;
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6) {
		if (ipv6_addr_v4mapped(addr) != (family == AF_INET))
			return false;
		if (family == AF_INET6)
			return to_loopback || !ipv6_addr_loopback(addr);
	}
#endif
	if (family != AF_INET)
		return false;
	return to_loopback || !ipv4_is_loopback(inet_sk(sk)->inet_saddr);
}

static bool is_loopback(const struct mprox_addr *to)
{
	return to->family == AF_INET ? ipv4_is_loopback(to->addr.s6_addr32[0]) :
				       ipv6_addr_loopback(&to->addr);
}

/* Another port, or with @port the same one for another address. */
static int aim_take_port(struct sock *sk, unsigned short port)
{
	struct inet_sock *inet = inet_sk(sk);
	int err, reuse = sk->sk_reuse;

	if (inet_csk(sk)->icsk_bind_hash)
		sk->sk_prot->put_port(sk);
	inet->inet_num = 0;
	/* It has had it so far: whether it is unique shows in the other table. */
	if (port)
		sk->sk_reuse = SK_FORCE_REUSE;
	err = sk->sk_prot->get_port(sk, port);
	sk->sk_reuse = reuse;
	if (err)
		return -EADDRNOTAVAIL;
	inet->inet_sport = htons(inet->inet_num);
	return 0;
}

static void set_local(struct sock *sk, const struct mprox_addr *to)
{
	struct inet_sock *inet = inet_sk(sk);

#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6) {
		sk->sk_v6_rcv_saddr = to->addr;
		inet6_sk(sk)->saddr = to->addr;
		inet->inet_saddr = LOOPBACK4_IPV6;
		if (ipv6_addr_v4mapped(&to->addr))
			inet->inet_saddr = to->addr.s6_addr32[3];
		else if (ipv6_addr_any(&to->addr))
			inet->inet_saddr = 0;
		inet->inet_rcv_saddr = inet->inet_saddr;
		return;
	}
#endif
	inet->inet_saddr = to->addr.s6_addr32[0];
	inet->inet_rcv_saddr = to->addr.s6_addr32[0];
}

/*
 * An address that is no use on the way to the server is taken off the socket, which
 * keeps its port; flow->bound remembers it for getsockname(). The socket in TCP_CLOSE.
 */
static int bound_lift_address(struct mprox_flow *flow, struct sock *sk)
{
	const struct mprox_addr any = { .family = sk->sk_family };
	struct mprox_addr was;
	int err;

	mprox_bound_addr(sk, &was);
	if (inet_csk(sk)->icsk_bind_hash)
		sk->sk_prot->put_port(sk);
	set_local(sk, &any);
	err = was.port ? aim_take_port(sk, ntohs(was.port)) : 0;
	if (err)
		return err;
	sk->sk_userlocks &= ~SOCK_BINDADDR_LOCK;
	flow->bound.family = was.family;
	flow->bound.addr = was.addr;
	return 0;
}

static int bound_lift_port(struct mprox_flow *flow, struct sock *sk)
{
	struct inet_sock *inet = inet_sk(sk);

	flow->bound.port = inet->inet_sport;
	if (inet_csk(sk)->icsk_bind_hash)
		sk->sk_prot->put_port(sk);
	inet->inet_num = 0;
	inet->inet_sport = 0;
	sk->sk_userlocks &= ~SOCK_BINDPORT_LOCK;
	return 0;
}

/* The connect() has failed: the program finds its socket as it had left it. */
static void bound_restore(struct mprox_flow *flow, struct sock *sk)
{
	unsigned short port = inet_sk(sk)->inet_num;

	if (!flow->bound.family && !flow->bound.port)
		return;
	if (flow->bound.port)
		port = ntohs(flow->bound.port);
	if (inet_csk(sk)->icsk_bind_hash)
		sk->sk_prot->put_port(sk);
	if (flow->bound.family) {
		set_local(sk, &flow->bound);
		sk->sk_userlocks |= SOCK_BINDADDR_LOCK;
	}
	if (flow->bound.port)
		sk->sk_userlocks |= SOCK_BINDPORT_LOCK;
	if (port)
		aim_take_port(sk, port);
	memset(&flow->bound, 0, sizeof(flow->bound));
}

void mprox_aim_give_back(struct mprox_flow *flow, struct sock *sk)
{
	if (sk->sk_state == TCP_CLOSE && !sock_flag(sk, SOCK_DEAD))
		bound_restore(flow, sk);
}

/* A socket that is for IPv6 alone says so of what the program asks for. */
static int try_connect(struct sock *sk, mprox_connect_fn connect,
		       const struct mprox_addr *to, u32 scope_id)
{
	struct sockaddr_in6 name;
	int len = mprox_sockaddr(&name, sk->sk_family, to, scope_id);
	bool only = sk->sk_ipv6only;
	int err;

	if (to->family == AF_INET)
		sk->sk_ipv6only = 0;
#if IS_ENABLED(CONFIG_IPV6)
	else
		name.sin6_flowinfo = inet6_sk(sk)->flow_label;
#endif
	/* Not as the last call: its return address has to be in this module. */
	err = connect(sk, (struct sockaddr *)&name, len);
	sk->sk_ipv6only = only;
	return err;
}

/*
 * Does a route lead there, other than by the device that stands for no route, or past
 * this machine to its own loopback address? The kernel's connect() sends its SYN before
 * it returns, so this comes first where either can be.
 */
static int check_route(const struct sock *sk, const struct mprox_addr *to,
		       u32 scope_id)
{
	const struct mprox_way way = mprox_way_of(sk, to, scope_id);
	struct in6_addr source;
	struct dst_entry *dst;
	int err = 0;

	if (scope_id && sk->sk_bound_dev_if && sk->sk_bound_dev_if != scope_id)
		return -EHOSTUNREACH;
	if (!atomic_read(&mprox_nr_netdevs) && !sk->sk_bound_dev_if)
		return 0;
	dst = mprox_route(&way, &source);
	if (!dst)
		return -EHOSTUNREACH;
	if (is_loopback(to) && !(dst->dev->flags & IFF_LOOPBACK))
		err = -EHOSTUNREACH;
	dst_release(dst);
	return err;
}

/* The socket leaves the server that it was translated to. */
static void leave_translation(struct mprox_flow *flow)
{
	struct mprox_translation *t;

	spin_lock_bh(&flow->lock);
	t = flow->translation;
	flow->translation = NULL;
	spin_unlock_bh(&flow->lock);
	if (t)
		mprox_translation_end(t);
	mprox_translation_put(t);
}

/*
 * A socket that cannot speak to @to goes to what stands for it, in *@stand_in, and is
 * translated from there.
 */
static int enter_translation(struct mprox_flow *flow, struct sock *sk,
			     const struct mprox_addr *to, u32 scope_id,
			     struct mprox_addr *stand_in)
{
	struct mprox_translation *t = mprox_translation_make(sk, to, scope_id);

	if (IS_ERR(t))
		return PTR_ERR(t);
	mprox_translation_stand_in(t, stand_in);
	spin_lock_bh(&flow->lock);
	flow->translation = t;
	spin_unlock_bh(&flow->lock);
	return 0;
}

static bool needs_translation(const struct sock *sk, const struct mprox_addr *to)
{
	return sk->sk_family == AF_INET && to->family == AF_INET6;
}

static int connect_untranslated(struct mprox_flow *flow, struct sock *sk,
				mprox_connect_fn connect,
				const struct mprox_addr *to, u32 scope_id)
{
	int err = 0;

	if (!bound_serves(sk, to->family, is_loopback(to)))
		err = bound_lift_address(flow, sk);
	if (!err)
		err = try_connect(sk, connect, to, scope_id);
	/* The program's port is not free towards the server, as it may be elsewhere. */
	if (err == -EADDRNOTAVAIL && (sk->sk_userlocks & SOCK_BINDPORT_LOCK)) {
		err = bound_lift_port(flow, sk);
		if (!err)
			err = try_connect(sk, connect, to, scope_id);
	}
	if (err)
		bound_restore(flow, sk);
	return err;
}

/* On the way to a link-local server the kernel binds a socket to the server's device. */
static void forget_device(struct sock *sk, const struct mprox_hs *hs)
{
	if (hs && sk->sk_bound_dev_if != hs->bound_if)
		sk->sk_bound_dev_if = hs->bound_if;
}

static int aim_connect(struct mprox_flow *flow, struct sock *sk,
		       mprox_connect_fn connect, const struct mprox_addr *to,
		       u32 scope_id)
{
	struct mprox_addr stand_in;
	int err;

	forget_device(sk, mprox_flow_hs(flow));
	err = check_route(sk, to, scope_id);
	if (err)
		return err;
	if (!needs_translation(sk, to))
		return connect_untranslated(flow, sk, connect, to, scope_id);
	err = enter_translation(flow, sk, to, scope_id, &stand_in);
	if (err)
		return err;
	err = connect_untranslated(flow, sk, connect, &stand_in, 0);
	if (err)
		leave_translation(flow);
	return err;
}

bool mprox_aim_is_unreachable(int err)
{
	return err == -ENETUNREACH || err == -EHOSTUNREACH || err == -ENETDOWN ||
	       err == -EAFNOSUPPORT || err == -EINVAL || err == -EACCES;
}

u16 mprox_aim_reason(int err)
{
	if (err == -EADDRNOTAVAIL)
		return MUTEX_PROXY_REASON_NO_PORT;
	if (err == -ENOMEM)
		return MUTEX_PROXY_REASON_NO_MEMORY;
	return mprox_aim_is_unreachable(err) ? MUTEX_PROXY_REASON_NO_ROUTE :
					       MUTEX_PROXY_REASON_SYSTEM;
}

int mprox_aim_connect(struct mprox_flow *flow, struct sock *sk,
		      mprox_connect_fn connect, const struct mprox_addr *to,
		      u32 scope_id)
{
	int err = aim_connect(flow, sk, connect, to, scope_id);

	trace_mprox_aimed(flow->ctx->id, sk, to, err);
	return err;
}

/* Could @other and @sk not be told apart by what they are sent? */
static bool is_same(const struct sock *sk, const struct sock *other, u16 family,
		    const struct in6_addr *saddr, const struct in6_addr *daddr,
		    __be16 dport)
{
	const __portpair ports = INET_COMBINED_PORTS(dport, inet_sk(sk)->inet_num);
	struct net *net = sock_net(sk);
	int dif = sk->sk_bound_dev_if;

	if (family == AF_INET) {
		INET_ADDR_COOKIE(acookie, daddr->s6_addr32[0],
				 saddr->s6_addr32[0]);

		return inet_match(net, other, acookie, ports, dif, 0);
	}
#if IS_ENABLED(CONFIG_IPV6)
	return inet6_match(net, other, daddr, saddr, ports, dif, 0);
#else
	return false;
#endif
}

/* A TIME_WAIT may be replaced if timestamps keep its segments and ours apart. */
static bool is_replaceable(const struct sock *other)
{
	return other->sk_state == TCP_TIME_WAIT &&
	       inet_twsk(other)->tw_substate == TCP_TIME_WAIT &&
	       tcp_twsk(other)->tw_ts_recent_stamp;
}

/* Is there one that is in the way already? */
static bool is_taken(struct sock *sk, u16 family, const struct in6_addr *saddr,
		     const struct in6_addr *daddr, __be16 dport)
{
	struct sock *other = NULL;
	bool taken;

	local_bh_disable();
	if (family == AF_INET)
		other = mprox_compat_find4(sock_net(sk), daddr->s6_addr32[0], dport,
					   saddr->s6_addr32[0], inet_sk(sk)->inet_num,
					   sk->sk_bound_dev_if, 0);
#if IS_ENABLED(CONFIG_IPV6)
	else
		other = mprox_compat_find6(sock_net(sk), daddr, dport, saddr,
					   inet_sk(sk)->inet_num,
					   sk->sk_bound_dev_if, 0);
#endif
	local_bh_enable();
	taken = other && other != sk && !is_replaceable(other);
	if (other)
		sock_gen_put(other);
	return taken;
}

/*
 * Into the table of connections, unless another one is like it. Whoever comes after
 * us finds us there, so whom we find came before.
 */
static int enter(struct sock *sk, u16 family, const struct in6_addr *saddr,
		 const struct in6_addr *daddr, __be16 dport)
{
	struct inet_hashinfo *hinfo = sock_net(sk)->ipv4.tcp_death_row.hashinfo;
	const struct hlist_nulls_node *node;
	struct sock *other, *tw = NULL;
	bool taken = false;
	spinlock_t *lock;

	if (is_taken(sk, family, saddr, daddr, dport))
		return -EADDRNOTAVAIL;
	sk->sk_prot->hash(sk);
	lock = inet_ehash_lockp(hinfo, sk->sk_hash);
	spin_lock_bh(lock);
	sk_nulls_for_each(other, node,
			  &inet_ehash_bucket(hinfo, sk->sk_hash)->chain) {
		if (other == sk || other->sk_hash != sk->sk_hash ||
		    !is_same(sk, other, family, saddr, daddr, dport))
			continue;
		if (is_replaceable(other) &&
		    refcount_inc_not_zero(&inet_twsk(other)->tw_refcnt))
			tw = other;
		else
			taken = true;
		break;
	}
	spin_unlock_bh(lock);
	if (tw) {
		/* inet_twsk_deschedule_put() takes locks that its timer takes. */
		local_bh_disable();
		inet_twsk_deschedule_put(inet_twsk(tw));
		local_bh_enable();
	}
	if (taken)
		sk->sk_prot->unhash(sk);
	return taken ? -EADDRNOTAVAIL : 0;
}

/*
 * The port is put if the address is another one, or if none was free towards the server
 * before. @again: the server is the same.
 */
static int rehash(struct mprox_flow *flow, struct sock *sk, u16 family,
		  const struct in6_addr *saddr, const struct in6_addr *daddr,
		  __be16 dport, bool again)
{
	int err = -EADDRNOTAVAIL, i;

	if (!again) {
		err = inet_csk(sk)->icsk_bind_hash ? 0 :
		      aim_take_port(sk, ntohs(inet_sk(sk)->inet_sport));
		if (!err)
			err = enter(sk, family, saddr, daddr, dport);
	}
	if (err == -EADDRNOTAVAIL && (sk->sk_userlocks & SOCK_BINDPORT_LOCK)) {
		flow->bound.port = inet_sk(sk)->inet_sport;
		sk->sk_userlocks &= ~SOCK_BINDPORT_LOCK;
	}
	for (i = 0; err == -EADDRNOTAVAIL && i < PORT_TRIES; i++) {
		err = aim_take_port(sk, 0);
		if (err)
			break;
		err = enter(sk, family, saddr, daddr, dport);
	}
	return err;
}

/* tcp_current_mss() sees for itself that the MTU is another. */
static void fit(struct sock *sk, const struct dst_entry *dst)
{
	tcp_sk(sk)->advmss = dst_metric_advmss(dst);
}

static void bound_set_aside(struct mprox_flow *flow, struct sock *sk)
{
	struct mprox_addr was;

	mprox_bound_addr(sk, &was);
	flow->bound.family = was.family;
	flow->bound.addr = was.addr;
	sk->sk_userlocks &= ~SOCK_BINDADDR_LOCK;
}

static int aim4(struct mprox_flow *flow, struct sock *sk, __be32 daddr,
		__be16 dport, bool again)
{
	struct inet_sock *inet = inet_sk(sk);
	bool crosses = voice_is(sk, &native) && sk->sk_family == AF_INET6;
	bool serves = bound_serves(sk, AF_INET, ipv4_is_loopback(daddr));
	bool bound = (sk->sk_userlocks & SOCK_BINDADDR_LOCK) && serves;
	struct in6_addr from = {}, to = {};
	__be16 sport = inet->inet_sport;
	struct flowi4 new = {};
	struct rtable *rt;
	bool moved;
	int err;

	flowi4_init_output(&new, sk->sk_bound_dev_if, READ_ONCE(sk->sk_mark),
			   ip_sock_rt_tos(sk), ip_sock_rt_scope(sk), IPPROTO_TCP,
			   inet_sk_flowi_flags(sk), daddr,
			   bound ? inet->inet_saddr : 0, dport, sport,
			   sk->sk_uid);
	security_sk_classify_flow(sk, flowi4_to_flowi_common(&new));
	rt = ip_route_output_flow(sock_net(sk), &new, sk);
	if (IS_ERR(rt))
		return -EHOSTUNREACH;
	to.s6_addr32[0] = daddr;
	from.s6_addr32[0] = new.saddr;
	if (!serves)
		bound_set_aside(flow, sk);

	sk->sk_prot->unhash(sk);
	if (crosses) {
		voice_take(sk, &mapped);
		tcp_sk(sk)->rx_opt.mss_clamp = TCP_MSS_DEFAULT;
	}
	moved = new.saddr != inet->inet_saddr || crosses;
	if (moved && inet_csk(sk)->icsk_bind_hash)
		sk->sk_prot->put_port(sk);
	inet->inet_saddr = new.saddr;
	sk_rcv_saddr_set(sk, new.saddr);
	sk_daddr_set(sk, daddr);
#if IS_ENABLED(CONFIG_IPV6)
	/* One that speaks IPv4 by mapped addresses. */
	if (sk->sk_family == AF_INET6)
		inet6_sk(sk)->saddr = sk->sk_v6_rcv_saddr;
#endif
	inet->inet_dport = dport;
	err = rehash(flow, sk, AF_INET, &from, &to, dport, again);
	if (err)
		goto out;
	if (inet->inet_sport != sport) {
		ip_rt_put(rt);
		new.fl4_sport = inet->inet_sport;
		rt = ip_route_output_flow(sock_net(sk), &new, sk);
		if (IS_ERR(rt))
			return -EHOSTUNREACH;
	}
	inet->cork.fl.u.ip4 = new;
	sk_setup_caps(sk, &rt->dst);
	fit(sk, &rt->dst);
	return 0;
out:
	ip_rt_put(rt);
	return err;
}

#if IS_ENABLED(CONFIG_IPV6)
static int aim6(struct mprox_flow *flow, struct sock *sk,
		const struct in6_addr *daddr, __be16 dport, u32 scope_id,
		bool again)
{
	struct inet_sock *inet = inet_sk(sk);
	struct ipv6_pinfo *np = inet6_sk(sk);
	bool serves = bound_serves(sk, AF_INET6, ipv6_addr_loopback(daddr));
	bool bound = (sk->sk_userlocks & SOCK_BINDADDR_LOCK) && serves;
	struct flowi6 fl6 = {
		.flowi6_proto = IPPROTO_TCP,
		.daddr = *daddr,
		.saddr = bound ? sk->sk_v6_rcv_saddr : in6addr_any,
		.flowlabel = ip6_make_flowinfo(np->tclass, np->flow_label),
		.flowi6_oif = scope_id ?: sk->sk_bound_dev_if,
		.flowi6_mark = READ_ONCE(sk->sk_mark),
		.fl6_dport = dport,
		.fl6_sport = inet->inet_sport,
		.flowi6_uid = sk->sk_uid,
	};
	struct dst_entry *dst;
	bool moved;
	int err;

	security_sk_classify_flow(sk, flowi6_to_flowi_common(&fl6));
	dst = ip6_dst_lookup_flow(sock_net(sk), sk, &fl6, NULL);
	if (IS_ERR(dst))
		return -EHOSTUNREACH;
	if (!serves)
		bound_set_aside(flow, sk);

	sk->sk_prot->unhash(sk);
	moved = !ipv6_addr_equal(&fl6.saddr, &sk->sk_v6_rcv_saddr);
	if (moved && inet_csk(sk)->icsk_bind_hash)
		sk->sk_prot->put_port(sk);
	if (voice_is(sk, &mapped)) {
		voice_take(sk, &native);
		inet->inet_saddr = LOOPBACK4_IPV6;
		inet->inet_rcv_saddr = LOOPBACK4_IPV6;
	}
	sk->sk_v6_rcv_saddr = fl6.saddr;
	np->saddr = fl6.saddr;
	sk->sk_v6_daddr = *daddr;
	inet->inet_dport = dport;
	if (scope_id)
		sk->sk_bound_dev_if = scope_id;
	err = rehash(flow, sk, AF_INET6, &fl6.saddr, daddr, dport, again);
	if (err)
		goto out;
	ip6_dst_store(sk, dst, NULL, NULL);
	fit(sk, dst);
	return 0;
out:
	dst_release(dst);
	return err;
}
#else
static int aim6(struct mprox_flow *flow, struct sock *sk,
		const struct in6_addr *daddr, __be16 dport, u32 scope_id,
		bool again)
{
	return -EHOSTUNREACH;
}
#endif

/* Late segments of an attempt at the same server must not be taken for the next one's. */
static bool is_same_server(const struct sock *sk, const struct mprox_addr *to)
{
	if (inet_sk(sk)->inet_dport != to->port)
		return false;
	if (to->family == AF_INET)
		return inet_sk(sk)->inet_daddr == to->addr.s6_addr32[0];
#if IS_ENABLED(CONFIG_IPV6)
	return sk->sk_family == AF_INET6 &&
	       ipv6_addr_equal(&sk->sk_v6_daddr, &to->addr);
#else
	return false;
#endif
}

static int aim_move(struct mprox_flow *flow, struct sock *sk)
{
	struct mprox_hs *hs = mprox_flow_hs(flow);
	struct mprox_addr to = hs->attempt.to;
	bool again = is_same_server(sk, &to);
	int err;

	forget_device(sk, hs);
	err = check_route(sk, &to, hs->attempt.scope_id);
	if (err)
		return err;
	leave_translation(flow);
	if (needs_translation(sk, &to))
		err = enter_translation(flow, sk, &hs->attempt.to,
					hs->attempt.scope_id, &to);
	if (!err && to.family == AF_INET)
		err = aim4(flow, sk, to.addr.s6_addr32[0], to.port, again);
	else if (!err)
		err = aim6(flow, sk, &to.addr, to.port, hs->attempt.scope_id, again);
	if (!err && !mprox_hs_take_ends(flow))
		err = -EHOSTUNREACH;
	return err;
}

int mprox_aim_anew(struct mprox_flow *flow, struct sock *sk)
{
	int err = aim_move(flow, sk);

	trace_mprox_aimed(flow->ctx->id, sk, &mprox_flow_hs(flow)->attempt.to, err);
	return err;
}
