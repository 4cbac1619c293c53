// SPDX-License-Identifier: GPL-2.0
/*
 * A member is a thread group in a context. The table is kept by tracepoints
 * rather than by what a process holds or carries, so that a program which
 * closes its descriptors, clears its environment, forks twice or starts a new
 * session stays where it is. The key is the tgid of the initial pid namespace,
 * which exec does not change, also not from another thread than the leader
 * (de_thread() hands the leader's identity on), so exec needs no probe.
 */
#include "scope/scope.h"

#include <linux/sched/signal.h>
#include <net/net_namespace.h>
#include <trace/events/sched.h>
#include "compat/sched.h"
#include "scope/member.h"
#include "scope/net.h"
#include "stack/tracepoints.h"

int mprox_scope_join(struct mprox_ctx *ctx)
{
	int err;

	/* What it forks from now on must find memory. */
	err = mprox_members_fill();
	return err ?: mprox_member_add(ctx, task_tgid_nr(current));
}

void mprox_scope_evict(struct mprox_ctx *ctx)
{
	/* The caller still has a user of its own, so these are not the last. */
	while (mprox_member_drop_of(ctx))
		mprox_ctx_put_user(ctx);
}

int mprox_scope_for_each(const struct net *net,
			 void (*fn)(struct mprox_ctx *ctx, void *arg),
			 void *arg)
{
	pid_t tgid = task_tgid_nr(current);
	int err = 0;

	if (current->flags & PF_KTHREAD)
		return 0;
	if (!mprox_member_is_stranger(tgid))
		err = mprox_member_for_each(tgid, fn, arg);
	if (!err)
		mprox_net_for_each_global(net, fn, arg);
	return err;
}

bool mprox_scope_holds_current(const struct mprox_ctx *ctx)
{
	return mprox_member_is_of(task_tgid_nr(current), ctx);
}

/*
 * Runs in the parent after the child exists and before it is woken, so the
 * child never acts without its membership.
 */
static void probe_fork(void *data, struct task_struct *parent,
		       struct task_struct *child)
{
	pid_t tgid = task_tgid_nr(parent);

	if (!mprox_member_is_stranger(tgid) && task_tgid_nr(child) != tgid)
		mprox_members_fork(tgid, task_tgid_nr(child));
}

/*
 * Called for each thread. By then do_exit() has counted it off signal->live;
 * the last two may both see zero, and the second finds nothing left to drop.
 * The tgid is not reused before release_task(), which comes later.
 */
static void thread_exited(struct task_struct *task)
{
	struct mprox_ctx *ctx;

	if (mprox_member_is_stranger(task_tgid_nr(task)) ||
	    atomic_read(&task->signal->live))
		return;
	while ((ctx = mprox_member_drop(task_tgid_nr(task))))
		mprox_ctx_put_user_atomic(ctx);
}

MPROX_COMPAT_EXIT_PROBE(probe_exit, thread_exited)

static struct mprox_tracepoint probes[] = {
	{ .name = "sched_process_fork", .fn = probe_fork },
	{ .name = "sched_process_exit", .fn = probe_exit },
};

int mprox_scope_init(void)
{
	/* A probe of the wrong type would compile, but for these lines. */
	check_trace_callback_type_sched_process_fork(probe_fork);
	check_trace_callback_type_sched_process_exit(probe_exit);

	return mprox_tracepoints_register(probes, ARRAY_SIZE(probes));
}

/* No context has a user any more, so there is no member either. */
void mprox_scope_exit(void)
{
	mprox_tracepoints_unregister(probes, ARRAY_SIZE(probes));
}
