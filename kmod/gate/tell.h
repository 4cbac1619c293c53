/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Private to gate/: what the gate lets past the proxy, or does not let out, is told to who
 * reads events.
 */
#ifndef MPROX_TELL_H
#define MPROX_TELL_H

#include "gate/judge.h"

struct sock;

/**
 * struct mprox_deed - something that current does
 * @net:	where
 * @proto:	IPPROTO_*
 * @sk:		by this socket
 * @to:		to whom
 * @scope_id:	of @to, if it is link-local
 */
struct mprox_deed {
	const struct net *net;
	u8 proto;
	const struct sock *sk;
	const struct mprox_addr *to;
	u32 scope_id;
};

/*
 * Process context, under rcu_read_lock() or with references to what @ruling names. Why
 * it was ruled so is found out here, and only if somebody reads.
 */

/* A connection that @ruling has let through. */
void mprox_tell_direct(const struct mprox_ruling *ruling, const struct mprox_deed *deed);

/*
 * Is not let out, and counted. @reason: MUTEX_PROXY_REASON_*, or 0: as @ruling has it.
 * @error: negative errno, which the program gets.
 */
void mprox_tell_refused(const struct mprox_ruling *ruling, const struct mprox_deed *deed,
			enum mprox_refused kind, u16 reason, int error);

#endif
