/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What ftrace's callback may change of the call. Linux 6.14 has no ftrace_get_regs() of
 * a callback that asks for arguments alone; where both can be had, either does.
 */
#ifndef MPROX_COMPAT_FTRACE_H
#define MPROX_COMPAT_FTRACE_H

#include <linux/ftrace.h>

#if defined(CONFIG_DYNAMIC_FTRACE_WITH_REGS)
#define MPROX_COMPAT_CAN_REDIRECT
#define MPROX_COMPAT_FTRACE_REGS	FTRACE_OPS_FL_SAVE_REGS
#elif defined(CONFIG_DYNAMIC_FTRACE_WITH_ARGS)
#define MPROX_COMPAT_CAN_REDIRECT
#define MPROX_COMPAT_FTRACE_REGS	0
#else
#define MPROX_COMPAT_REDIRECT_OPTION	"DYNAMIC_FTRACE_WITH_REGS"
#endif

#ifdef MPROX_COMPAT_CAN_REDIRECT
static __always_inline void mprox_compat_redirect(struct ftrace_regs *regs,
						  void *to)
{
#ifdef ftrace_regs_set_instruction_pointer
	ftrace_regs_set_instruction_pointer(regs, (unsigned long)to);
#else
	instruction_pointer_set(ftrace_get_regs(regs), (unsigned long)to);
#endif
}
#endif

#endif
