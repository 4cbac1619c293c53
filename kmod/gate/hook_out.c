// SPDX-License-Identifier: GPL-2.0
/*
 * What leaves a process of a scope: past the proxy, or not at all. TCP connections are
 * judged in connect() (lead.c): here their SYNs get the number from which there is room
 * for what the proxy is told, and one that has found another way is not let out.
 *
 * Whose packet is it? Every datagram leaves in the caller's own context: current is the
 * process, for io_uring's workers as well, which are threads of it. In softirq current
 * is whoever was interrupted and says nothing; there only what TCP sends again is of
 * interest, and a flow is found by its socket.
 */
#include "gate/hooks.h"

#include <linux/netfilter.h>
#include <linux/preempt.h>
#include <linux/udp.h>
#include <net/sock.h>
#include "family/translate.h"
#include "family/translation.h"
#include "gate/judge.h"
#include "gate/lead.h"
#include "gate/tell.h"
#include "listen/dns_tcp.h"
#include "listen/bind.h"
#include "names/dns.h"
#include "stack/detour.h"
#include "stack/icmp_error.h"
#include "stack/local.h"
#include "stack/netdev.h"
#include "stack/packet.h"
#include "tcp/handshake.h"
#include "udp/assoc.h"

/* ECONNREFUSED is the one error that tcp_connect() passes on at once. */
#define REFUSE_TCP	NF_DROP_ERR(-ECONNREFUSED)
#define REFUSE		NF_DROP_ERR(-EPERM)

/* The destination, as rules see it. Ports of TCP, UDP and their likes. */
static void hook_destination(struct mprox_addr *to, const struct sk_buff *skb, u8 pf,
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

static struct mprox_deed hook_deed(const struct nf_hook_state *state, u8 proto,
				   const struct mprox_addr *to)
{
	return (struct mprox_deed) {
		.net = state->net,
		.proto = proto,
		.sk = state->sk,
		.to = to,
	};
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
	struct mprox_addr to;
	const struct mprox_deed deed = hook_deed(state, proto, &to);
	struct mprox_ruling ruling;
	unsigned int verdict;

	if (proto == IPPROTO_UDP && mprox_assoc_owns(state->sk))
		return NF_ACCEPT;
	hook_destination(&to, skb, state->pf, proto, thoff);
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
	mprox_tell_refused(&ruling, &deed, kind_of(state->sk, proto), 0, -EPERM);
	return REFUSE;
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

	if (!from_program(state) || !mprox_is_source_routed(skb, state->pf))
		return false;
	if (state->sk->sk_type == SOCK_STREAM &&
	    state->sk->sk_protocol == IPPROTO_TCP)
		flow = mprox_flow_of(state->sk);
	if (flow) {
		mprox_flow_put(flow);
		return true;
	}
	return !in_serving_softirq() && mprox_is_held(state->net);
}

/*
 * A SYN in its caller's context whose socket has no flow, and is in no connect() that
 * was let through: TCP_FASTOPEN_CONNECT sends it later, TCP's timer may have to wait for
 * the program (tcp_release_cb()), or there is a way to connect that we do not know of.
 * It leaves if it is direct now.
 */
static unsigned int guard_syn(struct sk_buff *skb, const struct nf_hook_state *state,
			      unsigned int thoff)
{
	struct mprox_addr to;
	const struct mprox_deed deed = hook_deed(state, IPPROTO_TCP, &to);
	struct mprox_ruling ruling;

	hook_destination(&to, skb, state->pf, IPPROTO_TCP, thoff);
	mprox_judge(&ruling, state->net, IPPROTO_TCP, &to,
		    mprox_is_local(skb, state));
	if (ruling.verdict == MUTEX_PROXY_VERDICT_DIRECT)
		return NF_ACCEPT;
	if (!ruling.ctx)
		return REFUSE_TCP;
	if (ruling.is_query && !mprox_dns_stream_is_ours(ruling.policy))
		return NF_ACCEPT;
	mprox_tell_refused(&ruling, &deed, MPROX_REFUSED_TCP, 0, -ECONNREFUSED);
	return REFUSE_TCP;
}

static unsigned int on_syn(struct sk_buff *skb,
			   const struct nf_hook_state *state,
			   unsigned int thoff)
{
	const struct sock *sk = state->sk;
	struct mprox_flow *flow = NULL;
	unsigned int verdict;

	if (sk && sk_fullsock(sk))
		flow = mprox_flow_of(sk);
	if (flow) {
		verdict = mprox_hs_syn(flow, skb, state, thoff);
		mprox_flow_put(flow);
		return verdict;
	}
	if (in_serving_softirq() || (sk && mprox_lead_lets(sk)))
		return NF_ACCEPT;
	return guard_syn(skb, state, thoff);
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

/* What neither is plain TCP of an established connection, nor is translated. */
static unsigned int judge_packet(struct sk_buff *skb, const struct nf_hook_state *state)
{
	const struct tcphdr *th;
	unsigned int thoff;
	u8 proto;

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

unsigned int mprox_hook_out(void *priv, struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	unsigned int verdict;

	if (unlikely(atomic_read(&mprox_nr_translations)) &&
	    mprox_translate_out(skb, state, &verdict))
		return verdict;
	if (is_established(state->sk) && likely(mprox_is_plain(skb, state->pf)))
		return NF_ACCEPT;
	verdict = judge_packet(skb, state);
	if (verdict == NF_ACCEPT && atomic_read(&mprox_nr_netdevs) &&
	    mprox_is_netdev(skb_dst(skb)->dev))
		return mprox_netdev_refuse(skb, state);
	return verdict;
}

unsigned int mprox_hook_stray(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state)
{
	return unlikely(mprox_is_astray(skb, state)) ? NF_DROP : NF_ACCEPT;
}
