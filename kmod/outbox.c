// SPDX-License-Identifier: GPL-2.0
#include "outbox.h"

#include <linux/netfilter.h>
#include <net/dst.h>
#include <net/ip.h>
#include <net/l3mdev.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/sock.h>
#include "handshake.h"
#include "segment.h"

void mprox_outbox_open(struct mprox_outbox *out, struct mprox_flow *flow)
{
	lockdep_assert_held(&flow->lock);
	__skb_queue_head_init(&out->segments);
	out->flow = flow;
	out->sk = flow->hs->sk;
	out->net = flow->hs->net;
	out->failed = false;
	sock_hold(out->sk);
}

void mprox_outbox_post(struct mprox_outbox *out, u8 tcp_flags, u32 seq,
		       const void *data, u16 len)
{
	struct sk_buff *skb = mprox_segment(out->flow, tcp_flags, seq, data, len);

	if (skb)
		__skb_queue_tail(&out->segments, skb);
}

void mprox_outbox_post_syn(struct mprox_outbox *out)
{
	struct sk_buff *skb = mprox_syn(out->flow);

	if (skb)
		__skb_queue_tail(&out->segments, skb);
}

/*
 * Behind the namespace's hooks. A segment of ours carries the destination that
 * the program named until NAT has mapped it. Should another CPU have ended the
 * handshake since the segment was made, then its entry is gone, conntrack finds
 * the segment INVALID or takes it for something new, and it must not leave.
 */
static int output(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	enum ip_conntrack_info ctinfo;
	const struct nf_conn *ct = nf_ct_get(skb, &ctinfo);

	if (!ct || !(ct->status & IPS_DST_NAT)) {
		kfree_skb(skb);
		return -EHOSTUNREACH;
	}
	return dst_output(net, sk, skb);
}

/* As ip_local_out() and ip6_local_out() do it, but for the last step. */
static void send(const struct mprox_outbox *out, struct sk_buff *skb)
{
	bool is_ipv4 = out->flow->key.family == AF_INET;

	skb = is_ipv4 ? l3mdev_ip_out(out->sk, skb) :
			l3mdev_ip6_out(out->sk, skb);
	if (!skb)
		return;
	/* A lost segment is sent again by our timer: no error to look at. */
	NF_HOOK(is_ipv4 ? NFPROTO_IPV4 : NFPROTO_IPV6, NF_INET_LOCAL_OUT,
		out->net, out->sk, skb, NULL, skb_dst(skb)->dev, output);
}

void mprox_outbox_send(struct mprox_outbox *out)
{
	struct mprox_flow *flow = out->flow;
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(&out->segments)))
		send(out, skb);
	sock_put(out->sk);
	if (!out->failed)
		return;
	spin_lock_bh(&flow->lock);
	mprox_flow_queue(flow);
	spin_unlock_bh(&flow->lock);
}
