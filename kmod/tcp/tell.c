// SPDX-License-Identifier: GPL-2.0
#include "tcp/tell.h"

#include <linux/math64.h>
#include <linux/tcp.h>
#include <linux/timekeeping.h>
#include <linux/user_namespace.h>
#include <net/sock.h>
#include "names/names.h"
#include "report/events.h"
#include "servers/known.h"
#include "tcp/count.h"
#include "tcp/handshake.h"

/* What is told later, and says who has connected. */
#define TELL_NEEDS_ACTOR	(BIT(MUTEX_PROXY_EVENT_ATTEMPT) | \
				 BIT(MUTEX_PROXY_EVENT_FAILED) | \
				 BIT(MUTEX_PROXY_EVENT_PROXIED))

/* What any event of @flow has. */
static struct mprox_event tell_of(const struct mprox_flow *flow, u8 kind)
{
	struct mprox_event event = {
		.kind = kind,
		.proto = IPPROTO_TCP,
		.flow = flow->id,
		.to = &flow->asked,
		.to_scope = flow->scope_id,
	};

	if (flow->name) {
		event.name = flow->name->text;
		event.name_len = flow->name->len;
	}
	return event;
}

static bool tell_is_wanted(const struct mprox_flow *flow, u8 kind)
{
	return !flow->is_query && mprox_events_wanted(flow->ctx->events, kind);
}

/* And what one has of a handshake. */
static struct mprox_event tell_of_handshake(const struct mprox_flow *flow, u8 kind)
{
	struct mprox_event event = tell_of(flow, kind);
	const struct mprox_hs *hs = mprox_flow_hs(flow);

	if (mprox_hs_command(hs) == MPROX_COMMAND_ASSOCIATE)
		event.proto = IPPROTO_UDP;
	event.uid = hs->sk->sk_uid;
	event.has_uid = true;
	event.actor = hs->actor.pid ? &hs->actor : NULL;
	event.attempts = hs->campaign.attempts;
	return event;
}

void mprox_tell_errand(struct mprox_ctx *ctx, struct mprox_errand *errand)
{
	if (READ_ONCE(ctx->events->kinds) &
	    (TELL_NEEDS_ACTOR | BIT(MUTEX_PROXY_EVENT_OPEN)))
		mprox_actor_take(&errand->asker);
}

/* A work connects for somebody else, and that one is remembered already. */
static const struct mprox_actor *tell_asker(const struct mprox_hs *hs)
{
	return hs->errand && hs->errand->asker.pid ? &hs->errand->asker : NULL;
}

void mprox_tell_open(struct mprox_flow *flow)
{
	struct mprox_hs *hs = mprox_flow_hs(flow);
	const struct mprox_actor *asker = tell_asker(hs);
	struct mprox_event event;

	if (asker)
		mprox_actor_copy(&hs->actor, asker);
	else if (READ_ONCE(flow->ctx->events->kinds) & TELL_NEEDS_ACTOR)
		mprox_actor_take(&hs->actor);
	if (!tell_is_wanted(flow, MUTEX_PROXY_EVENT_OPEN))
		return;
	event = tell_of_handshake(flow, MUTEX_PROXY_EVENT_OPEN);
	event.by_current = !asker;
	event.tell_exe = !asker;
	mprox_events_tell(flow->ctx->events, &event);
}

static void tell_failure(const struct mprox_flow *flow, u8 kind, u16 reason, int error)
{
	const struct mprox_hs *hs = mprox_flow_hs(flow);
	const struct mprox_hs_failure *failure = &hs->campaign.failure;
	struct mprox_event event;

	if (!tell_is_wanted(flow, kind))
		return;
	event = tell_of_handshake(flow, kind);
	if (failure->to.family) {
		event.server = failure->server + 1;
		event.via = &failure->to;
		event.via_scope = failure->scope_id;
		event.status = failure->status;
		event.hop = failure->hop;
	}
	event.reason = reason;
	event.error = error;
	if (kind == MUTEX_PROXY_EVENT_FAILED)
		event.duration_ns = ktime_get_ns() - flow->since_ns;
	mprox_events_tell(flow->ctx->events, &event);
}

