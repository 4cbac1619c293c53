/* SPDX-License-Identifier: GPL-2.0 */
/* Which server a connection is given to. */
#ifndef MPROX_CHOOSE_H
#define MPROX_CHOOSE_H

#include <linux/atomic.h>
#include <linux/uidgid.h>
#include "servers/server.h"

/**
 * struct mprox_group - the servers that a connection may be given to
 * @servers:	@nr of them
 * @strategy:	MUTEX_PROXY_STRATEGY_*
 * @turn:	counts connections, for the strategies that take turns
 */
struct mprox_group {
	const struct mprox_server *servers;
	u32 nr;
	u32 strategy;
	atomic_t *turn;
};

/**
 * mprox_choose - the server to try next
 * @group:	whose servers are there until it returns
 * @family:	of the way to it
 * @to:		the address that was asked for
 * @uid:	whose it is: for MUTEX_PROXY_STRATEGY_HASH_SRC
 * @tried:	bitmap of the servers that are out of the question for now, of
 *		MUTEX_PROXY_MAX_SERVERS bits; NULL: none
 *
 * Those that failed of late come behind the others, the one whose pause ends
 * first before the rest. Returns its index, or -1: none of this family is left.
 * Any context.
 */
int mprox_choose(const struct mprox_group *group, u32 family,
		 const struct in6_addr *to, kuid_t uid,
		 const unsigned long *tried);

/* How many servers there are for a family, but for those of @tried. Any context. */
u32 mprox_choose_count(const struct mprox_group *group, u32 family,
		       const unsigned long *tried);

/*
 * Are the servers of the family that @family is not the better ones, as none of the
 * others has not failed of late; or the only ones? Any context.
 */
bool mprox_choose_prefers_other(const struct mprox_group *group, u32 family);

#endif
