// SPDX-License-Identifier: GPL-2.0 OR MIT
#include "match.h"

#ifdef __KERNEL__
#include <linux/socket.h>
#else
#include <sys/socket.h>
#endif

static bool has_prefix(const u8 *addr, const u8 *net, u8 bits)
{
	u8 octets = bits / 8, rest = bits % 8;

	return !memcmp(addr, net, octets) &&
	       (!rest || !((addr[octets] ^ net[octets]) >> (8 - rest)));
}

/* RFC 1122, 3.2.1.3: this host, loopback; RFC 3927, RFC 1112 and RFC 919. */
static enum mprox_reach reach_of_ipv4(const u8 *addr)
{
	static const u8 broadcast[4] = { 255, 255, 255, 255 };

	if (addr[0] == 127)
		return MPROX_REACH_HERE;
	if (addr[0] == 169 && addr[1] == 254)
		return MPROX_REACH_LINK;
	if (addr[0] == 0 || addr[0] >> 4 == 14 || !memcmp(addr, broadcast, 4))
		return MPROX_REACH_NOBODY;
	return MPROX_REACH_ANYWHERE;
}

/* RFC 4291, 2.5 and 2.7: ::, ::1, ff00::/8 and fe80::/10. */
static enum mprox_reach reach_of_ipv6(const u8 *addr)
{
	static const u8 zero[15];

	if (!memcmp(addr, zero, 15) && addr[15] <= 1)
		return addr[15] ? MPROX_REACH_HERE : MPROX_REACH_NOBODY;
	if (addr[0] == 0xff)
		return MPROX_REACH_NOBODY;
	return addr[0] == 0xfe && addr[1] >> 6 == 2 ? MPROX_REACH_LINK :
						      MPROX_REACH_ANYWHERE;
}

enum mprox_reach mprox_match_reach(u16 family, const u8 *addr)
{
	return family == AF_INET ? reach_of_ipv4(addr) : reach_of_ipv6(addr);
}

bool mprox_match_rule(const struct mutex_proxy_rule *rule,
		      const struct mprox_destination *to)
{
	if (rule->proto && rule->proto != to->proto)
		return false;
	if (rule->port_last &&
	    (to->port < rule->port_first || to->port > rule->port_last))
		return false;
	return !rule->family ||
	       (rule->family == to->family &&
		has_prefix(to->addr, rule->addr, rule->prefix));
}

u32 mprox_match_find(const struct mutex_proxy_rule *rules, u32 nr,
		     const struct mprox_destination *to)
{
	u32 i;

	for (i = 0; i < nr; i++)
		if (mprox_match_rule(&rules[i], to))
			return i + 1;
	return 0;
}

u32 mprox_match_verdict(const struct mutex_proxy_rule *rules, u32 nr,
			const struct mprox_destination *to, bool local)
{
	u32 found = mprox_match_find(rules, nr, to);

	if (found)
		return rules[found - 1].verdict;
	return local || mprox_match_reach(to->family, to->addr) !=
			MPROX_REACH_ANYWHERE ?
	       MUTEX_PROXY_VERDICT_DIRECT : MUTEX_PROXY_VERDICT_PROXY;
}

bool mprox_match_names_port(const struct mutex_proxy_rule *rules, u32 nr,
			    const struct mprox_destination *to)
{
	u32 i;

	for (i = 0; i < nr; i++)
		if (rules[i].port_last && mprox_match_rule(&rules[i], to))
			return true;
	return false;
}
