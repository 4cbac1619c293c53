// SPDX-License-Identifier: GPL-2.0
#include "policy/fake.h"

#include <net/ipv6.h>

/* The network's own address is left out: some programs take it for a broadcast. */
#define FIRST_HOST	1

static bool is_fake4(const struct mprox_dns *dns, u32 addr)
{
	return dns->capacity && !((addr ^ dns->fake4) >> (32 - dns->fake4_prefix));
}

static bool is_fake6(const struct mprox_dns *dns, const struct in6_addr *addr)
{
	return dns->capacity &&
	       ipv6_prefix_equal(addr, &dns->fake6, dns->fake6_prefix);
}

bool mprox_name_is_fake(const struct mprox_dns *dns,
			const struct mprox_addr *addr)
{
	if (addr->family == AF_INET)
		return is_fake4(dns, ntohl(addr->addr.s6_addr32[0]));
	return is_fake6(dns, &addr->addr);
}

void mprox_name_address(const struct mprox_dns *dns, u16 family, u32 index,
			struct in6_addr *addr)
{
	memset(addr, 0, sizeof(*addr));
	if (family == AF_INET) {
		addr->s6_addr32[0] = htonl(dns->fake4 + FIRST_HOST + index);
		return;
	}
	*addr = dns->fake6;
	addr->s6_addr32[3] = htonl(ntohl(addr->s6_addr32[3]) + FIRST_HOST + index);
}

int mprox_name_index(const struct mprox_dns *dns, const struct mprox_addr *addr)
{
	struct in6_addr back;
	u32 index;

	if (!mprox_name_is_fake(dns, addr))
		return -1;
	if (addr->family == AF_INET)
		index = ntohl(addr->addr.s6_addr32[0]) - dns->fake4;
	else
		index = ntohl(addr->addr.s6_addr32[3]) -
			ntohl(dns->fake6.s6_addr32[3]);
	index -= FIRST_HOST;
	/* Bits between the prefix and the index must be the network's. */
	mprox_name_address(dns, addr->family, index, &back);
	if (index >= dns->capacity || !ipv6_addr_equal(&back, &addr->addr))
		return -1;
	return index;
}
