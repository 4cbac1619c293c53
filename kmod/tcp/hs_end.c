// SPDX-License-Identifier: GPL-2.0
/*
 * What comes after an attempt that has not succeeded: another one in the same
 * connect(), or its error. Process context.
 */
#include "tcp/handshake.h"

#include <net/sock.h>
#include "report/trace.h"
#include "stack/socket_error.h"
#include "tcp/aim.h"
#include "tcp/outbox.h"
#include "tcp/tell.h"

/*
 * The next attempt's SYN, or a pause before it. False: somebody has decided
 * meanwhile that it is over.
 */
static bool launch(struct mprox_flow *flow, bool pause, unsigned long wait)
{
	struct mprox_hs *hs = mprox_flow_hs(flow);
	struct mprox_outbox out;

	spin_lock_bh(&flow->lock);
	if (hs->end == MPROX_END_FINAL) {
		spin_unlock_bh(&flow->lock);
		return false;
	}
	mprox_outbox_open(&out, flow);
	if (pause) {
		hs->state = MPROX_HS_WAITING;
		hs->campaign.wait_until = jiffies + wait;
	} else {
		hs->state = MPROX_HS_SYN_SENT;
		flow->error = 0;
		mprox_hs_begin_numbers(hs);
		mprox_outbox_post_syn(&out);
	}
	mprox_flow_arm(flow, mprox_hs_next_look(hs));
	spin_unlock_bh(&flow->lock);
	mprox_outbox_send(&out);
	return true;
}

/* The socket goes from its server to the one that has been chosen. */
static int hs_aim_anew(struct mprox_flow *flow)
{
	struct mprox_hs *hs = mprox_flow_hs(flow);
	int err = -ECANCELED;

	lock_sock(hs->sk);
	if (mprox_flow_has_socket(flow) && mprox_is_connecting(hs->sk, hs->syn.isn))
		err = mprox_aim_anew(flow, hs->sk);
	release_sock(hs->sk);
	return err;
}

/*
 * The route to the only server there is has gone between two of its attempts, because a
 * link is down for a moment: one connection would have lasted, so that a pause comes
 * before the next attempt, and not the end.
 */
static bool hs_outlasts_route(struct mprox_hs *hs, int err, unsigned long *wait)
{
	if (err != -EHOSTUNREACH || hs->policy->nr_servers > 1 ||
	    (hs->end != MPROX_END_STEPWISE && hs->end != MPROX_END_LOGIN &&
	     !hs->campaign.route_lost))
		return false;
	hs->campaign.route_lost = true;
	hs->campaign.waited = true;
	hs->campaign.again = true;
	*wait = MPROX_PAUSE;
	return true;
}

/*
 * The next attempt is chosen, and the socket aimed; servers that no route leads to
 * are passed over. 0, -EAGAIN: after *@wait; or it is over.
 */
static int prepare(struct mprox_flow *flow, unsigned long *wait)
{
	struct mprox_hs *hs = mprox_flow_hs(flow);
	int err;

	for (;;) {
		err = mprox_attempt_next(flow, wait);
		if (err == -EXDEV && mprox_aim_can_cross(hs->sk)) {
			hs->campaign.via = mprox_other_family(hs->campaign.via);
			hs->end = MPROX_END_NONE;
			continue;
		}
		if (err == -EXDEV)
			err = mprox_attempt_stay(flow, wait);
		if (err)
			return err;
		err = hs_aim_anew(flow);
		if (!err)
			hs->campaign.route_lost = false;
		if (!err || err == -ECANCELED)
			return err;
		mprox_flow_set_error(flow, mprox_aim_reason(err), err);
		mprox_tell_attempt(flow, flow->reason, err);
		if (hs_outlasts_route(hs, err, wait))
			return -EAGAIN;
		spin_lock_bh(&flow->lock);
		if (hs->end != MPROX_END_FINAL)
			hs->end = MPROX_END_SERVER;
		spin_unlock_bh(&flow->lock);
	}
}

/* Another attempt, if there is something left to try and time for it. */
static bool try_again(struct mprox_flow *flow)
{
	struct mprox_hs *hs = mprox_flow_hs(flow);
	unsigned long wait = 0;
	int err;

	if (READ_ONCE(hs->end) == MPROX_END_FINAL ||
	    !mprox_is_connecting(hs->sk, hs->syn.isn) ||
	    time_after_eq(jiffies, hs->campaign.deadline))
		return false;
	err = prepare(flow, &wait);
	if (err && err != -EAGAIN)
		return false;
	return launch(flow, err == -EAGAIN, wait);
}

/*
 * The connect() fails. A socket whose SYN was still to come (TCP_FASTOPEN_CONNECT) has no
 * number to be known by, but it is the same as long as it has this flow.
 */
static void tell_socket(struct mprox_flow *flow, const struct mprox_hs *hs)
{
	lock_sock(hs->sk);
	if (mprox_flow_has_socket(flow) &&
	    (hs->begun ? mprox_is_connecting(hs->sk, hs->syn.isn) :
			 hs->sk->sk_state == TCP_SYN_SENT)) {
		mprox_socket_fail(hs->sk, flow->error);
		/* One that was closed or bound anew meanwhile is not ours to bind. */
		mprox_aim_give_back(flow, hs->sk);
	}
	release_sock(hs->sk);
}

/*
 * An attempt has ended. Process context; the work owns a reference, and in
 * MPROX_HS_ENDED nobody but us takes the handshake away.
 */
void mprox_hs_work(struct work_struct *work)
{
	struct mprox_hs *hs = container_of(work, struct mprox_hs, work);
	struct mprox_flow *flow = hs->flow;
	bool over;

	spin_lock_bh(&flow->lock);
	over = mprox_flow_hs(flow) != hs;
	spin_unlock_bh(&flow->lock);
	if (over || try_again(flow))
		goto out_put;

	trace_mprox_end(flow->ctx->id, flow->sk, &flow->asked, &hs->attempt.to,
			hs->campaign.attempts, flow->error);
	mprox_tell_failed(flow, flow->reason, flow->error);
	tell_socket(flow, hs);

	spin_lock_bh(&flow->lock);
	over = mprox_flow_take_hs(flow);
	spin_unlock_bh(&flow->lock);
	/* Ours is another one: this was the flow's. */
	if (over)
		mprox_hs_put(hs);
	mprox_flow_remove(flow);
out_put:
	mprox_hs_put(hs);
}
