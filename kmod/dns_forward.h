/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MPROX_DNS_FORWARD_H
#define MPROX_DNS_FORWARD_H

#include "mprox.h"

/* An answer that is longer is not passed on. RFC 6891, 6.2.5's usual figure. */
#define MPROX_DNS_FORWARD_MAX	4096

/**
 * mprox_dns_forward - asks a resolver itself, over TCP and without any proxy
 * @net:	where
 * @resolver:	whom
 * @msg:	the query, without TCP's length
 * @len:	octets of @msg
 * @to:		where the answer goes: MPROX_DNS_FORWARD_MAX octets
 *
 * Returns the answer's length or a negative errno. Process context; takes as
 * long as the resolver does, some seconds at most.
 */
int mprox_dns_forward(struct net *net, const struct mprox_addr *resolver,
		      const u8 *msg, size_t len, u8 *to);

#endif