void mprox_tell_attempt(struct mprox_flow *flow, u16 reason, int error)
{
	struct mprox_hs *hs = mprox_flow_hs(flow);
	const struct mprox_hs_attempt *attempt = &hs->attempt;
	bool has_said = reason && reason == attempt->talk.refusal;

	hs->campaign.failure = (struct mprox_hs_failure) {
		.to = attempt->to,
		.scope_id = attempt->scope_id,
		.server = hs->visit.server,
		.hop = has_said ? attempt->talk.hop : 0,
		.status = has_said ? attempt->talk.status : 0,
	};
	mprox_share_refused(flow->share);
	tell_failure(flow, MUTEX_PROXY_EVENT_ATTEMPT, reason, error);
}

void mprox_tell_failed(const struct mprox_flow *flow, u16 reason, int error)
{
	struct mprox_ctx *ctx = flow->ctx;

	mprox_tally_one(&ctx->tally, MPROX_COUNT_FAILED);
	mprox_tally_reason(&ctx->tally, reason);
	mprox_ctx_news(ctx);
	tell_failure(flow, MUTEX_PROXY_EVENT_FAILED, reason, error);
}

void mprox_tell_proxied(struct mprox_flow *flow)
{
	const struct mprox_hs *hs = mprox_flow_hs(flow);
	struct mprox_event event;
	u64 now = ktime_get_ns();

	if (tell_is_wanted(flow, MUTEX_PROXY_EVENT_PROXIED)) {
		event = tell_of_handshake(flow, MUTEX_PROXY_EVENT_PROXIED);
		event.server = hs->visit.server + 1;
		event.via = &hs->attempt.to;
		event.via_scope = hs->attempt.scope_id;
		event.duration_ns = now - flow->since_ns;
		event.rtt_us = hs->attempt.rtt_us;
		mprox_events_tell(flow->ctx->events, &event);
	}
	mprox_tally_proxied(&flow->ctx->tally, div_u64(now - flow->since_ns, NSEC_PER_USEC));
	mprox_share_opened(flow->share);
	flow->since_ns = now;
	flow->proxied = true;
	mprox_ctx_news(flow->ctx);
}

/* tcp_sock.srtt_us is eight times as much. */
static void tell_figures(struct mprox_event *event, const struct mprox_flow *flow,
			 const struct sock *sk, const struct mprox_counters *counters)
{
	event->uid = sk->sk_uid;
	event->has_uid = true;
	event->rtt_us = READ_ONCE(tcp_sk(sk)->srtt_us) >> 3;
	event->duration_ns = ktime_get_ns() - flow->since_ns;
	event->bytes_sent = counters->bytes_sent;
	event->bytes_received = counters->bytes_received;
}

void mprox_tell_closed(const struct mprox_flow *flow, const struct sock *sk,
		       const struct mprox_counters *last)
{
	struct mprox_event event;

	if (!flow->proxied)
		return;
	mprox_tally_one(&flow->ctx->tally, MPROX_COUNT_CLOSED);
	mprox_share_carried(flow->share, last->bytes_sent, last->bytes_received);
	mprox_ctx_news(flow->ctx);
	if (!tell_is_wanted(flow, MUTEX_PROXY_EVENT_CLOSED))
		return;
	event = tell_of(flow, MUTEX_PROXY_EVENT_CLOSED);
	tell_figures(&event, flow, sk, last);
	mprox_events_tell(flow->ctx->events, &event);
}

/* The address that the socket has, which is the server's. */
static void tell_peer(struct mprox_addr *peer, const struct sock *sk)
{
	peer->port = sk->sk_dport;
	peer->family = AF_INET;
	peer->addr.s6_addr32[0] = sk->sk_daddr;
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6 && !ipv6_addr_v4mapped(&sk->sk_v6_daddr)) {
		peer->family = AF_INET6;
		peer->addr = sk->sk_v6_daddr;
	}
#endif
}

u32 mprox_tell_flow(const struct mprox_flow *flow, void *to, u32 room,
		    struct user_namespace *ns)
{
	struct mprox_event event = tell_of(flow, MUTEX_PROXY_EVENT_FLOW);
	struct mprox_counters counters;
	struct mprox_addr peer = {};
	u32 len;

	/* TCP's sockets keep their type for a grace period, whatever they become. */
	mprox_counters_of(&counters, flow->sk);
	tell_figures(&event, flow, flow->sk, &counters);
	tell_peer(&peer, flow->sk);
	event.via = &peer;
	event.reason = rcu_access_pointer(flow->hs) ? MUTEX_PROXY_REASON_HANDSHAKE : 0;
	len = mprox_event_write(to, room, flow->ctx->id, &event);
	if (len)
		((struct mutex_proxy_event *)to)->uid = from_kuid_munged(ns, event.uid);
	return len;
}
