// SPDX-License-Identifier: GPL-2.0
/* Queries in datagrams, answered in the queue of the socket that asks. */
#include "dns.h"

#include <net/udp.h>
#include "packet.h"
#include "proto/dns.h"
#include "udp_deliver.h"

/* @skb holds the answer. The addresses are the query's, the other way round. */
static void answer(struct sock *sk, struct sk_buff *skb,
		   const struct sk_buff *query, u8 pf, const struct udphdr *uh)
{
	struct mprox_addr from, to;

	mprox_addresses(query, pf, &to, &from);
	to.port = uh->source;
	from.port = uh->dest;
	mprox_udp_deliver(sk, skb, &from, &to);
}

unsigned int mprox_dns_datagram(struct mprox_ctx *ctx,
				const struct mprox_policy *policy,
				struct sk_buff *skb,
				const struct nf_hook_state *state,
				unsigned int thoff)
{
	unsigned int off = thoff + sizeof(struct udphdr);
	struct sk_buff *to;
	int len;

	/* What a raw socket makes up has no queue that an answer could go to. */
	if (!mprox_is_udp_socket(state->sk) || skb_is_gso(skb) ||
	    skb->len < off || skb_linearize(skb))
		return NF_DROP_ERR(-EPERM);
	to = alloc_skb(MPROX_UDP_HEADROOM + MPROX_DNS_ANSWER_MAX, GFP_ATOMIC);
	if (!to)
		return NF_DROP_ERR(-ENOMEM);
	skb_reserve(to, MPROX_UDP_HEADROOM);
	len = mprox_dns_resolve(ctx, policy, skb->data + off, skb->len - off,
				skb_tail_pointer(to));
	if (len == -EAGAIN) {
		kfree_skb(to);
		return NF_ACCEPT;
	}
	if (len > 0) {
		skb_put(to, len);
		answer(state->sk, to, skb, state->pf,
		       (const struct udphdr *)(skb->data + thoff));
	} else {
		kfree_skb(to);
	}
	consume_skb(skb);
	return NF_STOLEN;
}
