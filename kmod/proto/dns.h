/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * DNS messages: RFC 1035, with EDNS (RFC 6891). A query is read and an answer to
 * it is written; whoever holds the names decides what the answer is.
 */
#ifndef MPROX_DNS_H
#define MPROX_DNS_H

#include "proto.h"

#define MPROX_DNS_PORT		53

/* RFC 1035, 2.3.4: a name has 255 octets on the wire, so 253 as text. */
#define MPROX_DNS_NAME_MAX	253
/* A query that is longer has nothing to say to us. */
#define MPROX_DNS_QUERY_MAX	1024
/*
 * The longest answer: header, question, PTR with its name, OPT. Shorter than the
 * 512 octets that every client takes (RFC 1035, 4.2.1), as a name that leads to
 * a PTR is short; so nothing is ever truncated.
 */
#define MPROX_DNS_ANSWER_MAX	512
/* RFC 6891, 6.2.3 and 6.2.5: how long an answer a client takes in a datagram. */
#define MPROX_DNS_UDP_MIN	512
#define MPROX_DNS_UDP_MAX	4096

/* RFC 4035, 3.2.2, of the flags: do not check what DNSSEC says. */
#define MPROX_DNS_CD		0x0010

enum mprox_dns_type {		/* RFC 1035 3.2.2; 3596; 2782; 6672; 6891; 4034 */
	MPROX_DNS_A = 1,
	MPROX_DNS_NS = 2,
	MPROX_DNS_CNAME = 5,
	MPROX_DNS_SOA = 6,
	MPROX_DNS_PTR = 12,
	MPROX_DNS_MX = 15,
	MPROX_DNS_AAAA = 28,
	MPROX_DNS_SRV = 33,
	MPROX_DNS_DNAME = 39,
	MPROX_DNS_OPT = 41,
	MPROX_DNS_RRSIG = 46,
	MPROX_DNS_IXFR = 251,
	MPROX_DNS_AXFR = 252,
	MPROX_DNS_ANY = 255,
};

enum mprox_dns_rcode {		/* RFC 1035 4.1.1; RFC 6891 9 */
	MPROX_DNS_NOERROR = 0,
	MPROX_DNS_FORMERR = 1,
	MPROX_DNS_SERVFAIL = 2,
	MPROX_DNS_NXDOMAIN = 3,
	MPROX_DNS_NOTIMP = 4,
	MPROX_DNS_REFUSED = 5,
	MPROX_DNS_BADVERS = 16,
};

/**
 * struct mprox_dns_query - what a query asks
 * @id:		of the message
 * @flags:	its second 16 bits
 * @type:	QTYPE
 * @rcode:	enum mprox_dns_rcode: NOERROR if it can be answered, else what to
 *		answer whatever the names say
 * @question_len: octets of the question behind the header; 0: it has none that
 *		could be repeated
 * @edns:	it has an OPT record, so the answer has one
 * @dnssec_ok:	its DO bit, which is repeated (RFC 3225, 3)
 * @udp_size:	octets that an answer in a datagram may have: what its OPT record
 *		says, within MPROX_DNS_UDP_MIN and MPROX_DNS_UDP_MAX
 * @is_dotted:	a dot stands within a label, so that @name is not all there is to
 *		know of the name
 * @is_host:	@name could be the name of a host: labels of letters, digits,
 *		'-' and '_'
 * @name_len:	octets of @name; 0: the root
 * @name:	QNAME as text in lower case, without a dot at the end, not
 *		NUL-terminated; octets that have no place in a host's name stand
 *		there as they are
 */
struct mprox_dns_query {
	u16 id;
	u16 flags;
	u16 type;
	u8 rcode;
	u16 question_len;
	bool edns;
	u16 udp_size;
	bool dnssec_ok;
	bool is_dotted;
	bool is_host;
	u8 name_len;
	u8 name[MPROX_DNS_NAME_MAX];
};

/**
 * struct mprox_dns_record - the one record of an answer
 * @type:	A, AAAA or PTR; 0: there is none, and the answer is empty
 * @ttl:	seconds
 * @addr:	A, AAAA: the address, network byte order
 * @name:	PTR: the name, as text
 * @name_len:	octets of @name, 1 to MPROX_DNS_NAME_MAX
 */
struct mprox_dns_record {
	u16 type;
	u32 ttl;
	u8 addr[16];
	const u8 *name;
	u8 name_len;
};

/**
 * mprox_dns_parse - read a query
 * @q:		what to fill
 * @msg:	the message, without TCP's length
 * @len:	octets of @msg
 *
 * Returns false if it is not to be answered at all: too short for a header, or
 * a response (two servers could talk for ever). Any context.
 */
bool mprox_dns_parse(struct mprox_dns_query *q, const u8 *msg, size_t len);

/**
 * mprox_dns_answer - write the answer to a query
 * @to:		where to; MPROX_DNS_ANSWER_MAX octets are enough
 * @size:	octets at @to
 * @q:		what mprox_dns_parse() made of @msg
 * @msg:	the query: its question is repeated as it was written, so that its
 *		case is kept
 * @rcode:	enum mprox_dns_rcode
 * @record:	the answer; its type 0: empty
 *
 * Returns its length, or 0: no room. Any context.
 */
size_t mprox_dns_answer(u8 *to, size_t size, const struct mprox_dns_query *q,
			const u8 *msg, u8 rcode,
			const struct mprox_dns_record *record);

/* RFC 1035, 4.1.1: of a whole message. */
static inline u8 mprox_dns_rcode(const u8 *msg)
{
	return msg[3] & 0xf;
}

/**
 * mprox_dns_reverse - the address that a name below in-addr.arpa or ip6.arpa
 *	stands for (RFC 1035, 3.5; RFC 3596, 2.5)
 * @name:	as in struct mprox_dns_query
 * @len:	octets of @name
 * @addr:	the address, network byte order; IPv4 in the first four
 *
 * Returns 4, 6, or 0: it is no whole address.
 */
int mprox_dns_reverse(const u8 *name, size_t len, u8 addr[16]);

/**
 * mprox_dns_matches - is a name what a pattern means?
 * @name:	as in struct mprox_dns_query
 * @len:	octets of @name
 * @pattern:	in lower case: "host.example" is that name alone,
 *		"*.example" everything below example, "*" everything
 * @pattern_len: octets of @pattern
 */
bool mprox_dns_matches(const u8 *name, size_t len, const u8 *pattern,
		       size_t pattern_len);

#endif
