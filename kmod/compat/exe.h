/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The file that current executes. get_task_exe_file() is exported by no kernel that we
 * know; Linux 6.7 gave get_file_rcu() the place where the file stands.
 */
#ifndef MPROX_COMPAT_EXE_H
#define MPROX_COMPAT_EXE_H

#include <linux/fs.h>
#include <linux/mm_types.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/version.h>

/* Referenced; NULL: a thread of the kernel. Any context in which current is meant. */
static inline struct file *mprox_compat_current_exe(void)
{
	struct file *exe;

	if (!current->mm || current->flags & PF_KTHREAD)
		return NULL;
	rcu_read_lock();
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
	exe = get_file_rcu(&current->mm->exe_file);
#else
	exe = rcu_dereference(current->mm->exe_file);
	if (exe && !get_file_rcu(exe))
		exe = NULL;
#endif
	rcu_read_unlock();
	return exe;
}

#endif
