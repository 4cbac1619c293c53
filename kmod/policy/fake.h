/* SPDX-License-Identifier: GPL-2.0 */
/* The ranges of addresses that stand for names: an address is a name's index. */
#ifndef MPROX_FAKE_H
#define MPROX_FAKE_H

#include "policy/policy.h"

/* Names of a context: at some 100 octets each, what it can pin is some 7 MiB. */
#define MPROX_NAMES_MAX		65536

/* Is it an address of the ranges? */
bool mprox_name_is_fake(const struct mprox_dns *dns,
			const struct mprox_addr *addr);

/* The address of @family that stands for @index. */
void mprox_name_address(const struct mprox_dns *dns, u16 family, u32 index,
			struct in6_addr *addr);

/* The index that @addr stands for, below @dns->capacity; -1: none. */
int mprox_name_index(const struct mprox_dns *dns, const struct mprox_addr *addr);

#endif
