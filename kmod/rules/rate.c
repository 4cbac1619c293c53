// SPDX-License-Identifier: GPL-2.0 OR MIT
#include "rate.h"

#define NSEC	1000000000u

u64 mprox_rate_next(u64 until, u64 now, u32 per_second)
{
	/* Above NSEC a second it is no bound any more. */
	u32 each = NSEC / per_second;

	if (until < now)
		until = now;
	/* Of what comes at once, the last must end within a second. */
	return until - now + each <= NSEC ? until + each : 0;
}
