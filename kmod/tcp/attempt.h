/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One try to get through: a server, how we log in there, what we shall say and
 * as whom. A handshake makes as many as it takes, and as there is time for.
 */
#ifndef MPROX_ATTEMPT_H
#define MPROX_ATTEMPT_H

#include "tcp/flow.h"

/* Before the next round through the list, or the same server once more. */
#define MPROX_PAUSE	(HZ / 5)

/* Why an attempt has ended, and so what comes next. */
enum mprox_end {
	MPROX_END_FINAL,	/* the connect() fails, whatever is left */
	MPROX_END_SERVER,	/* this server's fault: the next one */
	MPROX_END_NONE,		/* there was none yet, at servers of this family */
	MPROX_END_LOGIN,	/* the same one, with another login */
	MPROX_END_STEPWISE,	/* the same one, message by message */
};

/**
 * mprox_attempt_first - chooses a server and writes down the conversation
 * @flow:	with a handshake that is filled but for that
 *
 * Returns 0, -EXDEV: only servers of the other IP version are left to be asked
 * (campaign.via), or why there cannot be an attempt (negative errno). Any context; nobody
 * else knows the flow yet.
 */
int mprox_attempt_first(struct mprox_flow *flow);

/*
 * The same, as the socket cannot be aimed at the server that was chosen; @failed: nobody
 * could be, for a while.
 */
int mprox_attempt_pass_over(struct mprox_flow *flow, bool failed);

/**
 * mprox_attempt_next - the same, after an attempt has ended
 * @flow:	whose handshake is MPROX_HS_ENDED: the work owns it
 * @wait:	jiffies to wait before this is called again
 *
 * Returns 0, -EAGAIN: only after @wait, -EXDEV: the servers of the other IP version
 * are next (campaign.via), or another negative errno: nothing is left to try. Process
 * context.
 */
int mprox_attempt_next(struct mprox_flow *flow, unsigned long *wait);
/* The same after -EXDEV, if the socket cannot go there; not -EXDEV again in this round. */
int mprox_attempt_stay(struct mprox_flow *flow, unsigned long *wait);

/* The handshake is over, or leaves its server: a trial that it made is, too. */
void mprox_attempt_end_trial(struct mprox_flow *flow);

/* These three under flow->lock. */

/* The proxy wants another login: can it have one? Then END_LOGIN is next. */
bool mprox_attempt_relogin(struct mprox_flow *flow);
/* The tunnel is open: what there is to remember of it. */
void mprox_attempt_worked(struct mprox_flow *flow);
/* Has a server that we have said everything to been silent for too long? */
bool mprox_attempt_is_stalled(const struct mprox_flow *flow);

#endif
