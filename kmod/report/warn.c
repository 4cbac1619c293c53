// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "report/warn.h"

#include <linux/kernel.h>
#include <linux/pid.h>
#include <linux/printk.h>
#include <linux/sched.h>

void mprox_warn_bound_hit(const char *what, u32 max)
{
	pr_warn("%s: there are %u, no more is allowed\n", what, max);
}

int mprox_refuse(int err, const char *why, ...)
{
	static DEFINE_RATELIMIT_STATE(rs, DEFAULT_RATELIMIT_INTERVAL,
				      DEFAULT_RATELIMIT_BURST);
	struct va_format text = { .fmt = why };
	va_list args;

	if (!__ratelimit(&rs))
		return err;
	va_start(args, why);
	text.va = &args;
	pr_warn("refused to pid %d, error %d: %pV\n", task_tgid_nr(current),
		-err, &text);
	va_end(args);
	return err;
}

int mprox_refuse_field(const char *field, u64 value)
{
	if (value == MPROX_UNTOLD)
		return mprox_refuse(-EINVAL, "%s is not as it must be", field);
	return mprox_refuse(-EINVAL, "%s cannot be %llu", field, value);
}

int mprox_refuse_in(const char *list, u32 i, const char *field, u64 value)
{
	if (value == MPROX_UNTOLD)
		return mprox_refuse(-EINVAL, "%s[%u].%s is not as it must be",
				    list, i, field);
	return mprox_refuse(-EINVAL, "%s[%u].%s cannot be %llu", list, i, field,
			    value);
}
