/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of members: which thread groups are in which contexts. A thread
 * group that was to be in it and found no memory is "lost": it belongs to
 * somebody's scope, nobody knows whose, and is refused until it is dead.
 */
#ifndef MPROX_MEMBER_H
#define MPROX_MEMBER_H

#include <linux/list.h>
#include <linux/llist.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

struct mprox_ctx;

/**
 * struct mprox_member - one thread group in one context
 * @node:	in the table; several contexts may hold the same tgid
 * @ctx_node:	in ctx->members
 * @ctx:	a user of it is owned
 * @tgid:	in the initial pid namespace
 * @rcu:	on its way back to the pool; lookups are under RCU
 * @free:	in the pool
 */
struct mprox_member {
	struct hlist_node node;
	struct list_head ctx_node;
	struct mprox_ctx *ctx;
	pid_t tgid;
	union {
		struct rcu_head rcu;
		struct llist_node free;
	};
};

int mprox_members_init(void);
/* No member is left, no probe and no hook. Process context. */
void mprox_members_exit(void);

/*
 * Memory for what mprox_members_fork() adds. Process context: sleeps, -ENOMEM if
 * there is not even one.
 */
int mprox_members_fill(void);

/*
 * @tgid becomes a member of @ctx. Process context. -EALREADY; -ENOSPC: @tgid is in
 * MUTEX_PROXY_MAX_MEMBERSHIPS contexts; -ENOMEM.
 */
int mprox_member_add(struct mprox_ctx *ctx, pid_t tgid);

/*
 * @child joins every context of @parent whose scope is the tree, or is lost. May
 * run with preemption off; takes no lock that sleeps, also on PREEMPT_RT.
 */
void mprox_members_fork(pid_t parent, pid_t child);

/*
 * Takes one membership of @tgid, or one member of @ctx, out of the table. The
 * caller puts the context's user that it held. NULL or false: there is none, and
 * what is left of @tgid, if it was lost, is gone as well. Any context but softirq.
 */
struct mprox_ctx *mprox_member_drop(pid_t tgid);
bool mprox_member_drop_of(struct mprox_ctx *ctx);

/* A stranger is in nobody's scope. Any context. */
bool mprox_member_is_stranger(pid_t tgid);

/*
 * Calls @fn for each context that @tgid is in, MUTEX_PROXY_MAX_MEMBERSHIPS at most.
 * -EACCES: @tgid is lost, and there was no call. Under RCU.
 */
int mprox_member_for_each(pid_t tgid,
			  void (*fn)(struct mprox_ctx *ctx, void *arg),
			  void *arg);

/* Is @tgid a member of @ctx? Any context; takes RCU. */
bool mprox_member_is_of(pid_t tgid, const struct mprox_ctx *ctx);

extern atomic_t mprox_nr_members;

#endif
