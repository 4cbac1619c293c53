// SPDX-License-Identifier: GPL-2.0
/*
 * The handshake with the proxy, in front of the program's initial sequence
 * number. The program's SYN (x) leaves as x - N, N being all that we shall say.
 * We answer the proxy's SYN-ACK (y) ourselves, say our N octets, read M octets
 * of replies, and then let the program have the SYN-ACK as y + M, acknowledging
 * x + 1. Both ends agree from there on, and nothing is ever translated.
 *
 * Locking: flow->lock protects the handshake. Segments are made under it and
 * sent after it. connect() (lead.c) and the path down from a socket (hook_out.c)
 * take flow->lock with the socket locked, so nobody locks a socket with
 * flow->lock held.
 */
#include "tcp/handshake.h"

#include <linux/netfilter.h>
#include <net/sock.h>
#include <net/tcp.h>
#include "compat/timer.h"
#include "stack/socket_error.h"
#include "tcp/hs_private.h"
#include "tcp/outbox.h"
#include "tcp/tell.h"

void mprox_hs_end_attempt(struct mprox_outbox *out, enum mprox_end end, u16 reason,
			  int error, bool reset_proxy)
{
	struct mprox_flow *flow = out->flow;
	struct mprox_hs *hs = mprox_flow_hs(flow);

	/* No other attempt could have the port that the program knows of. */
	if (hs->attempt.is_open)
		end = MPROX_END_FINAL;
	if (hs->state == MPROX_HS_ENDED) {
		/* The work has not looked yet; it hears only of the worst. */
		if (end == MPROX_END_FINAL && hs->end != MPROX_END_FINAL) {
			hs->end = end;
			mprox_flow_set_error(flow, reason, error);
		}
		return;
	}
	if (hs->state != MPROX_HS_WAITING && reason != MUTEX_PROXY_REASON_ABORTED &&
	    (end == MPROX_END_SERVER || end == MPROX_END_FINAL))
		mprox_tell_attempt(flow, reason, error);
	if (reset_proxy && hs->begun && hs->state != MPROX_HS_WAITING)
		mprox_outbox_post(out, hs->state == MPROX_HS_OPEN ?
				  TCPHDR_RST | TCPHDR_ACK : TCPHDR_RST,
				  hs->attempt.snd_nxt, NULL, 0);
	hs->state = MPROX_HS_ENDED;
	hs->end = end;
	mprox_flow_set_error(flow, reason, error);
	out->failed = true;
}

void mprox_hs_blame_server(struct mprox_outbox *out, u16 reason, bool reset_proxy)
{
	struct mprox_hs *hs = mprox_flow_hs(out->flow);
	enum mprox_end end = MPROX_END_SERVER;

	if (hs->state == MPROX_HS_OPEN && hs->attempt.talk.pipelined) {
		hs->visit.stepwise = true;
		hs->visit.broke = true;
		end = MPROX_END_STEPWISE;
	}
	mprox_hs_end_attempt(out, end, reason, -EHOSTUNREACH, reset_proxy);
}

void mprox_hs_abort(struct mprox_flow *flow)
{
	struct mprox_outbox out;

	spin_lock_bh(&flow->lock);
	if (!mprox_flow_hs(flow)) {
		spin_unlock_bh(&flow->lock);
		return;
	}
	mprox_outbox_open(&out, flow);
	mprox_hs_end_attempt(&out, MPROX_END_FINAL, MUTEX_PROXY_REASON_ABORTED,
			     -ECONNABORTED, true);
	spin_unlock_bh(&flow->lock);
	mprox_outbox_send(&out);
}

bool mprox_hs_is_of_attempt(const struct mprox_hs *hs, const struct mprox_key *ends)
{
	return hs->begun && !memcmp(&hs->wire.ends, ends, sizeof(*ends));
}

bool mprox_hs_icmp_error(struct mprox_flow *flow, const struct mprox_key *ends,
			 u32 seq)
{
	struct mprox_outbox out;
	struct mprox_hs *hs;
	bool ours;

	spin_lock_bh(&flow->lock);
	hs = mprox_flow_hs(flow);
	ours = hs;
	/* Only the answer to a SYN ends anything (RFC 5461, 4). */
	if (!hs || hs->state != MPROX_HS_SYN_SENT || seq != hs->attempt.snd_una ||
	    !mprox_hs_is_of_attempt(hs, ends)) {
		spin_unlock_bh(&flow->lock);
		return ours;
	}
	mprox_outbox_open(&out, flow);
	mprox_hs_end_attempt(&out, MPROX_END_SERVER, MUTEX_PROXY_REASON_SERVER_UNREACHABLE,
			     -EHOSTUNREACH, false);
	spin_unlock_bh(&flow->lock);
	mprox_outbox_send(&out);
	return true;
}

