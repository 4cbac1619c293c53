// SPDX-License-Identifier: GPL-2.0
#include "gate/judge.h"

#include <linux/sched.h>
#include "names/names.h"
#include "policy/policy.h"
#include "scope/kernel_sock.h"
#include "scope/scope.h"

/**
 * struct judge - what mprox_scope_for_each() hands to each context
 * @net:	where it is sent
 * @proto:	IPPROTO_*
 * @to:		where to
 * @local:	what is sent there stays on this machine
 * @by_name:	the best context so far, or the one that is looked at, would answer
 *		for a name: it is asked for one, or @to stands for one
 * @ruling:	the strictest verdict so far
 */
struct judge {
	const struct net *net;
	u8 proto;
	const struct mprox_addr *to;
	bool local;
	bool by_name;
	struct mprox_ruling *ruling;
};

/* Neither enabled nor sealed: it says nothing. In this order: see ctx_seal(). */
static bool judge_is_silent(const struct mprox_ctx *ctx)
{
	return !mprox_ctx_is_enabled(ctx) && !READ_ONCE(ctx->sealed);
}

/* Whom a policy exempts it exempts in its own namespace alone. */
static bool judge_is_exempt(const struct mprox_ctx *ctx, const struct net *net)
{
	return ctx->net == net &&
	       mprox_policy_exempts(rcu_dereference(ctx->policy), current);
}

static bool judge_is_loopback(const struct mprox_addr *to)
{
	return to->family == AF_INET6 ? ipv6_addr_loopback(&to->addr) :
	       ipv4_is_loopback(to->addr.s6_addr32[0]);
}

/*
 * A context leads nothing out of another namespace than its own, and its rules were
 * not written for what is there: but for that namespace's loopback, nothing of a
 * member is direct there. A context of that namespace may proxy it, unless this one
 * is locked.
 */
static u32 judge_abroad(const struct mprox_ctx *ctx, const struct mprox_addr *to)
{
	if (judge_is_loopback(to))
		return MUTEX_PROXY_VERDICT_DIRECT;
	return READ_ONCE(ctx->locked) ? MUTEX_PROXY_VERDICT_BLOCK :
					MUTEX_PROXY_VERDICT_PROXY;
}

/* Only TCP goes through every proxy, and UDP where the policy says so. */
static bool judge_can_carry(const struct mprox_policy *policy, u8 proto)
{
	return proto == IPPROTO_TCP || (proto == IPPROTO_UDP && policy->udp);
}

/* What @ctx alone says. */
static u32 judge_one(const struct mprox_ctx *ctx,
		     const struct mprox_policy *policy, const struct judge *judge,
		     bool *is_query)
{
	u32 verdict;

	if (ctx->net != judge->net)
		return judge_abroad(ctx, judge->to);
	*is_query = mprox_policy_is_query(policy, judge->proto, judge->to);
	verdict = *is_query ? MUTEX_PROXY_VERDICT_PROXY :
		  mprox_policy_verdict(policy, judge->proto, judge->to,
				       judge->local);
	if (verdict != MUTEX_PROXY_VERDICT_PROXY)
		return verdict;
	if (READ_ONCE(ctx->sealed))
		return MUTEX_PROXY_VERDICT_BLOCK;
	return *is_query || judge_can_carry(policy, judge->proto) ?
		MUTEX_PROXY_VERDICT_PROXY : MUTEX_PROXY_VERDICT_BLOCK;
}

static u32 judge_strictness(u32 verdict)
{
	switch (verdict) {
	case MUTEX_PROXY_VERDICT_BLOCK:
		return 2;
	case MUTEX_PROXY_VERDICT_PROXY:
		return 1;
	default:
		return 0;
	}
}

/* May a name be asked of anybody directly? 2: none; 1: by a rule; 0: each may. */
static u32 judge_name_strictness(const struct mprox_dns *dns)
{
	u32 i;

	if (dns->mode == MUTEX_PROXY_DNS_NONE ||
	    dns->mode == MUTEX_PROXY_DNS_DIRECT)
		return 0;
	for (i = 0; i < dns->nr_rules; i++)
		if (dns->rules[i].mode == MUTEX_PROXY_DNS_DIRECT)
			return 1;
	return 2;
}

/*
 * Of two that say proxy, the one that can; the privileged one; the locked one. Names,
 * and the addresses that stand for them, are the stricter one's, whatever order the
 * two were made in; where both let names go direct the outer one knows best which
 * must not. Else the one that was made last, but of two locked ones the first.
 */
