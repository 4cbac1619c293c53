/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * A real resolver's answer: what it is asked, what of its answer is believed,
 * and how that is passed on, at once or out of a cache.
 */
#ifndef MPROX_DNS_RESPONSE_H
#define MPROX_DNS_RESPONSE_H

#include "dns.h"

/* TCP's length, header, the longest question, OPT. */
#define MPROX_DNS_ASK_MAX	(2 + 12 + 255 + 4 + 11)

/* How long anything is kept: a day, and RFC 2308, 5: one to three hours. */
#define MPROX_DNS_TTL_MAX		86400
#define MPROX_DNS_TTL_NEGATIVE_MAX	3600

/* An answer with more records is cut there. */
#define MPROX_DNS_RECORDS_MAX	128
/* So many names in a row: no resolver follows more CNAMEs. */
#define MPROX_DNS_CHAIN_MAX	16

/**
 * struct mprox_dns_response - what is kept of a resolver's message
 * @rcode:	of its header; what an OPT record would add is not read, as
 *		nothing we ask for can lead to that
 * @kept:	octets of the message from its beginning; the rest can be forgotten
 * @answers:	records kept of the answer section
 * @authority:	1: the SOA record of a negative answer follows them
 * @ttl:	seconds that a cache may keep it; 0: none may
 */
struct mprox_dns_response {
	u8 rcode;
	u16 kept;
	u16 answers;
	u16 authority;
	u32 ttl;
};

/**
 * mprox_dns_ask - write the query that a resolver gets over TCP
 * @to:		where to; MPROX_DNS_ASK_MAX octets are enough
 * @size:	octets at @to
 * @q:		what mprox_dns_parse() made of the client's query
 * @id:		of the query that is written
 *
 * Returns its length, with TCP's two octets of length in front, or 0: no room,
 * or @q is nothing to ask anybody (it has an rcode or no question, or a dot
 * stands within a label). Any context.
 */
size_t mprox_dns_ask(u8 *to, size_t size, const struct mprox_dns_query *q,
		     u16 id);

/**
 * mprox_dns_asks_same - would both be asked in the same words, but for the id?
 *
 * False as well if one of them is nothing to ask anybody. What answers one answers
 * the other. Any context.
 */
bool mprox_dns_asks_same(const struct mprox_dns_query *a,
			 const struct mprox_dns_query *b);

/**
 * mprox_dns_response_read - check a resolver's message, and find what to keep
 * @r:		what to fill
 * @msg:	the message, without TCP's length
 * @len:	octets of @msg
 * @q:		what was asked by mprox_dns_ask()
 * @id:		of what was asked
 *
 * Kept is the longest beginning of the answer section whose records are of class
 * IN, of the type asked for or CNAME, DNAME or RRSIG, and belong to the name
 * asked for or one that a CNAME kept before them leads to; and a DNAME, with its
 * RRSIG, of a name above the last of these (RFC 6672, 2.2). CNAMEs lead nowhere
 * if CNAME or ANY is asked for (RFC 1034, 3.6.2).
 *
 * An answer is negative if it says so, or if it has no record of the type asked
 * for behind the last CNAME. If the authority section begins with the SOA record
 * of the last name or one above it, that is kept too, as long as every answer
 * was. It may be the root's: that is what a name in a domain gets that there is
 * none of ("printer.lan"). A cache needs it (RFC 2308, 5).
 *
 * Other rcodes than NOERROR and NXDOMAIN have no records, and no cache.
 *
 * Returns 0, or -EINVAL: it is no answer to @q (QR, id, opcode, question), is cut
 * off (TC), is malformed as far as it was read (that is up to the first record
 * that is not kept), or has answers of which none can be kept. Any context.
 */
int mprox_dns_response_read(struct mprox_dns_response *r, const u8 *msg,
			    size_t len, const struct mprox_dns_query *q, u16 id);

/**
 * mprox_dns_response_write - write what was kept as the answer to a query
 * @to:		where to
 * @size:	octets at @to
 * @r:		what mprox_dns_response_read() made of @msg
 * @msg:	the resolver's message, or a copy of its first @r->kept octets
 * @q:		what mprox_dns_parse() made of @query
 * @query:	any query for the same name and type, in any case
 * @age:	seconds since the message came; each TTL is less by that, at least 0
 * @limit:	octets that the client takes: @q->udp_size, or 65535 over TCP
 *
 * What is longer than @limit becomes an answer without records and with TC, so
 * that the client asks again over TCP (RFC 2181, 9).
 *
 * Returns its length, or 0: no room, or @msg does not answer @q. Any context.
 */
size_t mprox_dns_response_write(u8 *to, size_t size,
				const struct mprox_dns_response *r,
				const u8 *msg, const struct mprox_dns_query *q,
				const u8 *query, u32 age, size_t limit);

#endif
