/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * How often something may happen: the generic cell rate algorithm (ITU-T I.371, annex A),
 * a token bucket whose whole state is one moment.
 */
#ifndef MPROX_RULES_RATE_H
#define MPROX_RULES_RATE_H

#include "../freestanding.h"

/**
 * mprox_rate_next - may it happen once more?
 * @until:	up to when what has happened so far would have taken, had it come evenly;
 *		nanoseconds, 0 at first
 * @now:	nanoseconds, of a clock that does not go back
 * @per_second:	how often it may, above 0; so often at once, too
 *
 * Returns the next @until, or 0: it may not.
 */
u64 mprox_rate_next(u64 until, u64 now, u32 per_second);

#endif