static bool judge_prefers(const struct judge *judge, const struct mprox_ctx *ctx,
			  const struct mprox_policy *policy)
{
	const struct mprox_ctx *best = judge->ruling->ctx;
	bool locked = READ_ONCE(ctx->locked);
	u32 mine, other;

	if ((ctx->net == judge->net) != (best->net == judge->net))
		return ctx->net == judge->net;
	if (ctx->privileged != best->privileged)
		return ctx->privileged;
	if (locked != READ_ONCE(best->locked))
		return locked;
	if (judge->by_name) {
		mine = judge_name_strictness(&policy->dns);
		other = judge_name_strictness(&judge->ruling->policy->dns);
		if (mine != other)
			return mine > other;
		if (mine < 2)
			return ctx->born < best->born;
	}
	return locked ? ctx->born < best->born : ctx->born > best->born;
}

/* @ctx holds whoever sends it: what does that change? */
static void judge_hear(struct judge *judge, struct mprox_ctx *ctx)
{
	struct mprox_ruling *ruling = judge->ruling;
	struct mprox_policy *policy;
	bool is_query = false;
	u32 verdict;

	policy = rcu_dereference(ctx->policy);
	verdict = judge_one(ctx, policy, judge, &is_query);
	judge->by_name |= is_query || mprox_name_is_fake(&policy->dns, judge->to);
	if (ruling->ctx &&
	    (judge_strictness(verdict) < judge_strictness(ruling->verdict) ||
	     (verdict == ruling->verdict && !judge_prefers(judge, ctx, policy))))
		return;
	ruling->verdict = verdict;
	ruling->is_query = is_query;
	ruling->ctx = ctx;
	ruling->policy = policy;
}

static void judge_ask(struct mprox_ctx *ctx, void *arg)
{
	struct judge *judge = arg;

	if (!judge_is_silent(ctx) && !judge_is_exempt(ctx, judge->net))
		judge_hear(judge, ctx);
}

void mprox_judge(struct mprox_ruling *ruling, const struct net *net, u8 proto,
		 const struct mprox_addr *to, bool local)
{
	struct judge judge = {
		.net = net,
		.proto = proto,
		.to = to,
		.local = local,
		.ruling = ruling,
	};

	*ruling = (struct mprox_ruling){ .verdict = MUTEX_PROXY_VERDICT_DIRECT };
	if (mprox_scope_for_each(net, judge_ask, &judge))
		*ruling = (struct mprox_ruling){
			.verdict = MUTEX_PROXY_VERDICT_BLOCK,
		};
}

/* Current is a thread of the kernel, whom no policy exempts. */
static void judge_ask_kernel(struct mprox_ctx *ctx, void *arg)
{
	if (!judge_is_silent(ctx))
		judge_hear(arg, ctx);
}

/**
 * struct judge_note - what the kernel connects in a call of current's
 * @key:	where
 * @held:	by a context, at least
 * @err:	one of them has no room for it
 */
struct judge_note {
	const struct mprox_key *key;
	bool held;
	int err;
};

static void judge_note_peer(struct mprox_ctx *ctx, void *arg)
{
	struct judge_note *note = arg;

	if (judge_is_silent(ctx) || judge_is_exempt(ctx, note->key->net))
		return;
	note->held = true;
	note->err = note->err ?: mprox_kernel_peer_note(ctx, note->key);
}

static int judge_note_call(const struct mprox_key *key)
{
	struct judge_note note = { .key = key };
	int err;

	err = mprox_scope_for_each(key->net, judge_note_peer, &note);
	if (!err && !note.held)
		mprox_kernel_peer_disown(key);
	return err ?: note.err;
}

void mprox_judge_kernel(struct mprox_ruling *ruling, const struct mprox_key *key,
			const struct mprox_addr *to)
{
	struct judge judge = {
		.net = key->net,
		.proto = IPPROTO_TCP,
		.to = to,
		.ruling = ruling,
	};
	int err;

	if (ruling->verdict == MUTEX_PROXY_VERDICT_BLOCK)
		return;
	err = current->flags & PF_KTHREAD ?
	      mprox_kernel_peer_for_each(key, judge_ask_kernel, &judge) :
	      judge_note_call(key);
	if (err)
		*ruling = (struct mprox_ruling){
			.verdict = MUTEX_PROXY_VERDICT_BLOCK,
		};
}

struct judge_hold {
	const struct net *net;
	bool is_held;
};

static void judge_ask_hold(struct mprox_ctx *ctx, void *arg)
{
	struct judge_hold *hold = arg;

	if (!judge_is_silent(ctx) && !judge_is_exempt(ctx, hold->net))
		hold->is_held = true;
}

bool mprox_is_held(const struct net *net)
{
	struct judge_hold hold = { .net = net };

	return mprox_scope_for_each(net, judge_ask_hold, &hold) || hold.is_held;
}
