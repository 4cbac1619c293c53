// SPDX-License-Identifier: GPL-2.0
/*
 * What leaves a process of a scope: into the proxy, past it, or not at all.
 *
 * Whose packet is it? The first SYN of a connection and every datagram leave in
 * the caller's own context: current is the process, for io_uring's workers as
 * well, which are threads of it. In softirq current is whoever was interrupted
 * and says nothing; there only what a known flow's TCP sends again is of
 * interest, and the flow is found by its addresses.
 */
#include "hooks.h"

#include <linux/netfilter.h>
#include <linux/preempt.h>
#include <linux/udp.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/sock.h>
#include "assoc.h"
#include "bind.h"
#include "detour.h"
#include "dns.h"
#include "dns_tcp.h"
#include "handshake.h"
#include "icmp_error.h"
#include "judge.h"
#include "kernel_sock.h"
#include "local.h"
#include "netdev.h"
#include "own.h"
#include "packet.h"
#include "translate.h"
#include "translation.h"

/* ECONNREFUSED is the one error that tcp_connect() passes on at once. */
#define REFUSE_TCP	NF_DROP_ERR(-ECONNREFUSED)
#define REFUSE		NF_DROP_ERR(-EPERM)

/* The destination, as rules see it. Ports of TCP, UDP and their likes. */
static void destination(struct mprox_addr *to, const struct sk_buff *skb, u8 pf,
			u8 proto, unsigned int thoff)
{
	const __be16 *ports = NULL;
	struct mprox_addr from;
	__be16 buf[2];

	mprox_addresses(skb, pf, &from, to);
	if (proto == IPPROTO_TCP || proto == IPPROTO_UDP)
		ports = skb_header_pointer(skb, thoff, sizeof(buf), buf);
	if (ports)
		to->port = ports[1];
}

/*
 * Does @state->sk belong to a program? What has no socket (IGMP, tunnels) or a
 * socket of the kernel's own (neighbour discovery, ICMP errors, resets,
 * tunnels that carry what was judged before) is not a program's doing.
 */
static bool from_program(const struct nf_hook_state *state)
{
	const struct sock *sk = state->sk;

	return sk && sk_fullsock(sk) && !sk->sk_kern_sock;
}

/*
 * SCTP and DCCP look at no error of the output path: they would open their
 * connection again from a timer, where we could not tell whose it is. So while
 * any context is enabled no such opening leaves from a timer: a stranger whose
 * first one was lost has to wait, but nobody of a scope gets out.
 */
static bool is_late_opening(const struct sk_buff *skb, u8 proto,
			    unsigned int thoff, u8 spoken)
{
	const u8 *octet;
	u8 buf;

	/* RFC 6951: SCTP in UDP. In anything else it has been judged before. */
	if (proto == IPPROTO_UDP && spoken == IPPROTO_SCTP)
		thoff += sizeof(struct udphdr);
	else if (proto != spoken)
		return false;
	if (spoken == IPPROTO_SCTP) {
		/* RFC 9260 3.2: the type of the first chunk; 1 is INIT. */
		octet = skb_header_pointer(skb, thoff + 12, 1, &buf);
		return octet && *octet == 1;
	}
	/* RFC 4340 5.1: Res, Type (0 is Request) and X share an octet. */
	octet = skb_header_pointer(skb, thoff + 8, 1, &buf);
	return octet && !(*octet >> 1 & 0xf);
}

/*
 * IPv6's echo sockets throw the error of the output path away as well
 * (ping_v6_sendmsg()), but they have one for the next call.
 */
static void tell_ping(struct sock *sk)
{
	WRITE_ONCE(sk->sk_err, EPERM);
	sk_error_report(sk);
}

static enum mprox_refused kind_of(const struct sock *sk, u8 proto)
{
	if (sk->sk_type == SOCK_RAW || proto == IPPROTO_RAW)
		return MPROX_REFUSED_RAW;
	if (proto == IPPROTO_UDP)
		return MPROX_REFUSED_UDP;
	return proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6 ?
		MPROX_REFUSED_ICMP : MPROX_REFUSED_OTHER;
}

static bool is_stubborn(u8 proto)
{
	return proto == IPPROTO_SCTP || proto == IPPROTO_DCCP;
}

