// SPDX-License-Identifier: GPL-2.0-or-later
// How often something may happen.
#include <gtest/gtest.h>

extern "C" {
#include "rate.h"
}

namespace {

constexpr uint64_t kSecond = 1000000000;

/// How many of @p tries at @p now it lets through.
unsigned let_through(uint64_t &until, uint64_t now, uint32_t per_second, unsigned tries)
{
	unsigned let = 0;

	for (unsigned i = 0; i < tries; i++)
		if (const uint64_t next = mprox_rate_next(until, now, per_second)) {
			until = next;
			let++;
		}
	return let;
}

} // namespace

TEST(Rate, SoManyAtOnceAndThenOneAfterTheOther)
{
	uint64_t until = 0;

	EXPECT_EQ(let_through(until, 5 * kSecond, 10, 100), 10u);
	EXPECT_EQ(let_through(until, 5 * kSecond + kSecond / 10 - 1, 10, 100), 0u);
	EXPECT_EQ(let_through(until, 5 * kSecond + kSecond / 10, 10, 100), 1u);
	EXPECT_EQ(let_through(until, 5 * kSecond + kSecond / 2, 10, 100), 4u);
}

TEST(Rate, WhatWasNotUsedIsKeptForOneSecond)
{
	uint64_t until = 0;

	EXPECT_EQ(let_through(until, kSecond, 3, 1), 1u);
	EXPECT_EQ(let_through(until, 100 * kSecond, 3, 100), 3u);
}

TEST(Rate, EveryRateLetsThroughWhatItSays)
{
	for (const uint32_t rate : {1u, 2u, 7u, 1000u, 999983u, 1000000u}) {
		uint64_t until = 0;
		unsigned let = let_through(until, kSecond, rate, 2000000);

		EXPECT_GE(let, rate);
		/* Of the rest of a division. */
		EXPECT_LE(let, rate + rate / 1000 + 1);
	}
}

TEST(Rate, TheFirstMomentIsNone)
{
	uint64_t until = 0;

	EXPECT_EQ(let_through(until, 0, 1, 2), 1u);
	EXPECT_EQ(mprox_rate_next(until, 0, 1), 0u);
}

TEST(Rate, FarInTheFutureNothingOverflows)
{
	uint64_t until = 0;

	EXPECT_EQ(let_through(until, 1ull << 63, 4, 100), 4u);
}
