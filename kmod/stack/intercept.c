// SPDX-License-Identifier: GPL-2.0
/*
 * By ftrace: the call at the function's entry, which the compiler has left there, goes
 * to a callback that has the processor go on at our function. A function has one such
 * user at a time (IPMODIFY): a live patch of it and we exclude each other. PERMANENT:
 * kernel.ftrace_enabled cannot be switched off behind our back.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "stack/intercept.h"

#include <linux/delay.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include "compat/ftrace.h"

/* Calls of our functions that have not returned; each processor its own part. */
static DEFINE_PER_CPU(long, inside);

void mprox_intercept_enter(void)
{
	this_cpu_inc(inside);
}

void mprox_intercept_leave(void)
{
	this_cpu_dec(inside);
}

static long count_inside(void)
{
	long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu(inside, cpu);
	return sum;
}

#ifdef MPROX_COMPAT_CAN_REDIRECT
static void notrace on_entry(unsigned long ip, unsigned long parent_ip,
			     struct ftrace_ops *ops, struct ftrace_regs *regs)
{
	const struct mprox_intercept *function = ops->private;

	if (!within_module(parent_ip, THIS_MODULE))
		mprox_compat_redirect(regs, function->ours);
}

static int intercept_begin(struct mprox_intercept *f)
{
	int err;

	f->ops.func = on_entry;
	f->ops.private = f;
	f->ops.flags = MPROX_COMPAT_FTRACE_REGS | FTRACE_OPS_FL_RECURSION |
		       FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_PERMANENT;
	err = ftrace_set_filter_ip(&f->ops, (unsigned long)f->own, 0, 0);
	if (err == -ENOMEM)
		return err;
	if (err) {
		pr_err("%s() cannot be traced (%d): the kernel was built without FUNCTION_TRACER, or the function is marked notrace\n",
		       f->name, err);
		return err;
	}
	err = register_ftrace_function(&f->ops);
	if (!err)
		return 0;
	ftrace_set_filter_ip(&f->ops, (unsigned long)f->own, 1, 0);
	if (err == -EBUSY)
		pr_err("%s() cannot be led: a live patch has it, or kernel.ftrace_enabled is 0 (sysctl kernel.ftrace_enabled=1)\n",
		       f->name);
	else if (err != -ENOMEM)
		pr_err("%s() cannot be led: ftrace says %d\n", f->name, err);
	return err;
}

static void intercept_end(struct mprox_intercept *f)
{
	unregister_ftrace_function(&f->ops);
	ftrace_set_filter_ip(&f->ops, (unsigned long)f->own, 1, 0);
}
#else
static int intercept_begin(struct mprox_intercept *f)
{
	pr_err("the kernel has no " MPROX_COMPAT_REDIRECT_OPTION ", without which connect() cannot be led\n");
	return -EOPNOTSUPP;
}

static void intercept_end(struct mprox_intercept *f)
{
}
#endif

/*
 * A task may have left the kernel's function for ours and not be counted yet, or be
 * counted off and not back yet: synchronize_rcu_tasks() waits until each has been
 * scheduled of its own accord, which neither does. In between the count is what is left.
 */
static void wait_until_empty(void)
{
	synchronize_rcu_tasks();
	while (count_inside())
		msleep(20);
	synchronize_rcu_tasks();
}

void mprox_intercept_end(struct mprox_intercept *functions, size_t nr)
{
	while (nr--)
		intercept_end(&functions[nr]);
	wait_until_empty();
}

int mprox_intercept_begin(struct mprox_intercept *functions, size_t nr)
{
	size_t i;
	int err;

	for (i = 0; i < nr; i++) {
		err = intercept_begin(&functions[i]);
		if (err) {
			mprox_intercept_end(functions, i);
			return err;
		}
	}
	return 0;
}