/*
 * What the socket speaks, which need not be what its packet is of: SCTP may travel
 * in UDP (net.sctp.udp_port). A raw socket speaks what it says.
 */
static u8 spoken_by(const struct sock *sk, u8 proto)
{
	return sk->sk_type != SOCK_RAW && is_stubborn(sk->sk_protocol) ?
	       sk->sk_protocol : proto;
}

/*
 * Everything but TCP, and TCP that a raw socket makes up. @proto: what it is judged
 * as.
 */
static unsigned int judge_as(struct sk_buff *skb,
			     const struct nf_hook_state *state, u8 proto,
			     unsigned int thoff)
{
	struct mprox_ruling ruling;
	struct mprox_addr to;
	unsigned int verdict;

	if (proto == IPPROTO_UDP && mprox_assoc_owns(state->sk))
		return NF_ACCEPT;
	destination(&to, skb, state->pf, proto, thoff);
	mprox_judge(&ruling, state->net, proto, &to, mprox_is_local(skb, state));
	if (ruling.verdict == MUTEX_PROXY_VERDICT_DIRECT)
		return NF_ACCEPT;
	if (!ruling.ctx)
		return REFUSE;
	if (proto == IPPROTO_UDP && ruling.is_query)
		return mprox_dns_datagram(ruling.ctx, ruling.policy, skb, state,
					  thoff);
	if (proto == IPPROTO_UDP &&
	    ruling.verdict == MUTEX_PROXY_VERDICT_PROXY) {
		verdict = mprox_assoc_datagram(ruling.ctx, ruling.policy, skb,
					       state, thoff, &to);
		if (verdict != NF_DROP_ERR(-EPERM))
			return verdict;
	}
	/*
	 * SCTP and DCCP listen to nothing else, and this one ends the attempt;
	 * a QUIC client that has written without a look at the result falls
	 * back to TCP at once.
	 */
	if ((is_stubborn(proto) || proto == IPPROTO_UDP) &&
	    state->sk->sk_type != SOCK_RAW)
		mprox_icmp_error(skb, state->pf, is_stubborn(proto) ?
				 MPROX_ICMP_PROTOCOL : MPROX_ICMP_PORT, 0);
	if (proto == IPPROTO_ICMPV6 && state->sk->sk_type == SOCK_DGRAM)
		tell_ping(state->sk);
	return mprox_refused(ruling.ctx, kind_of(state->sk, proto), REFUSE);
}

/* @proto and @thoff: as the packet has it. */
static unsigned int judge_other(struct sk_buff *skb,
				const struct nf_hook_state *state, u8 proto,
				unsigned int thoff)
{
	u8 spoken;

	if (!from_program(state))
		return NF_ACCEPT;
	spoken = spoken_by(state->sk, proto);
	if (!in_serving_softirq())
		return judge_as(skb, state, spoken, thoff);
	return is_stubborn(spoken) && atomic_read(&mprox_nr_enabled) &&
	       is_late_opening(skb, proto, thoff, spoken) ? REFUSE : NF_ACCEPT;
}

/*
 * A source-routed packet names the next hop where rules look for the destination,
 * and may belong to a connection of ours that was none when it began. Nobody in
 * scope sends any, and no socket that has a flow.
 */
static bool is_detour(const struct sk_buff *skb,
		      const struct nf_hook_state *state)
{
	struct mprox_flow *flow = NULL;
	struct mprox_key key;

	if (!from_program(state) || !mprox_is_source_routed(skb, state->pf))
		return false;
	if (state->sk->sk_type == SOCK_STREAM &&
	    state->sk->sk_protocol == IPPROTO_TCP) {
		mprox_key_of_socket(&key, state->net, state->pf, state->sk);
		flow = mprox_flow_find(&key);
	}
	if (flow) {
		mprox_flow_put(flow);
		return true;
	}
	return !in_serving_softirq() && mprox_is_held(state->net);
}

/* A program's connection in the other IP version; or NULL. */
static const struct mprox_translation *
translation_of(const struct mprox_key *key)
{
	return atomic_read(&mprox_nr_translations) ?
		mprox_translation_of_carried(key) : NULL;
}

