/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* When figures are such that somebody is to be told. */
#ifndef MPROX_RULES_ALERT_H
#define MPROX_RULES_ALERT_H

#include <linux/mutex_proxy.h>
#include "../freestanding.h"

/**
 * struct mprox_alert_sample - what there was in one window
 * @proxied:	connections that a way was found for
 * @failed:	connections that none was found for
 * @latency_us:	of all that were @proxied together, microseconds
 * @bytes:	octets, in both directions
 * @window_ms:	how long it was, milliseconds, above 0
 * @servers_down: that stand behind the others now
 */
struct mprox_alert_sample {
	u64 proxied;
	u64 failed;
	u64 latency_us;
	u64 bytes;
	u32 window_ms;
	u32 servers_down;
};

/* The figure that alert @kind (MUTEX_PROXY_ALERT_*) is about. */
u64 mprox_alert_figure(const struct mutex_proxy_alerts *limits,
		       const struct mprox_alert_sample *sample, u32 kind);
/* And what it must reach; 0: nobody asks. */
u64 mprox_alert_limit(const struct mutex_proxy_alerts *limits, u32 kind);

/*
 * Which alerts (bits: 1 << MUTEX_PROXY_ALERT_*) there are after @sample, of which @active
 * were there before. One that is stays until its figure is below clear_percent of its
 * limit.
 */
u32 mprox_alert_judge(const struct mutex_proxy_alerts *limits,
		      const struct mprox_alert_sample *sample, u32 active);

#endif
