// SPDX-License-Identifier: GPL-2.0
/*
 * The handshake with the proxy, in front of the program's initial sequence
 * number. The program's SYN (x) leaves as x - N, N being all that we shall say.
 * We answer the proxy's SYN-ACK (y) ourselves, say our N octets, read M octets
 * of replies, and then let the program have the SYN-ACK as y + M, acknowledging
 * x + 1. Both ends agree from there on, and nothing is ever translated.
 *
 * Locking: flow->lock protects the handshake. Segments are made under it and
 * sent after it; the socket is only touched from work, without it. The path
 * down from a socket (hook_out.c) takes flow->lock with the socket locked, so
 * the other order must never happen.
 */
#include "handshake.h"

#include <linux/netfilter.h>
#include <net/sock.h>
#include <net/tcp.h>
#include "compat/timer.h"
#include "hs_private.h"
#include "outbox.h"
#include "socket_error.h"

void mprox_hs_end_attempt(struct mprox_outbox *out, enum mprox_end end, int error,
			bool reset_proxy)
{
	struct mprox_hs *hs = out->flow->hs;

	/* No other attempt could have the port that the program knows of. */
	if (hs->is_open)
		end = MPROX_END_FINAL;
	if (hs->state == MPROX_HS_ENDED) {
		/* The work has not looked yet; it hears only of the worst. */
		if (end == MPROX_END_FINAL && hs->end != MPROX_END_FINAL) {
			hs->end = end;
			out->flow->error = error;
		}
		return;
	}
	if (reset_proxy && hs->state != MPROX_HS_WAITING)
		mprox_outbox_post(out, hs->state == MPROX_HS_OPEN ?
				  TCPHDR_RST | TCPHDR_ACK : TCPHDR_RST,
				  hs->snd_nxt, NULL, 0);
	hs->state = MPROX_HS_ENDED;
	hs->end = end;
	out->flow->error = error;
	out->failed = true;
}

void mprox_hs_blame_server(struct mprox_outbox *out, int error, bool reset_proxy)
{
	struct mprox_hs *hs = out->flow->hs;

	if (hs->state == MPROX_HS_OPEN && hs->talk.pipelined) {
		hs->stepwise = true;
		hs->broke = true;
		mprox_hs_end_attempt(out, MPROX_END_STEPWISE, error, reset_proxy);
		return;
	}
	mprox_hs_end_attempt(out, MPROX_END_SERVER, error, reset_proxy);
}

void mprox_hs_end(struct mprox_flow *flow, enum mprox_end end, int error,
		  bool reset_proxy)
{
	struct mprox_outbox out;

	spin_lock_bh(&flow->lock);
	if (!flow->hs) {
		spin_unlock_bh(&flow->lock);
		return;
	}
	mprox_outbox_open(&out, flow);
	mprox_hs_end_attempt(&out, end, error, reset_proxy);
	spin_unlock_bh(&flow->lock);
	mprox_outbox_send(&out);
}

bool mprox_hs_icmp_error(struct mprox_flow *flow, u32 seq)
{
	struct mprox_outbox out;

	spin_lock_bh(&flow->lock);
	/* Only the answer to a SYN ends anything (RFC 5461, 4). */
	if (!flow->hs || flow->hs->state != MPROX_HS_SYN_SENT ||
	    seq != flow->hs->snd_una) {
		bool ours = flow->hs;

		spin_unlock_bh(&flow->lock);
		return ours;
	}
	mprox_outbox_open(&out, flow);
	mprox_hs_end_attempt(&out, MPROX_END_SERVER, EHOSTUNREACH, false);
	spin_unlock_bh(&flow->lock);
	mprox_outbox_send(&out);
	return true;
}

unsigned long mprox_hs_next_look(const struct mprox_hs *hs)
{
	unsigned long until = hs->state == MPROX_HS_WAITING ?
			      hs->wait_until : hs->attempt_deadline;
	long left = until - jiffies;

	return clamp_t(long, min_t(long, hs->rto, MPROX_POLL), 1, max(left, 1L));
}

unsigned int mprox_hs_syn_again(struct mprox_flow *flow, struct sk_buff *skb,
				unsigned int thoff)
{
	const struct tcphdr *th = (struct tcphdr *)(skb->data + thoff);
	unsigned int verdict = MPROX_SYN_IS_NEW;
	struct mprox_hs *hs;

	spin_lock_bh(&flow->lock);
	hs = flow->hs;
	if (hs && ntohl(th->seq) == hs->isn) {
		verdict = NF_DROP;
		/* Its timestamp is newer, and so must ours be (PAWS). */
		mprox_hs_save_syn(hs, th);
		if (hs->state == MPROX_HS_SYN_SENT &&
		    mprox_hs_send_syn(flow, skb, thoff))
			verdict = NF_ACCEPT;
	} else if (!hs && flow->moving) {
		verdict = NF_DROP;
	}
	spin_unlock_bh(&flow->lock);
	if (verdict == NF_DROP) {
		/* No error: the program's TCP is to believe that it was sent. */
		consume_skb(skb);
		verdict = NF_STOLEN;
	}
	return verdict;
}

static void look_after(struct mprox_outbox *out)
{
	struct mprox_flow *flow = out->flow;
	struct mprox_hs *hs = flow->hs;

	if (!mprox_is_connecting(hs->sk, hs->isn) ||
	    (hs->bind && !mprox_bind_is_wanted(hs->bind))) {
		mprox_hs_end_attempt(out, MPROX_END_FINAL, ECONNABORTED, true);
	} else if (time_after_eq(jiffies, hs->deadline)) {
		mprox_hs_end_attempt(out, MPROX_END_FINAL, ETIMEDOUT, true);
	} else if (hs->state == MPROX_HS_WAITING) {
		if (time_after_eq(jiffies, hs->wait_until))
			mprox_hs_end_attempt(out, MPROX_END_SERVER, flow->error, false);
	} else if (time_after_eq(jiffies, hs->attempt_deadline)) {
		mprox_hs_end_attempt(out, MPROX_END_SERVER, ETIMEDOUT, true);
	} else if (hs->state == MPROX_HS_OPEN &&
		   mprox_attempt_is_stalled(flow)) {
		hs->stepwise = true;
		mprox_hs_end_attempt(out, MPROX_END_STEPWISE, ETIMEDOUT, true);
	} else {
		mprox_hs_retransmit(out);
	}
}

void mprox_hs_timer(struct timer_list *timer)
{
	struct mprox_flow *flow = timer_container_of(flow, timer, timer);
	struct mprox_hs *hs;
	struct mprox_outbox out;

	spin_lock_bh(&flow->lock);
	hs = flow->hs;
	if (!hs || hs->state == MPROX_HS_ENDED) {
		spin_unlock_bh(&flow->lock);
		mprox_flow_put(flow);
		return;
	}
	mprox_outbox_open(&out, flow);
	look_after(&out);
	if (hs->state != MPROX_HS_ENDED)
		mprox_flow_arm(flow, mprox_hs_next_look(hs));
	spin_unlock_bh(&flow->lock);
	mprox_outbox_send(&out);
	mprox_flow_put(flow);
}
