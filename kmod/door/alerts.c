// SPDX-License-Identifier: GPL-2.0
#include "door/alerts.h"

#include <linux/bits.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>
#include "door/stats.h"
#include "policy/policy.h"
#include "report/events.h"
#include "report/warn.h"
#include "rules/alert.h"
#include "scope/context.h"
#include "servers/known.h"

#define WINDOW_MS_MIN		1000
#define WINDOW_MS_MAX		600000
#define CLEAR_PERCENT_DEFAULT	80
#define MIN_CONNECTS_DEFAULT	10

/* What only grows, at one moment. */
struct alert_totals {
	u64 proxied;
	u64 failed;
	u64 latency_us;
	u64 bytes;
	u64 at_ms;
};

/**
 * struct mprox_alerts - what is looked at, and what was seen last
 * @work:	at the end of each window; it runs once at a time
 * @ctx:	whose; its memory outlives this
 * @limits:	window_ms 0: none. Under @ctx->lock, as the rest is
 * @before:	at the beginning of the window
 * @active:	bits, 1 << MUTEX_PROXY_ALERT_*; read without the lock
 * @news:	how often @active has changed; likewise
 */
struct mprox_alerts {
	struct delayed_work work;
	struct mprox_ctx *ctx;
	struct mutex_proxy_alerts limits;
	struct alert_totals before;
	u32 active;
	u32 news;
};

static void alerts_take_totals(struct mprox_ctx *ctx, struct alert_totals *totals)
{
	struct mutex_proxy_stats stats;

	mprox_stats_read(ctx, &stats);
	*totals = (struct alert_totals) {
		.proxied = mprox_tally_read(&ctx->tally, MPROX_COUNT_PROXIED),
		.failed = mprox_tally_read(&ctx->tally, MPROX_COUNT_FAILED),
		.latency_us = mprox_tally_read(&ctx->tally, MPROX_COUNT_LATENCY_US),
		.bytes = stats.bytes_sent + stats.bytes_received +
			 mprox_tally_read(&ctx->tally, MPROX_COUNT_DATAGRAM_BYTES_SENT) +
			 mprox_tally_read(&ctx->tally, MPROX_COUNT_DATAGRAM_BYTES_RECEIVED),
		.at_ms = ktime_get_ns() / NSEC_PER_MSEC,
	};
}

static u32 alerts_count_down(const struct mprox_ctx *ctx)
{
	struct mprox_policy *policy = mprox_policy_of(ctx);
	u32 i, down = 0;

	for (i = 0; policy && i < policy->nr_servers; i++)
		down += !!READ_ONCE(policy->servers[i].share->failures);
	mprox_policy_put(policy);
	return down;
}

static void alerts_tell(const struct mprox_alerts *alerts, u32 kind, bool is_there,
			const struct mprox_alert_sample *sample)
{
	const struct mprox_event event = {
		.kind = MUTEX_PROXY_EVENT_ALERT,
		.reason = kind,
		.status = is_there,
		.bytes_sent = mprox_alert_figure(&alerts->limits, sample, kind),
		.bytes_received = mprox_alert_limit(&alerts->limits, kind),
	};

	if (mprox_events_wanted(alerts->ctx->events, MUTEX_PROXY_EVENT_ALERT))
		mprox_events_tell(alerts->ctx->events, &event);
}

static void alerts_change(struct mprox_alerts *alerts, u32 now,
			  const struct mprox_alert_sample *sample)
{
	u32 kind, changed = now ^ alerts->active;

	for (kind = 1; kind < MUTEX_PROXY_ALERT_KINDS; kind++)
		if (changed & BIT(kind))
			alerts_tell(alerts, kind, now & BIT(kind), sample);
	if (!changed)
		return;
	WRITE_ONCE(alerts->active, now);
	WRITE_ONCE(alerts->news, alerts->news + 1);
	mprox_ctx_news(alerts->ctx);
}

static void alerts_look(struct mprox_alerts *alerts)
{
	struct alert_totals now;
	struct mprox_alert_sample sample;

	lockdep_assert_held(&alerts->ctx->lock);
	alerts_take_totals(alerts->ctx, &now);
	sample = (struct mprox_alert_sample) {
		.proxied = now.proxied - alerts->before.proxied,
		.failed = now.failed - alerts->before.failed,
		.latency_us = now.latency_us - alerts->before.latency_us,
		/* Two readings of a sum that moves may be the wrong way round. */
		.bytes = max(now.bytes, alerts->before.bytes) - alerts->before.bytes,
		.window_ms = max_t(u64, now.at_ms - alerts->before.at_ms, 1),
		.servers_down = alerts_count_down(alerts->ctx),
	};
	alerts->before = now;
	alerts_change(alerts, mprox_alert_judge(&alerts->limits, &sample, alerts->active),
		      &sample);
}

