/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What all the contexts that hold a process say of what it sends. The strictest of
 * them is heard: one that blocks before one that proxies, and that before one that
 * lets it go direct. So no context that a process enters, or makes, relaxes another.
 */
#ifndef MPROX_JUDGE_H
#define MPROX_JUDGE_H

#include "context.h"

/**
 * struct mprox_ruling - what becomes of it
 * @verdict:	MUTEX_PROXY_VERDICT_*; DIRECT where nobody holds the process
 * @is_query:	it asks for a name: mprox_dns_*() of @ctx decides. @verdict is
 *		PROXY then
 * @ctx:	whose verdict it is. NULL: nobody's (DIRECT), or the process is lost
 *		(BLOCK)
 * @policy:	of @ctx; NULL with it
 */
struct mprox_ruling {
	u32 verdict;
	bool is_query;
	struct mprox_ctx *ctx;
	struct mprox_policy *policy;
};

/*
 * Judges what current sends to @to by @proto (IPPROTO_*) in @net; @local: that
 * stays on this machine, see mprox_is_local(). Process context, under rcu_read_lock(),
 * which what is found is good under.
 */
void mprox_judge(struct mprox_ruling *ruling, const struct net *net, u8 proto,
		 const struct mprox_addr *to, bool local);

/*
 * Is current held by any context that does not exempt it, in whatever namespace? As
 * mprox_judge().
 */
bool mprox_is_held(const struct net *net);

#endif
