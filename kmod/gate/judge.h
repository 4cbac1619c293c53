/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What all the contexts that hold a process say of what it sends. The strictest of
 * them is heard: one that blocks before one that proxies, and that before one that
 * lets it go direct. So no context that a process enters, or makes, relaxes another.
 */
#ifndef MPROX_JUDGE_H
#define MPROX_JUDGE_H

#include "scope/context.h"

struct mprox_key;

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
 * Likewise a connection by a socket of the kernel's own (mprox_is_kernel_sock()), which
 * @ruling is about: in a call of current's, whose contexts own such connections from
 * now on; or in a thread of the kernel, and then those contexts judge.
 */
void mprox_judge_kernel(struct mprox_ruling *ruling, const struct mprox_key *key,
			const struct mprox_addr *to);

/*
 * Is current held by any context that does not exempt it, in whatever namespace? As
 * mprox_judge().
 */
bool mprox_is_held(const struct net *net);

#endif
