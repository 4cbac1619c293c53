// SPDX-License-Identifier: GPL-2.0-or-later
// When figures are such that somebody is told, and when they are no longer.
#include <gtest/gtest.h>

extern "C" {
#include "alert.h"
}

namespace {

constexpr uint32_t bit(uint32_t kind)
{
	return 1u << kind;
}

mutex_proxy_alerts limits()
{
	mutex_proxy_alerts limits{};

	limits.window_ms = 1000;
	limits.clear_percent = 80;
	limits.min_connects = 10;
	return limits;
}

mprox_alert_sample sample()
{
	mprox_alert_sample sample{};

	sample.window_ms = 1000;
	return sample;
}

} // namespace

TEST(Alert, WithoutALimitThereIsNone)
{
	const auto none = limits();
	auto much = sample();

	much.failed = much.proxied = much.bytes = much.latency_us = 1ull << 50;
	much.servers_down = 256;
	EXPECT_EQ(mprox_alert_judge(&none, &much, ~0u), 0u);
}

TEST(Alert, StaysUntilItIsClear)
{
	auto asked = limits();
	auto is = sample();

	asked.failed = 10;
	for (const auto &[failed, before, after] : {std::tuple{9u, false, false}, {10u, false, true}, {9u, true, true},
						    {8u, true, true}, {7u, true, false}, {0u, true, false}}) {
		is.failed = failed;
		EXPECT_EQ(mprox_alert_judge(&asked, &is, before ? bit(MUTEX_PROXY_ALERT_FAILED) : 0),
			  after ? bit(MUTEX_PROXY_ALERT_FAILED) : 0u)
			<< failed;
	}
}

TEST(Alert, OneServerThatIsDownIsClearWhenItIsUp)
{
	auto asked = limits();
	auto is = sample();

	asked.servers_down = 1;
	is.servers_down = 1;
	EXPECT_EQ(mprox_alert_judge(&asked, &is, 0), bit(MUTEX_PROXY_ALERT_SERVERS_DOWN));
	is.servers_down = 0;
	for (const uint32_t percent : {1u, 50u, 80u, 100u}) {
		asked.clear_percent = percent;
		EXPECT_EQ(mprox_alert_judge(&asked, &is, bit(MUTEX_PROXY_ALERT_SERVERS_DOWN)), 0u) << percent;
	}
}

TEST(Alert, TheShareOfAFewSaysNothing)
{
	auto asked = limits();
	auto is = sample();

	asked.failed_percent = 50;
	is.failed = 9;
	EXPECT_EQ(mprox_alert_judge(&asked, &is, 0), 0u);
	is.failed = 10;
	EXPECT_EQ(mprox_alert_judge(&asked, &is, 0), bit(MUTEX_PROXY_ALERT_FAILED_PERCENT));
	EXPECT_EQ(mprox_alert_figure(&asked, &is, MUTEX_PROXY_ALERT_FAILED_PERCENT), 100u);
	is.proxied = 11;
	EXPECT_EQ(mprox_alert_judge(&asked, &is, 0), 0u);
	EXPECT_EQ(mprox_alert_figure(&asked, &is, MUTEX_PROXY_ALERT_FAILED_PERCENT), 47u);
	is.failed = is.proxied = 0;
	asked.min_connects = 0;
	EXPECT_EQ(mprox_alert_figure(&asked, &is, MUTEX_PROXY_ALERT_FAILED_PERCENT), 0u);
}

TEST(Alert, FiguresAreMeansAndRates)
{
	const auto asked = limits();
	auto is = sample();

	is.proxied = 4;
	is.latency_us = 10000;
	is.bytes = 3000;
	is.window_ms = 2000;
	EXPECT_EQ(mprox_alert_figure(&asked, &is, MUTEX_PROXY_ALERT_LATENCY), 2u);
	EXPECT_EQ(mprox_alert_figure(&asked, &is, MUTEX_PROXY_ALERT_BANDWIDTH), 1500u);
	is.proxied = 0;
	EXPECT_EQ(mprox_alert_figure(&asked, &is, MUTEX_PROXY_ALERT_LATENCY), 0u);
	EXPECT_EQ(mprox_alert_figure(&asked, &is, 0), 0u);
	EXPECT_EQ(mprox_alert_figure(&asked, &is, MUTEX_PROXY_ALERT_KINDS), 0u);
}

TEST(Alert, LargeLimitsDoNotOverflow)
{
	auto asked = limits();
	auto is = sample();

	asked.bytes_per_second = ~0ull;
	asked.clear_percent = 100;
	is.bytes = 1ull << 50;
	EXPECT_EQ(mprox_alert_judge(&asked, &is, bit(MUTEX_PROXY_ALERT_BANDWIDTH)), 0u);
	asked.bytes_per_second = 1ull << 40;
	EXPECT_EQ(mprox_alert_judge(&asked, &is, 0), bit(MUTEX_PROXY_ALERT_BANDWIDTH));
}
