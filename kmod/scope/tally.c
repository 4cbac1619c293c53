// SPDX-License-Identifier: GPL-2.0
#include "scope/tally.h"

void mprox_tally_sum(struct mprox_tally *sum, const struct mprox_tally *more)
{
	u32 i;

	for (i = 0; i < MPROX_COUNTS; i++)
		mprox_tally_add(sum, i, mprox_tally_read(more, i));
}
