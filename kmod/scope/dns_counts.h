/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MPROX_DNS_COUNTS_H
#define MPROX_DNS_COUNTS_H

/* What queries have come to; counted per context. */
enum mprox_dns_count {
	MPROX_DNS_COUNT_QUERIES,	/* all of them */
	MPROX_DNS_COUNT_FAKED,		/* answered with an address of ours */
	MPROX_DNS_COUNT_EMPTY,		/* answered: no such record or name */
	MPROX_DNS_COUNT_BLOCKED,	/* answered so because of a rule */
	MPROX_DNS_COUNT_CACHED,		/* answered with what is known */
	MPROX_DNS_COUNT_ASKED,		/* asked of the resolver */
	MPROX_DNS_COUNT_DIRECT,		/* left as they were */
	MPROX_DNS_COUNT_BAD,		/* malformed, or nothing that we do */
	MPROX_DNS_COUNTS
};

#endif
