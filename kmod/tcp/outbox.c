// SPDX-License-Identifier: GPL-2.0
#include "tcp/outbox.h"

#include <linux/netfilter.h>
#include <net/dst.h>
#include <net/ip.h>
#include <net/l3mdev.h>
#include <net/sock.h>
#include "tcp/handshake.h"
#include "tcp/segment.h"

void mprox_outbox_open(struct mprox_outbox *out, struct mprox_flow *flow)
{
	lockdep_assert_held(&flow->lock);
	__skb_queue_head_init(&out->segments);
	out->flow = flow;
	out->sk = mprox_flow_hs(flow)->sk;
	out->net = mprox_flow_hs(flow)->net;
	out->failed = false;
	sock_hold(out->sk);
	mprox_hs_refresh_route(flow);
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

/* As ip_local_out() and ip6_local_out() do it, but for the last step. */
static void outbox_send(const struct mprox_outbox *out, struct sk_buff *skb)
{
	bool is_ipv4 = skb->protocol == htons(ETH_P_IP);

	skb = is_ipv4 ? l3mdev_ip_out(out->sk, skb) :
			l3mdev_ip6_out(out->sk, skb);
	if (!skb)
		return;
	/* A lost segment is sent again by our timer: no error to look at. */
	NF_HOOK(is_ipv4 ? NFPROTO_IPV4 : NFPROTO_IPV6, NF_INET_LOCAL_OUT,
		out->net, out->sk, skb, NULL, skb_dst(skb)->dev, dst_output);
}

void mprox_outbox_send(struct mprox_outbox *out)
{
	struct mprox_flow *flow = out->flow;
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(&out->segments)))
		outbox_send(out, skb);
	sock_put(out->sk);
	if (!out->failed)
		return;
	spin_lock_bh(&flow->lock);
	mprox_flow_queue(flow);
	spin_unlock_bh(&flow->lock);
}