unsigned long mprox_hs_next_look(const struct mprox_hs *hs)
{
	unsigned long until = hs->state == MPROX_HS_WAITING ?
			      hs->campaign.wait_until : hs->attempt.deadline;
	long left = until - jiffies;

	return clamp_t(long, min_t(long, hs->attempt.rto, MPROX_POLL), 1, max(left, 1L));
}

/* By whom has sent the handshake; NULL: the socket tells. */
static bool is_wanted(const struct mprox_errand *errand)
{
	return !errand || !errand->ops->is_wanted || errand->ops->is_wanted(errand);
}

/* Time is up: what has there been no answer to? */
static u16 silence_of(const struct mprox_hs *hs)
{
	switch (hs->state) {
	case MPROX_HS_SYN_SENT:
		return MUTEX_PROXY_REASON_SERVER_TIMEOUT;
	case MPROX_HS_OPEN:
		return MUTEX_PROXY_REASON_SERVER_SILENT;
	default:
		return MUTEX_PROXY_REASON_DEADLINE;
	}
}

static void look_after(struct mprox_outbox *out)
{
	struct mprox_flow *flow = out->flow;
	struct mprox_hs *hs = mprox_flow_hs(flow);

	if (!mprox_flow_has_socket(flow) || !mprox_is_connecting(hs->sk, hs->syn.isn) ||
	    !is_wanted(hs->errand)) {
		mprox_hs_end_attempt(out, MPROX_END_FINAL, MUTEX_PROXY_REASON_ABORTED,
				     -ECONNABORTED, true);
	} else if (time_after_eq(jiffies, hs->campaign.deadline)) {
		mprox_hs_end_attempt(out, MPROX_END_FINAL, silence_of(hs), -ETIMEDOUT,
				     true);
	} else if (hs->state == MPROX_HS_WAITING) {
		if (time_after_eq(jiffies, hs->campaign.wait_until))
			mprox_hs_end_attempt(out, MPROX_END_SERVER, flow->reason,
					     flow->error, false);
	} else if (time_after_eq(jiffies, hs->attempt.deadline)) {
		mprox_hs_end_attempt(out, MPROX_END_SERVER, silence_of(hs), -ETIMEDOUT,
				     true);
	} else if (hs->state == MPROX_HS_OPEN &&
		   mprox_attempt_is_stalled(flow)) {
		hs->visit.stepwise = true;
		mprox_hs_end_attempt(out, MPROX_END_STEPWISE,
				     MUTEX_PROXY_REASON_SERVER_SILENT, -ETIMEDOUT, true);
	} else {
		mprox_hs_retransmit(out);
	}
}

/*
 * The connect() that has made the handshake holds TCP's timer, unless its SYN has
 * left later (TCP_FASTOPEN_CONNECT). Not under flow->lock, which comes after the
 * socket's. A handshake that is over leaves TCP's timer alone: whoever starts that for
 * the SYN-ACK that went up has taken the handshake away before it takes this lock.
 */
static void hold_late_syn_timer(struct mprox_hs *hs)
{
	struct sock *sk = hs->sk;

	if (!READ_ONCE(inet_csk(sk)->icsk_pending))
		return;
	bh_lock_sock(sk);
	if (!sock_owned_by_user(sk) && mprox_is_connecting(sk, hs->syn.isn) &&
	    rcu_access_pointer(hs->flow->hs) == hs)
		mprox_hs_hold_syn_timer(sk);
	bh_unlock_sock(sk);
}

void mprox_hs_timer(struct timer_list *timer)
{
	struct mprox_hs *hs = timer_container_of(hs, timer, timer);
	struct mprox_flow *flow = hs->flow;
	struct mprox_outbox out;

	hold_late_syn_timer(hs);
	spin_lock_bh(&flow->lock);
	if (mprox_flow_hs(flow) != hs || hs->state == MPROX_HS_ENDED) {
		spin_unlock_bh(&flow->lock);
		mprox_hs_put(hs);
		return;
	}
	/* Its socket has closed before it has sent anything. */
	if (!hs->begun) {
		mprox_flow_take_hs(flow);
		spin_unlock_bh(&flow->lock);
		mprox_hs_put(hs);
		mprox_hs_put(hs);
		return;
	}
	mprox_outbox_open(&out, flow);
	look_after(&out);
	if (hs->state != MPROX_HS_ENDED)
		mprox_flow_arm(flow, mprox_hs_next_look(hs));
	spin_unlock_bh(&flow->lock);
	mprox_outbox_send(&out);
	mprox_hs_put(hs);
}
