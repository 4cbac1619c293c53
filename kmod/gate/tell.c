// SPDX-License-Identifier: GPL-2.0
#include "gate/tell.h"

#include <net/sock.h>
#include "policy/policy.h"
#include "report/events.h"

static void tell_deed(const struct mprox_ruling *ruling, const struct mprox_deed *deed,
		      struct mprox_event *event)
{
	event->proto = deed->proto;
	event->to = deed->to;
	event->to_scope = deed->scope_id;
	event->uid = deed->sk->sk_uid;
	event->has_uid = true;
	event->by_current = true;
	event->tell_exe = true;
	mprox_events_tell(ruling->ctx->events, event);
}

/* In another namespace, only what is for its loopback is let through. */
static void tell_direct(const struct mprox_ruling *ruling, const struct mprox_deed *deed)
{
	struct mprox_event event = { .kind = MUTEX_PROXY_EVENT_DIRECT };

	event.reason = ruling->ctx->net != deed->net ? MUTEX_PROXY_REASON_BUILTIN :
		       mprox_policy_explain(ruling->policy, deed->proto, deed->to,
					    &event.rule);
	tell_deed(ruling, deed, &event);
}

void mprox_tell_direct(const struct mprox_ruling *ruling, const struct mprox_deed *deed)
{
	if (!ruling->ctx)
		return;
	mprox_tally_one(&ruling->ctx->tally, MPROX_COUNT_DIRECT);
	if (mprox_events_wanted(ruling->ctx->events, MUTEX_PROXY_EVENT_DIRECT))
		tell_direct(ruling, deed);
}

static u16 tell_why_refused(const struct mprox_ruling *ruling,
			    const struct mprox_deed *deed, u16 *rule)
{
	u16 reason;

	if (ruling->ctx->net != deed->net)
		return MUTEX_PROXY_REASON_NETNS;
	if (READ_ONCE(ruling->ctx->sealed))
		return MUTEX_PROXY_REASON_SEALED;
	reason = mprox_policy_explain(ruling->policy, deed->proto, deed->to, rule);
	if (reason == MUTEX_PROXY_REASON_BLOCKED)
		return reason;
	*rule = 0;
	return deed->proto == IPPROTO_UDP && ruling->policy->udp ?
		MUTEX_PROXY_REASON_NO_RELAY : MUTEX_PROXY_REASON_PROTOCOL;
}

void mprox_tell_refused(const struct mprox_ruling *ruling, const struct mprox_deed *deed,
			enum mprox_refused kind, u16 reason, int error)
{
	struct mprox_event event = {
		.kind = MUTEX_PROXY_EVENT_REFUSED,
		.error = error,
	};

	event.reason = reason ?: tell_why_refused(ruling, deed, &event.rule);
	mprox_count_refused(ruling->ctx, kind);
	mprox_tally_reason(&ruling->ctx->tally, event.reason);
	if (mprox_events_wanted(ruling->ctx->events, MUTEX_PROXY_EVENT_REFUSED))
		tell_deed(ruling, deed, &event);
}
