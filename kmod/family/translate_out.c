// SPDX-License-Identifier: GPL-2.0
/* From the program to the proxy. The packet begins its way through the hooks anew. */
#include "family/translate.h"

#include <net/dst.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/sock.h>
#include "stack/tcp_header.h"

/* The socket whose connection it is: also of our own, not of TCP's resets. */
static struct sock *sender(const struct nf_hook_state *state)
{
	return state->sk && sk_fullsock(state->sk) &&
	       state->sk->sk_type == SOCK_STREAM ? state->sk : NULL;
}

/*
 * Takes @skb. What becomes of it below is not told to the program's TCP, which
 * sends again what is lost.
 */
static void translate_send(struct mprox_translation *t, struct sk_buff *skb,
			   const struct nf_hook_state *state, unsigned int thoff)
{
	struct dst_entry *dst = mprox_translation_way_out(t);

	if (!dst || !mprox_translate_headers(skb, thoff, &t->wire,
					     MPROX_OUT)) {
		dst_release(dst);
		kfree_skb(skb);
		return;
	}
	mprox_tcp_clamp(skb, t->mss);
	skb_dst_drop(skb);
	skb_dst_set(skb, dst);
	skb->dev = NULL;
	nf_reset_ct(skb);
	ip6_local_out(state->net, sender(state), skb);
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
	t = state->pf == NFPROTO_IPV4 ? mprox_translation_of_home(&key) : NULL;
	if (!t || (th->syn && !th->ack))
		return false;
	*verdict = NF_DROP;
	/* Options and extension headers: none that a socket could ask for. */
	if (!mprox_is_plain(skb, state->pf))
		return true;
	*verdict = NF_STOLEN;
	translate_send(t, skb, state, thoff);
	return true;
}
