/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* What the rules of a policy say of a destination. */
#ifndef MPROX_RULES_MATCH_H
#define MPROX_RULES_MATCH_H

#include <linux/mutex_proxy.h>
#include "../freestanding.h"

/**
 * struct mprox_destination - where something is sent to
 * @family:	AF_INET or AF_INET6
 * @proto:	IPPROTO_*
 * @port:	host byte order; 0 where @proto has none
 * @addr:	network byte order; IPv4 in the first four octets
 */
struct mprox_destination {
	u16 family;
	u8 proto;
	u16 port;
	const u8 *addr;
};

/* From where is an address the same host's? */
enum mprox_reach {
	MPROX_REACH_NOBODY,	/* it is no host's: multicast, unspecified, ... */
	MPROX_REACH_HERE,	/* this one: loopback */
	MPROX_REACH_LINK,	/* those of one link */
	MPROX_REACH_ANYWHERE,
};

/* @addr: as in struct mprox_destination. */
enum mprox_reach mprox_match_reach(u16 family, const u8 *addr);

/* Is @to one of those that @rule is about? */
bool mprox_match_rule(const struct mutex_proxy_rule *rule,
		      const struct mprox_destination *to);

/* One more than the index of the first of @rules that is about @to; 0: none is. */
u32 mprox_match_find(const struct mutex_proxy_rule *rules, u32 nr,
		     const struct mprox_destination *to);

/**
 * mprox_match_verdict - what the first of @rules that is about @to says
 * @local:	@to is an address of the machine's own that is direct by itself
 *
 * Returns MUTEX_PROXY_VERDICT_*. Behind the last rule stand the built-in ones, see
 * struct mutex_proxy_rule.
 */
u32 mprox_match_verdict(const struct mutex_proxy_rule *rules, u32 nr,
			const struct mprox_destination *to, bool local);

/*
 * Was one of @rules written for @to's very port? A rule about all ports, a bypassed
 * network for instance, was not, and must not give away the names that are asked for
 * there.
 */
bool mprox_match_names_port(const struct mutex_proxy_rule *rules, u32 nr,
			    const struct mprox_destination *to);

#endif
