// SPDX-License-Identifier: GPL-2.0 OR MIT
#include "alert.h"

#ifdef __KERNEL__
#include <linux/math64.h>
#else
static u64 div64_u64(u64 dividend, u64 divisor)
{
	return dividend / divisor;
}
#endif

#define MSEC_PER_SECOND	1000
#define USEC_PER_MSECOND 1000

static u64 failed_percent(const struct mutex_proxy_alerts *limits,
			  const struct mprox_alert_sample *sample)
{
	u64 ended = sample->proxied + sample->failed;

	/* The share of a few says nothing. */
	if (!ended || ended < limits->min_connects)
		return 0;
	return div64_u64(sample->failed * 100, ended);
}

static u64 mean_latency_ms(const struct mprox_alert_sample *sample)
{
	return sample->proxied ?
	       div64_u64(sample->latency_us, sample->proxied * USEC_PER_MSECOND) : 0;
}

u64 mprox_alert_figure(const struct mutex_proxy_alerts *limits,
		       const struct mprox_alert_sample *sample, u32 kind)
{
	switch (kind) {
	case MUTEX_PROXY_ALERT_FAILED:
		return sample->failed;
	case MUTEX_PROXY_ALERT_FAILED_PERCENT:
		return failed_percent(limits, sample);
	case MUTEX_PROXY_ALERT_LATENCY:
		return mean_latency_ms(sample);
	case MUTEX_PROXY_ALERT_BANDWIDTH:
		return div64_u64(sample->bytes * MSEC_PER_SECOND, sample->window_ms);
	case MUTEX_PROXY_ALERT_SERVERS_DOWN:
		return sample->servers_down;
	default:
		return 0;
	}
}

u64 mprox_alert_limit(const struct mutex_proxy_alerts *limits, u32 kind)
{
	switch (kind) {
	case MUTEX_PROXY_ALERT_FAILED:
		return limits->failed;
	case MUTEX_PROXY_ALERT_FAILED_PERCENT:
		return limits->failed_percent;
	case MUTEX_PROXY_ALERT_LATENCY:
		return limits->latency_ms;
	case MUTEX_PROXY_ALERT_BANDWIDTH:
		return limits->bytes_per_second;
	case MUTEX_PROXY_ALERT_SERVERS_DOWN:
		return limits->servers_down;
	default:
		return 0;
	}
}

/* Is @figure below @percent of @limit? Neither may overflow. */
static bool is_clear(u64 figure, u64 limit, u32 percent)
{
	return figure < div64_u64(limit, 100) * percent +
			div64_u64((limit - div64_u64(limit, 100) * 100) * percent + 99, 100);
}

u32 mprox_alert_judge(const struct mutex_proxy_alerts *limits,
		      const struct mprox_alert_sample *sample, u32 active)
{
	u32 kind, now = 0;

	for (kind = 1; kind < MUTEX_PROXY_ALERT_KINDS; kind++) {
		u64 limit = mprox_alert_limit(limits, kind);
		u64 figure = mprox_alert_figure(limits, sample, kind);
		u32 bit = 1u << kind;

		if (!limit)
			continue;
		if (figure >= limit ||
		    (active & bit && !is_clear(figure, limit, limits->clear_percent)))
			now |= bit;
	}
	return now;
}
