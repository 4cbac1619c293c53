// SPDX-License-Identifier: GPL-2.0
/* From the relay to the program. Softirq, under RCU. */
#include "udp/assoc.h"

#include <linux/udp.h>
#include <net/inet_sock.h>
#include <net/udp.h>
#include "proto/socks5_udp.h"
#include "stack/udp_deliver.h"

/*
 * Who the program is to think that it hears. A name's association hears the
 * name, whatever its address turned out to be.
 */
static bool find_sender(const struct mprox_assoc *assoc,
			const struct mprox_udp_from *said,
			struct mprox_addr *from)
{
	memset(from, 0, sizeof(*from));
	from->port = htons(said->at.port);
	if (assoc->key.family) {
		from->family = assoc->key.family;
		from->addr = assoc->key.name;
		return true;
	}
	if (!said->at.version)
		return false;
	from->family = said->at.version == 4 ? AF_INET : AF_INET6;
	memcpy(&from->addr, said->at.addr, said->at.version == 4 ? 4 : 16);
	return true;
}

/* As UDP's own lookup would have it. */
static bool would_hear(const struct sock *sk, const struct mprox_addr *from)
{
	const struct inet_sock *inet = inet_sk(sk);

	if (sk->sk_family == AF_INET && from->family != AF_INET)
		return false;
	if (inet->inet_dport && inet->inet_dport != from->port)
		return false;
	if (from->family == AF_INET)
		return !ipv6_only_sock(sk) &&
		       (!inet->inet_daddr ||
			inet->inet_daddr == from->addr.s6_addr32[0]);
#if IS_ENABLED(CONFIG_IPV6)
	return ipv6_addr_any(&sk->sk_v6_daddr) ||
	       ipv6_addr_equal(&sk->sk_v6_daddr, &from->addr);
#else
	return false;
#endif
}

/*
 * Nobody answers here whom the program would not have reached by the relay: a
 * datagram from loopback, for one, would be this host's own word for it.
 */
static bool could_have_asked(const struct mprox_ctx *ctx,
			     const struct mprox_addr *from)
{
	const struct mprox_policy *policy = rcu_dereference(ctx->policy);

	/* A socket for both versions would take it for an IPv4 address. */
	if (from->family == AF_INET6 && ipv6_addr_v4mapped(&from->addr))
		return false;
	return policy && mprox_policy_verdict(policy, IPPROTO_UDP, from, false) ==
			 MUTEX_PROXY_VERDICT_PROXY;
}

/* The program's end, in the family of who sends to it. */
static void write_local(const struct mprox_assoc *assoc, u16 family,
			struct mprox_addr *to)
{
	*to = assoc->local;
	if (to->family != family)
		memset(&to->addr, 0, sizeof(to->addr));
	to->family = family;
}

/* True: @skb is the program's, and begins with its payload. */
static bool unwrap(const struct mprox_assoc *assoc, struct sk_buff *skb,
		   struct mprox_addr *from)
{
	struct mprox_udp_from said;
	int len;

	if (!pskb_may_pull(skb, sizeof(struct udphdr)))
		return false;
	__skb_pull(skb, sizeof(struct udphdr));
	if (!pskb_may_pull(skb, min_t(u32, skb->len,
				      MPROX_SOCKS5_UDP_HEADER_MAX)))
		return false;
	len = mprox_socks5_udp_parse(skb->data, skb_headlen(skb), &said);
	if (len < 0 || !find_sender(assoc, &said, from))
		return false;
	__skb_pull(skb, len);
	return !skb_cow_head(skb, MPROX_UDP_HEADROOM);
}

int mprox_assoc_receive(struct sock *sk, struct sk_buff *skb)
{
	struct mprox_assoc *assoc = rcu_dereference_sk_user_data(sk);
	struct mprox_addr from, to;

	if (!assoc || !refcount_inc_not_zero(&assoc->refs)) {
		kfree_skb(skb);
		return 0;
	}
	if (unwrap(assoc, skb, &from) && !sock_flag(assoc->sk, SOCK_DEAD) &&
	    would_hear(assoc->sk, &from) &&
	    could_have_asked(assoc->ctx, &from)) {
		mprox_tally_datagram(&assoc->ctx->tally, MPROX_COUNT_DATAGRAMS_RECEIVED,
				     skb->len);
		write_local(assoc, from.family, &to);
		skb_orphan(skb);
		skb_dst_drop(skb);
		nf_reset_ct(skb);
		skb_ext_reset(skb);
		mprox_udp_deliver(assoc->sk, skb, &from, &to);
	} else {
		kfree_skb(skb);
	}
	mprox_assoc_put(assoc);
	return 0;
}
