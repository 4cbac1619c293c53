// SPDX-License-Identifier: GPL-2.0
/*
 * From the program to the proxy. The packet begins its way through the hooks
 * once more, in the proxy's family: conntrack, NAT and the handshake know it as
 * one of a connection to an address that nobody has.
 */
#include "translate.h"

#include <linux/preempt.h>
#include <net/dst.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/sock.h>
#include "handshake.h"
#include "segment.h"

/* The socket whose connection it is: also of our own, not of TCP's resets. */
static struct sock *sender(const struct nf_hook_state *state)
{
	return state->sk && sk_fullsock(state->sk) &&
	       state->sk->sk_type == SOCK_STREAM ? state->sk : NULL;
}

/*
 * Takes @skb. What becomes of it below is not told to the program's TCP, which
 * sends again what is lost; but for the first SYN (mprox_translate_syn()).
 */
static int send(struct mprox_translation *t, struct sk_buff *skb,
		const struct nf_hook_state *state, unsigned int thoff)
{
	struct dst_entry *dst = mprox_translation_way_out(t, skb->mark);
	bool is_ipv4 = t->carried.family == AF_INET;

	if (!dst || !mprox_translate_headers(skb, thoff, &t->carried,
					     MPROX_OUT)) {
		dst_release(dst);
		kfree_skb(skb);
		return -ENOBUFS;
	}
	mprox_tcp_clamp(skb, t->mss);
	skb_dst_drop(skb);
	skb_dst_set(skb, dst);
	skb->dev = NULL;
	nf_reset_ct(skb);
	return is_ipv4 ? ip_local_out(state->net, sender(state), skb) :
			 ip6_local_out(state->net, sender(state), skb);
}

unsigned int mprox_translate_syn(const struct mprox_policy *policy,
				 const struct mprox_key *key,
				 struct sk_buff *skb,
				 const struct nf_hook_state *state,
				 unsigned int thoff)
{
	const struct tcphdr *th = (struct tcphdr *)(skb->data + thoff);
	struct mprox_translation *t;
	struct sk_buff *copy;
	int err = -ENOMEM;

	t = mprox_translation_make(policy, key, state->sk, skb->mark,
				   ntohl(th->seq), false);
	if (!t)
		return NF_ACCEPT;
	/* A verdict with an error is the core's to carry out: it frees @skb. */
	copy = skb_copy(skb, GFP_ATOMIC);
	if (copy)
		err = send(t, copy, state, thoff);
	/* Nobody has taken it up: nothing may find it any more. */
	if (!READ_ONCE(t->attached)) {
		mprox_translation_end(t);
		err = -ECONNREFUSED;
	}
	mprox_translation_put(t);
	if (err == -ECONNREFUSED)
		return NF_DROP_ERR(-ECONNREFUSED);
	consume_skb(skb);
	return NF_STOLEN;
}

/* The port is used anew: its last owner is history (see on_syn()). */
static void forget(struct mprox_translation *t)
{
	struct mprox_flow *flow = mprox_flow_find(&t->carried);

	if (flow) {
		mprox_flow_forget(flow);
		mprox_flow_put(flow);
	}
	mprox_translation_end(t);
}

bool mprox_translate_out(struct sk_buff *skb, const struct nf_hook_state *state,
			 unsigned int *verdict)
{
	struct mprox_translation *t;
	const struct tcphdr *th;
	struct mprox_key key;
	unsigned int thoff;
	u8 proto;

	if (!mprox_l4(skb, state->pf, &proto, &thoff) || proto != IPPROTO_TCP ||
	    !pskb_may_pull(skb, thoff + sizeof(*th)))
		return false;
	th = (struct tcphdr *)(skb->data + thoff);
	mprox_key_from(&key, state->net, state->pf, MPROX_OUT,
		       skb_network_header(skb), th->source, th->dest);
	t = mprox_translation_of_asked(&key);
	if (!t)
		return false;
	if (th->syn && !th->ack && !in_serving_softirq() &&
	    ntohl(th->seq) != t->isn) {
		forget(t);
		return false;
	}
	*verdict = NF_DROP;
	/* Options and extension headers: none that a socket could ask for. */
	if (!mprox_is_plain(skb, state->pf))
		return true;
	*verdict = NF_STOLEN;
	send(t, skb, state, thoff);
	return true;
}
