/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel's log says of what was refused: which bound was hit, or which
 * field of a policy was not taken. Rate limited, since users can cause it. Never a
 * credential, and never where somebody connects to.
 */
#ifndef MPROX_WARN_H
#define MPROX_WARN_H

#include <linux/compiler_attributes.h>
#include <linux/ratelimit.h>
#include <linux/types.h>

/* @what: of what there are as many as there may be. Any context. */
#define mprox_warn_bound(what, max)					\
do {									\
	static DEFINE_RATELIMIT_STATE(_rs, DEFAULT_RATELIMIT_INTERVAL,	\
				      DEFAULT_RATELIMIT_BURST);		\
	if (__ratelimit(&_rs))						\
		mprox_warn_bound_hit(what, max);			\
} while (0)
void mprox_warn_bound_hit(const char *what, u32 max);

/* Of a field that is no number, or that nobody is to read: only its name is told. */
#define MPROX_UNTOLD	U64_MAX

/*
 * Says why the caller's call is refused, and returns @err, or -EINVAL. Process
 * context. The last one is about element @i of a list.
 */
__printf(2, 3) int mprox_refuse(int err, const char *why, ...);
int mprox_refuse_field(const char *field, u64 value);
int mprox_refuse_in(const char *list, u32 i, const char *field, u64 value);

#endif
