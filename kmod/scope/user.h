/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What one user may have of each thing that the whole machine has a bound for, so
 * that none can take it all from the others.
 */
#ifndef MPROX_USER_H
#define MPROX_USER_H

#include <linux/atomic.h>
#include <linux/cred.h>
#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/uidgid.h>

/* What is counted. */
enum mprox_quota {
	MPROX_QUOTA_CONTEXTS,
	MPROX_QUOTA_HANDSHAKES,
	MPROX_QUOTA_ASSOCS,
	MPROX_QUOTA_BINDS,
	MPROX_QUOTAS
};

/**
 * struct mprox_user - one user's share
 * @node:	in the table of user.c; RCU, changed under its lock
 * @rcu:	lookups are under RCU
 * @refs:	one per context and per thing that is counted
 * @uid:	see mprox_owner_of()
 * @counts:	how many of each there are
 */
struct mprox_user {
	struct hlist_node node;
	struct rcu_head rcu;
	refcount_t refs;
	kuid_t uid;
	atomic_t counts[MPROX_QUOTAS];
};

/*
 * Who answers for what @cred does: its user, or whoever owns the outermost of the
 * user namespaces that it is in, since a namespace makes its owner as many users as
 * it likes.
 */
kuid_t mprox_owner_of(const struct cred *cred);

/* The record of mprox_owner_of(@cred), referenced; NULL: no memory. Any context. */
struct mprox_user *mprox_user_get(const struct cred *cred);
void mprox_user_put(struct mprox_user *user);	/* NULL is fine */

/*
 * One more of @what for @user, until mprox_user_uncharge(). False: that user has as
 * many as one user may have. The machine's root is bound by what the machine has
 * alone. Any context.
 */
bool mprox_user_charge(struct mprox_user *user, enum mprox_quota what);
void mprox_user_uncharge(struct mprox_user *user, enum mprox_quota what);

/*
 * As mprox_user_get() and mprox_user_charge() for current. -ENOMEM; -EDQUOT: it has
 * as many as one user may have.
 */
struct mprox_user *mprox_user_charge_current(enum mprox_quota what);
/* What ends it: the share and the reference. NULL is fine. */
void mprox_user_release(struct mprox_user *user, enum mprox_quota what);

#endif
