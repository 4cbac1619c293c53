// SPDX-License-Identifier: GPL-2.0
/*
 * What comes after an attempt that has not succeeded: another one in the same
 * connect(), or its error. Process context.
 */
#include "handshake.h"

#include <linux/delay.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/sock.h>
#include "outbox.h"
#include "socket_error.h"

/* Milliseconds or so that a SYN may take from the NAT hook to the device. */
#define CONFIRM_TRIES	100

/*
 * The next attempt's SYN, or a pause before it. False: somebody has decided
 * meanwhile that it is over.
 */
static bool launch(struct mprox_flow *flow, bool pause, unsigned long wait)
{
	struct mprox_hs *hs = flow->hs;
	struct mprox_outbox out;

	spin_lock_bh(&flow->lock);
	if (hs->end == MPROX_END_FINAL) {
		spin_unlock_bh(&flow->lock);
		return false;
	}
	mprox_outbox_open(&out, flow);
	if (pause) {
		hs->state = MPROX_HS_WAITING;
		hs->wait_until = jiffies + wait;
	} else {
		hs->state = MPROX_HS_SYN_SENT;
		flow->error = 0;
		hs->syn_ns = ktime_get_ns();
		mprox_outbox_post_syn(&out);
	}
	mprox_flow_arm(flow, mprox_hs_next_look(hs));
	spin_unlock_bh(&flow->lock);
	mprox_outbox_send(&out);
	return true;
}

/*
 * What comes late for this attempt is no business of the next one: conntrack
 * forgets the entry. One that is not confirmed yet must not be killed; its SYN
 * is below us on another CPU, or is lost. False: it stays there, for as long as
 * somebody holds the packet back.
 */
static bool forget_entry(const struct mprox_flow *flow)
{
	int i;

	for (i = 0; flow->ct && i < CONFIRM_TRIES; i++) {
		if (nf_ct_is_confirmed(flow->ct)) {
			nf_ct_kill(flow->ct);
			return true;
		}
		if (mprox_hs_ct_is_lost(flow->ct))
			return true;
		usleep_range(1000, 2000);
	}
	return !flow->ct;
}

/* Another attempt, if there is something left to try and time for it. */
static bool try_again(struct mprox_flow *flow)
{
	struct mprox_hs *hs = flow->hs;
	unsigned long wait = 0;
	int err;

	if (READ_ONCE(hs->end) == MPROX_END_FINAL ||
	    !mprox_is_connecting(hs->sk, hs->isn) ||
	    time_after_eq(jiffies, hs->deadline))
		return false;
	if (!forget_entry(flow))
		return false;
	err = mprox_attempt_next(flow, &wait);
	if (err == -EXDEV && mprox_hs_cross(flow))
		return true;
	if (err == -EXDEV)
		err = mprox_attempt_stay(flow, &wait);
	if (err && err != -EAGAIN)
		return false;
	return launch(flow, err == -EAGAIN, wait);
}

/*
 * An attempt has ended. Process context; the work owns a reference, and in
 * MPROX_HS_ENDED nobody but us takes the handshake away.
 */
void mprox_hs_work(struct work_struct *work)
{
	struct mprox_flow *flow = container_of(work, struct mprox_flow, work);
	struct mprox_hs *hs;

	spin_lock_bh(&flow->lock);
	hs = flow->hs;
	spin_unlock_bh(&flow->lock);
	if (!hs || try_again(flow))
		goto out_put;

	mprox_socket_error(hs->sk, hs->isn, flow->error);

	spin_lock_bh(&flow->lock);
	hs = mprox_flow_take_hs(flow);
	spin_unlock_bh(&flow->lock);
	mprox_hs_free(hs);
	/*
	 * The record stays for the collector. A late answer of the proxy may be
	 * on its way up, mapped by the entry; the kernel's reset to it comes
	 * back down without one and would leave for the destination.
	 */
	forget_entry(flow);
out_put:
	mprox_flow_put(flow);
}
