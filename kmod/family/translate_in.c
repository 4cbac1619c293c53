// SPDX-License-Identifier: GPL-2.0
/*
 * From the proxy to the program: a segment goes straight to TCP. IP's own way in
 * would look for a route back to the destination, and need not find one.
 */
#include "family/translate.h"

#include <net/dst.h>
#include <net/inet_hashtables.h>
#include <net/protocol.h>
#include <net/sock.h>
#include <net/tcp.h>
#include "stack/socket_find.h"
#include "stack/tcp_header.h"

/* @skb, which is the callee's from here on, for @sk, which is its too. */
static void translate_deliver(struct mprox_translation *t, struct sk_buff *skb,
			      unsigned int thoff, struct sock *sk)
{
	struct dst_entry *dst = mprox_translation_way_in(t);

	if (!dst || !mprox_translate_headers(skb, thoff, &t->home, MPROX_IN)) {
		dst_release(dst);
		sock_gen_put(sk);
		kfree_skb(skb);
		return;
	}
	mprox_tcp_clamp(skb, t->mss);
	skb_dst_drop(skb);
	skb_dst_set(skb, dst);
	nf_reset_ct(skb);
	skb_orphan(skb);
	/* TCP asks for it before it looks for one by itself. */
	skb->sk = sk;
	skb->destructor = sock_edemux;
	__skb_pull(skb, skb_transport_offset(skb));
	rcu_dereference(inet_protos[IPPROTO_TCP])->handler(skb);
}

void mprox_translate_deliver(struct mprox_translation *t, struct sk_buff *skb)
{
	struct sock *sk = mprox_find_socket(&t->home, t->bound_if);

	if (sk)
		translate_deliver(t, skb, skb_transport_offset(skb), sk);
	else
		kfree_skb(skb);
}

unsigned int mprox_translate_in(struct sk_buff *skb,
				const struct nf_hook_state *state,
				unsigned int thoff)
{
	struct mprox_translation *t;
	struct mprox_key key;
	__be16 buf[2], *ports;
	struct sock *sk;

	ports = skb_header_pointer(skb, thoff, sizeof(buf), buf);
	if (!ports)
		return NF_ACCEPT;
	mprox_key_from(&key, state->net, state->pf, MPROX_IN,
		       skb_network_header(skb), ports[0], ports[1]);
	t = mprox_translation_of_wire(&key);
	if (!t || !t->home.family)
		return NF_ACCEPT;
	if (!pskb_may_pull(skb, thoff + sizeof(struct tcphdr)) ||
	    nf_checksum(skb, state->hook, thoff, IPPROTO_TCP, state->pf))
		return NF_DROP;
	sk = mprox_find_socket(&t->home, t->bound_if);
	/* Nobody is there any more: the stack says so to the proxy. */
	if (!sk)
		return NF_ACCEPT;
	translate_deliver(t, skb, thoff, sk);
	return NF_STOLEN;
}

/* As tcp_v4_err() and tcp_v6_err() have it. The socket's spinlock held. */
static void take_mtu(struct sock *sk, u32 mtu)
{
	tcp_sk(sk)->mtu_info = mtu;
	if (!sock_owned_by_user(sk))
		inet_csk(sk)->icsk_af_ops->mtu_reduced(sk);
	else if (!test_and_set_bit(TCP_MTU_REDUCED_DEFERRED, &sk->sk_tsq_flags))
		sock_hold(sk);
}

void mprox_translate_icmp(const struct mprox_key *key, u32 seq, u32 mtu)
{
	struct mprox_translation *t = mprox_translation_of_wire(key);
	struct sock *sk = t ? mprox_find_socket(&t->home, t->bound_if) : NULL;

	if (!sk)
		return;
	if (!sk_fullsock(sk)) {
		sock_gen_put(sk);
		return;
	}
	/* RFC 7915, 5.2: by what the headers differ. */
	mtu -= min_t(u32, mtu, sizeof(struct ipv6hdr) - sizeof(struct iphdr));
	bh_lock_sock(sk);
	/* RFC 5927, 4.1: about something that is on its way. */
	if (sk->sk_state == TCP_CLOSE ||
	    !between(seq, tcp_sk(sk)->snd_una, tcp_sk(sk)->snd_nxt))
		goto out;
	if (mtu)
		take_mtu(sk, mtu);
	else if (!sock_owned_by_user(sk))
		/* Told when TCP has tried for long enough (RFC 1122, 4.2.3.9). */
		WRITE_ONCE(sk->sk_err_soft, EHOSTUNREACH);
out:
	bh_unlock_sock(sk);
	sock_put(sk);
}