static void alerts_arm(struct mprox_alerts *alerts)
{
	mod_delayed_work(mprox_wq, &alerts->work,
			 msecs_to_jiffies(alerts->limits.window_ms));
}

static void alerts_work(struct work_struct *work)
{
	struct mprox_alerts *alerts = container_of(to_delayed_work(work),
						   struct mprox_alerts, work);
	struct mprox_ctx *ctx = alerts->ctx;

	/* Without a user nothing comes any more that could be looked at. */
	if (!refcount_inc_not_zero(&ctx->users))
		return;
	mutex_lock(&ctx->lock);
	if (alerts->limits.window_ms) {
		alerts_look(alerts);
		alerts_arm(alerts);
	}
	mutex_unlock(&ctx->lock);
	mprox_ctx_put_user(ctx);
}

/* The numbers of struct mutex_proxy_alerts, and the highest that each may be. */
static const struct alert_field {
	const char *name;
	size_t offset;
	u32 max;
} alert_fields[] = {
#define FIELD(_name, _max)						\
	{ "alerts." #_name, offsetof(struct mutex_proxy_alerts, _name), _max }
	FIELD(flags, 0),
	FIELD(reserved, 0),
	FIELD(window_ms, WINDOW_MS_MAX),
	FIELD(clear_percent, 100),
	FIELD(failed_percent, 100),
	FIELD(servers_down, MUTEX_PROXY_MAX_SERVERS),
#undef FIELD
};

static int alerts_check(const struct mutex_proxy_alerts *ua)
{
	bool has_limit = ua->failed || ua->failed_percent || ua->latency_ms ||
			 ua->bytes_per_second || ua->servers_down;
	size_t i;
	u32 value;

	for (i = 0; i < ARRAY_SIZE(alert_fields); i++) {
		value = *(const u32 *)((const u8 *)ua + alert_fields[i].offset);
		if (value > alert_fields[i].max)
			return mprox_refuse_field(alert_fields[i].name, value);
	}
	if (!ua->window_ms)
		return has_limit || ua->clear_percent || ua->min_connects ?
		       mprox_refuse_field("alerts.window_ms", 0) : 0;
	if (ua->window_ms < WINDOW_MS_MIN)
		return mprox_refuse_field("alerts.window_ms", ua->window_ms);
	return has_limit ? 0 : mprox_refuse(-EINVAL, "alerts: there is no limit");
}

static struct mprox_alerts *alerts_alloc(struct mprox_ctx *ctx)
{
	struct mprox_alerts *alerts = kzalloc(sizeof(*alerts), GFP_KERNEL_ACCOUNT);

	if (!alerts)
		return NULL;
	alerts->ctx = ctx;
	INIT_DELAYED_WORK(&alerts->work, alerts_work);
	return alerts;
}

static int alerts_replace(struct mprox_ctx *ctx, const struct mutex_proxy_alerts *ua)
{
	static const struct mprox_alert_sample nothing = { .window_ms = 1 };
	struct mprox_alerts *alerts = ctx->alerts;

	lockdep_assert_held(&ctx->lock);
	if (!alerts && !ua->window_ms)
		return 0;
	if (!alerts) {
		alerts = alerts_alloc(ctx);
		if (!alerts)
			return -ENOMEM;
		/* Whoever finds it without the lock finds it filled. */
		smp_store_release(&ctx->alerts, alerts);
	}
	/* What was there by the old limits is over. */
	alerts_change(alerts, 0, &nothing);
	alerts->limits = *ua;
	if (!ua->window_ms)
		return 0;
	alerts->limits.clear_percent = ua->clear_percent ?: CLEAR_PERCENT_DEFAULT;
	alerts->limits.min_connects = ua->min_connects ?: MIN_CONNECTS_DEFAULT;
	alerts_take_totals(ctx, &alerts->before);
	alerts_arm(alerts);
	return 0;
}

int mprox_alerts_set(struct mprox_ctx *ctx, const struct mutex_proxy_alerts *ua)
{
	int err = alerts_check(ua);

	if (err)
		return err;
	mutex_lock(&ctx->lock);
	err = alerts_replace(ctx, ua);
	mutex_unlock(&ctx->lock);
	return err;
}

u32 mprox_alerts_active(const struct mprox_ctx *ctx)
{
	const struct mprox_alerts *alerts = smp_load_acquire(&ctx->alerts);

	return alerts ? READ_ONCE(alerts->active) : 0;
}

u32 mprox_alerts_news(const struct mprox_ctx *ctx)
{
	const struct mprox_alerts *alerts = smp_load_acquire(&ctx->alerts);

	return alerts ? READ_ONCE(alerts->news) : 0;
}

void mprox_alerts_free(struct mprox_ctx *ctx)
{
	struct mprox_alerts *alerts = ctx->alerts;

	if (!alerts)
		return;
	cancel_delayed_work_sync(&alerts->work);
	kfree(alerts);
}
