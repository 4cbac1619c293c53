// SPDX-License-Identifier: GPL-2.0
/* Queries in datagrams, answered in the queue of the socket that asks. */
#include "dns.h"

#include <linux/slab.h>
#include <net/udp.h>
#include "packet.h"
#include "resolver.h"
#include "udp_deliver.h"

/**
 * struct udp_ask - one that a resolver has to be asked
 * @ask:	the question
 * @sk:		who asks, referenced
 * @from:	whom it thinks it asks
 * @to:		its end
 */
struct udp_ask {
	struct mprox_ask ask;
	struct sock *sk;
	struct mprox_addr from;
	struct mprox_addr to;
};

/* The addresses are the query's, the other way round. */
static void find_ends(const struct sk_buff *query, u8 pf, unsigned int thoff,
		      struct mprox_addr *from, struct mprox_addr *to)
{
	const struct udphdr *uh = (const struct udphdr *)(query->data + thoff);

	mprox_addresses(query, pf, to, from);
	to->port = uh->source;
	from->port = uh->dest;
}

static struct sk_buff *alloc_answer(size_t size)
{
	struct sk_buff *skb = alloc_skb(MPROX_UDP_HEADROOM + size, GFP_ATOMIC);

	if (skb)
		skb_reserve(skb, MPROX_UDP_HEADROOM);
	return skb;
}

/* What it has of memory counts for the socket's queue. */
static struct sk_buff *shrink(struct sk_buff *answer)
{
	struct sk_buff *small = alloc_answer(answer->len);

	if (!small)
		return answer;
	skb_put_data(small, answer->data, answer->len);
	kfree_skb(answer);
	return small;
}

/* The resolver has spoken, or has nothing to say. Process context. */
static void done(struct mprox_ask *ask, u8 *answer, size_t len)
{
	struct udp_ask *udp = container_of(ask, struct udp_ask, ask);
	const struct mprox_dns_record none = {};
	struct sk_buff *skb;

	skb = alloc_answer(max_t(size_t, len, MPROX_DNS_ANSWER_MAX));
	if (skb && !len)
		skb_put(skb, mprox_dns_answer(skb->data, MPROX_DNS_ANSWER_MAX,
					      &ask->q, ask->query,
					      MPROX_DNS_SERVFAIL, &none));
	else if (skb)
		skb_put_data(skb, answer, len);
	if (skb && !sock_flag(udp->sk, SOCK_DEAD))
		mprox_udp_deliver(udp->sk, skb, &udp->from, &udp->to);
	else
		kfree_skb(skb);
	sock_put(udp->sk);
	kfree(udp);
}

/* What is lost here is asked again by who needs it. */
static void ask_resolver(struct mprox_ctx *ctx, struct sock *sk,
			 const struct mprox_dns_asked *asked,
			 const struct sk_buff *query, u8 pf, unsigned int thoff)
{
	unsigned int off = thoff + sizeof(struct udphdr);
	struct udp_ask *udp = kmalloc(sizeof(*udp), GFP_ATOMIC | __GFP_ACCOUNT);

	if (!udp)
		return;
	udp->sk = sk;
	sock_hold(sk);
	find_ends(query, pf, thoff, &udp->from, &udp->to);
	udp->ask.done = done;
	udp->ask.limit = asked->q.udp_size;
	udp->ask.q = asked->q;
	udp->ask.len = query->len - off;
	memcpy(udp->ask.query, query->data + off, udp->ask.len);
	if (!mprox_resolver_ask(asked->resolver, ctx, &udp->ask)) {
		sock_put(sk);
		kfree(udp);
	}
}

unsigned int mprox_dns_datagram(struct mprox_ctx *ctx,
				const struct mprox_policy *policy,
				struct sk_buff *skb,
				const struct nf_hook_state *state,
				unsigned int thoff)
{
	unsigned int off = thoff + sizeof(struct udphdr);
	size_t room = mprox_dns_room(&policy->dns);
	struct mprox_addr from, to;
	struct mprox_dns_asked asked;
	struct sk_buff *answer;
	int len;

	/* What a raw socket makes up has no queue that an answer could go to. */
	if (!mprox_is_udp_socket(state->sk) || skb_is_gso(skb) ||
	    skb->len < off || skb_linearize(skb))
		return NF_DROP_ERR(-EPERM);
	answer = alloc_answer(room);
	if (!answer)
		return NF_DROP_ERR(-ENOMEM);
	len = mprox_dns_resolve(ctx, policy, &asked, skb->data + off,
				skb->len - off, answer->data, room, false);
	if (len > 0) {
		skb_put(answer, len);
		if (room > MPROX_DNS_ANSWER_MAX)
			answer = shrink(answer);
		find_ends(skb, state->pf, thoff, &from, &to);
		mprox_udp_deliver(state->sk, answer, &from, &to);
	} else {
		kfree_skb(answer);
	}
	if (len == -EAGAIN)
		return NF_ACCEPT;
	if (len == -EINPROGRESS)
		ask_resolver(ctx, state->sk, &asked, skb, state->pf, thoff);
	consume_skb(skb);
	return NF_STOLEN;
}
