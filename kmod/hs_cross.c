// SPDX-License-Identifier: GPL-2.0
/*
 * From the servers of one IP version to those of the other, in mid-connect().
 *
 * What is carried has another key from there on, and the key of a flow is for life.
 * So the handshake moves to a new flow, and the old one is left as a record:
 *
 *	1. the new flow is published, without a handshake;
 *	2. the handshake leaves the old one, unless somebody has ended it meanwhile;
 *	3. the old one, and its translation, leave the tables;
 *	4. the handshake comes to the new one.
 *
 * At any time the program's SYN, should it be sent again, finds one of the two, at
 * once or by the translation, and is lost if the handshake is not there
 * (mprox_hs_syn_again()): @moving. It is lost as well if it finds a translation that
 * is attached to a flow, and no flow (on_syn()). And whoever ends all handshakes comes by until
 * there is none (mprox_flow_abort_all()).
 */
#include "handshake.h"

#include <net/dst.h>
#include <net/sock.h>
#include "translation.h"

/* A record for @key, with the name that it stands for. Or NULL. */
static struct mprox_flow *make_record(const struct mprox_flow *from,
				      const struct mprox_key *key,
				      struct mprox_translation *t)
{
	struct mprox_flow *to = mprox_flow_alloc_record(from->ctx, key);

	if (!to)
		return NULL;
	to->translation = t;
	to->bound_if = from->bound_if;
	to->error = from->error;
	to->moving = true;
	if (!mprox_hs_find_name(to, &from->hs->policy->dns))
		return to;
	to->translation = NULL;
	mprox_flow_put(to);
	return NULL;
}

/* From the program's own IP version to the other one. */
static struct mprox_flow *abroad(const struct mprox_flow *from,
				 struct dst_entry **dst)
{
	const struct mprox_hs *hs = from->hs;
	struct mprox_flow *to = NULL;
	struct mprox_translation *t;

	t = mprox_translation_make(hs->policy, &from->key, hs->sk, hs->mark,
				   hs->isn, true);
	if (!t)
		return NULL;
	*dst = mprox_translation_way_out(t, hs->mark);
	if (*dst)
		to = make_record(from, &t->carried, t);
	if (!to) {
		mprox_translation_end(t);
		mprox_translation_put(t);
	}
	return to;
}

/* And back. */
static struct mprox_flow *home(const struct mprox_flow *from,
			       struct dst_entry **dst)
{
	*dst = sk_dst_get(from->hs->sk);
	return *dst ? make_record(from, &from->translation->asked, NULL) : NULL;
}

/* False: it is over. */
static bool move(struct mprox_flow *from, struct mprox_flow *to,
		 struct dst_entry *dst)
{
	struct mprox_hs *hs = NULL;

	spin_lock_bh(&from->lock);
	if (from->hs->end != MPROX_END_FINAL) {
		from->moving = true;
		hs = mprox_flow_take_hs(from);
	}
	spin_unlock_bh(&from->lock);
	if (!hs)
		return false;
	mprox_flow_unhash(from);
	mprox_flow_leave_server(from);
	dst_release(hs->dst);
	hs->dst = dst;
	hs->end = MPROX_END_NONE;
	spin_lock_bh(&to->lock);
	to->moving = false;
	mprox_flow_give_hs(to, hs);
	mprox_flow_queue(to);
	spin_unlock_bh(&to->lock);
	return true;
}

bool mprox_hs_cross(struct mprox_flow *from)
{
	struct dst_entry *dst = NULL;
	struct mprox_flow *to;
	bool moved;

	rcu_read_lock();
	to = from->translation ? home(from, &dst) : abroad(from, &dst);
	rcu_read_unlock();
	moved = to && mprox_flow_publish(to) && move(from, to, dst);
	if (!moved)
		dst_release(dst);
	if (to && !moved)
		/* If it is on its context's list, the collector takes it from there. */
		mprox_flow_unhash(to);
	if (to)
		mprox_flow_put(to);
	return moved;
}