/* Into the proxy, unless it cannot be led anywhere. */
static unsigned int carry(struct mprox_ctx *ctx, struct mprox_policy *policy,
			  const struct mprox_key *key, struct sk_buff *skb,
			  const struct nf_hook_state *state, unsigned int thoff)
{
	enum ip_conntrack_info ctinfo;
	unsigned int verdict;

	/* NOTRACK: NAT would never see it. */
	nf_ct_get(skb, &ctinfo);
	if (ctinfo == IP_CT_UNTRACKED || !state->sk || !sk_fullsock(state->sk))
		return mprox_refused(ctx, MPROX_REFUSED_TCP, REFUSE_TCP);
	/* What is translated comes by once more, as what it is carried as. */
	if (mprox_translation_is_needed(policy, key->family) &&
	    !translation_of(key)) {
		verdict = mprox_translate_syn(policy, key, skb, state, thoff);
		if (verdict != NF_ACCEPT)
			return verdict;
	}
	return mprox_hs_start(ctx, policy, key, skb, state, thoff);
}

/* The context that a socket of our own speaks for; or NULL. */
static struct mprox_ctx *owner(const struct sock *sk)
{
	struct mprox_bind *bind;
	struct mprox_own *own;

	if (!sk || !sk_fullsock(sk))
		return NULL;
	bind = mprox_bind_of(sk);
	if (bind)
		return bind->ctx;
	own = mprox_own_of(sk);
	return own ? own->ctx : NULL;
}

/* The first SYN of a connection, in its caller's context. */
static unsigned int judge_syn(const struct mprox_key *key, struct sk_buff *skb,
			      const struct nf_hook_state *state,
			      unsigned int thoff)
{
	const struct mprox_translation *t = translation_of(key);
	const struct mprox_key *asked = t ? &t->asked : key;
	const struct mprox_addr to = {
		.family = asked->family,
		.addr = asked->remote,
		.port = asked->rport,
	};
	struct mprox_ctx *ctx = owner(state->sk);
	struct mprox_ruling ruling;

	if (ctx)
		return carry(ctx, rcu_dereference(ctx->policy), key, skb, state,
			     thoff);
	mprox_judge(&ruling, state->net, IPPROTO_TCP, &to,
		    mprox_is_local(skb, state));
	if (unlikely(mprox_is_kernel_sock(state->sk)))
		mprox_judge_kernel(&ruling, asked, &to);
	if (ruling.verdict == MUTEX_PROXY_VERDICT_DIRECT)
		return NF_ACCEPT;
	if (!ruling.ctx)
		return REFUSE_TCP;
	if (ruling.verdict == MUTEX_PROXY_VERDICT_BLOCK)
		return mprox_refused(ruling.ctx, MPROX_REFUSED_TCP, REFUSE_TCP);
	return ruling.is_query ?
		mprox_dns_stream(ruling.ctx, ruling.policy, key, skb, state) :
		carry(ruling.ctx, ruling.policy, key, skb, state, thoff);
}

static unsigned int on_syn(struct sk_buff *skb,
			   const struct nf_hook_state *state,
			   unsigned int thoff)
{
	const struct tcphdr *th = (struct tcphdr *)(skb->data + thoff);
	struct mprox_flow *flow = NULL;
	struct mprox_key key;
	unsigned int verdict;

	mprox_key_from(&key, state->net, state->pf, MPROX_OUT,
		       skb_network_header(skb), th->source, th->dest);
	if (atomic_read(&mprox_nr_flows))
		flow = mprox_flow_find(&key);
	if (flow && flow->is_query && in_serving_softirq()) {
		/* Sent again: the entry maps it as it did the first time. */
		mprox_flow_put(flow);
		return NF_ACCEPT;
	}
	if (flow) {
		verdict = mprox_hs_syn_again(flow, skb, thoff);
		if (verdict == MPROX_SYN_IS_NEW && in_serving_softirq()) {
			verdict = NF_DROP;
		} else if (verdict == MPROX_SYN_IS_NEW) {
			/* The port is used anew: its last owner is history. */
			mprox_flow_forget(flow);
		}
		mprox_flow_put(flow);
		if (verdict != MPROX_SYN_IS_NEW)
			return verdict;
	}
	if (in_serving_softirq())
		return translation_of(&key) ? NF_DROP : NF_ACCEPT;
	/*
	 * TCP's timer may fire in process context, too (tcp_release_cb()), between
	 * a flow's end and its translation's: that is nothing to begin another by.
	 */
	if (mprox_translation_is_attached(&key))
		return NF_DROP;
	return judge_syn(&key, skb, state, thoff);
}

