/* SPDX-License-Identifier: GPL-2.0 */
/* Linux 6.16 tells the probes of sched_process_exit one thing more. */
#ifndef MPROX_COMPAT_SCHED_H
#define MPROX_COMPAT_SCHED_H

#include <linux/sched.h>
#include <linux/types.h>

/* A probe that says of which task it is. */
#ifdef MPROX_HAS_GROUP_DEAD
#define MPROX_COMPAT_EXIT_PROBE(probe, exited)				\
static void probe(void *data, struct task_struct *task, bool group_dead)\
{									\
	exited(task);							\
}
#else
#define MPROX_COMPAT_EXIT_PROBE(probe, exited)				\
static void probe(void *data, struct task_struct *task)		\
{									\
	exited(task);							\
}
#endif

#endif
