// SPDX-License-Identifier: GPL-2.0
/* Queries in datagrams, answered in the queue of the socket that asks. */
#include "names/dns.h"

#include <linux/slab.h>
#include <net/udp.h>
#include "names/dns_log.h"
#include "servers/resolver.h"
#include "stack/packet.h"
#include "stack/udp_deliver.h"

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

/* Of its own size alone: what memory it has counts for the socket's queue. */
static struct sk_buff *copy_answer(const u8 *answer, size_t len)
{
	struct sk_buff *skb = alloc_answer(len);

	if (skb)
		skb_put_data(skb, answer, len);
	return skb;
}

static struct sk_buff *shrink(struct sk_buff *answer)
{
	struct sk_buff *small = copy_answer(answer->data, answer->len);

	if (!small)
		return answer;
	kfree_skb(answer);
	return small;
}

static void done(struct mprox_ctx *ctx, struct mprox_ask *ask, const u8 *answer,
		 size_t len)
{
	struct udp_ask *udp = container_of(ask, struct udp_ask, ask);
	struct sk_buff *skb;

	mprox_dns_log_answer(ctx, &ask->q, answer);
	skb = copy_answer(answer, len);
	if (skb && !sock_flag(udp->sk, SOCK_DEAD))
		mprox_udp_deliver(udp->sk, skb, &udp->from, &udp->to);
	else
		kfree_skb(skb);
	sock_put(udp->sk);
	kfree(udp);
}

/* What is lost here is asked again by who needs it. */
static void dns_udp_ask_resolver(struct mprox_ctx *ctx, struct sock *sk,
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
		dns_udp_ask_resolver(ctx, state->sk, &asked, skb, state->pf, thoff);
	consume_skb(skb);
	return NF_STOLEN;
}