/*
 * The way out for nearly every packet. Only a full socket can be ESTABLISHED,
 * so its type may be read; datagram and raw sockets are too when connected.
 */
static bool is_established(const struct sock *sk)
{
	return sk && READ_ONCE(sk->sk_state) == TCP_ESTABLISHED &&
	       sk->sk_type == SOCK_STREAM && sk->sk_protocol == IPPROTO_TCP;
}

unsigned int mprox_hook_out(void *priv, struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	const struct tcphdr *th;
	unsigned int thoff, verdict;
	u8 proto;

	if (unlikely(atomic_read(&mprox_nr_translations)) &&
	    mprox_translate_out(skb, state, &verdict))
		return verdict;
	if (is_established(state->sk) && likely(mprox_is_plain(skb, state->pf)))
		return NF_ACCEPT;
	if (!atomic_read(&mprox_nr_enabled) && !atomic_read(&mprox_nr_flows) &&
	    !atomic_read(&mprox_nr_binds) && !atomic_read(&mprox_nr_assocs))
		return NF_ACCEPT;
	if (unlikely(is_detour(skb, state)))
		return state->sk->sk_type == SOCK_STREAM ? REFUSE_TCP : REFUSE;
	if (is_established(state->sk))
		return NF_ACCEPT;
	if (!mprox_l4(skb, state->pf, &proto, &thoff))
		return judge_other(skb, state, IPPROTO_RAW, 0);
	if (proto != IPPROTO_TCP)
		return judge_other(skb, state, proto, thoff);
	if (state->sk && sk_fullsock(state->sk) &&
	    state->sk->sk_type != SOCK_STREAM && !state->sk->sk_kern_sock)
		return judge_other(skb, state, proto, thoff);
	if (!pskb_may_pull(skb, thoff + sizeof(*th)))
		return NF_DROP;
	th = (struct tcphdr *)(skb->data + thoff);
	if (!th->syn || th->ack || th->rst)
		return NF_ACCEPT;
	if (th->doff * 4 < sizeof(*th) ||
	    !pskb_may_pull(skb, thoff + th->doff * 4))
		return NF_DROP;
	return on_syn(skb, state, thoff);
}

/*
 * Behind NAT, which has routed anew what is led somewhere. conntrack has an
 * opinion on every packet of a connection, except on those that it finds INVALID
 * (an entry that has expired, a state that it does not know) or that a late
 * NOTRACK rule hides: these would leave with the destination that the program
 * named. For one of our flows that is a leak.
 */
unsigned int mprox_hook_guard(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state)
{
	struct mprox_flow *flow;
	struct mprox_key key;
	unsigned int thoff;
	__be16 buf[2], *ports;
	u8 proto;

	if (unlikely(atomic_read(&mprox_nr_netdevs)) &&
	    mprox_is_netdev(skb_dst(skb)->dev))
		return mprox_netdev_refuse(skb, state);
	if (unlikely(mprox_is_astray(skb, state)))
		return NF_DROP;
	if (likely(skb_nfct(skb)))
		return NF_ACCEPT;
	if (!atomic_read(&mprox_nr_flows) ||
	    !mprox_l4(skb, state->pf, &proto, &thoff) || proto != IPPROTO_TCP)
		return NF_ACCEPT;
	ports = skb_header_pointer(skb, thoff, sizeof(buf), buf);
	if (!ports)
		return NF_ACCEPT;
	mprox_key_from(&key, state->net, state->pf, MPROX_OUT,
		       skb_network_header(skb), ports[0], ports[1]);
	flow = mprox_flow_find(&key);
	if (!flow)
		return NF_ACCEPT;
	mprox_refused(flow->ctx, MPROX_REFUSED_TCP, NF_DROP);
	mprox_flow_put(flow);
	return NF_DROP;
}
