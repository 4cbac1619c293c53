/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* What dns.c and dns_response.c share of the wire; for nobody else. */
#ifndef MPROX_DNS_WIRE_H
#define MPROX_DNS_WIRE_H

#include "dns.h"
#include "scan.h"

/* RFC 1035, 4.1.1. */
#define HEADER_LEN	12
#define FLAG_QR		0x8000
#define FLAG_TC		0x0200
#define FLAG_RD		0x0100
#define FLAG_RA		0x0080
#define FLAG_CD		MPROX_DNS_CD
#define OPCODE		0x7800
#define RCODE		0x000f

/* RFC 1035, 3.1: two high bits tell labels from the rest. */
#define LABEL_MAX	63
#define POINTER		0xc0

#define CLASS_IN	1
#define CLASS_ANY	255

struct mprox_dns_cursor {
	const u8 *msg;
	size_t len;
	size_t at;
	bool bad;
};

static inline void mprox_dns_skip(struct mprox_dns_cursor *c, size_t len)
{
	if (c->bad || c->len - c->at < len)
		c->bad = true;
	else
		c->at += len;
}

/* 0 if there is none: the cursor is bad then. */
static inline u16 mprox_dns_get_u16(struct mprox_dns_cursor *c)
{
	mprox_dns_skip(c, 2);
	return c->bad ? 0 : c->msg[c->at - 2] << 8 | c->msg[c->at - 1];
}

static inline u32 mprox_dns_get_u32(struct mprox_dns_cursor *c)
{
	u32 high = mprox_dns_get_u16(c);

	return high << 16 | mprox_dns_get_u16(c);
}

/* RFC 2181, 8: one with the top bit set is none. */
static inline u32 mprox_dns_get_ttl(struct mprox_dns_cursor *c)
{
	u32 ttl = mprox_dns_get_u32(c);

	return ttl & 0x80000000 ? 0 : ttl;
}

static inline u32 mprox_dns_least(u32 a, u32 b)
{
	return a < b ? a : b;
}

/* Of names. No length of a label is a letter, so all octets are alike. */
static inline bool mprox_dns_same_octets(const u8 *a, const u8 *b, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (mprox_lower(a[i]) != mprox_lower(b[i]))
			return false;
	return true;
}

/* Its text must be its name, or somebody else's name would be asked for. */
static inline bool mprox_dns_can_be_asked(const struct mprox_dns_query *q)
{
	return !q->rcode && q->question_len && !q->is_dotted;
}

static inline void mprox_dns_put_u16(struct mprox_writer *w, u16 value)
{
	mprox_put_u8(w, value >> 8);
	mprox_put_u8(w, value & 0xff);
}

static inline void mprox_dns_put_u32(struct mprox_writer *w, u32 value)
{
	mprox_dns_put_u16(w, value >> 16);
	mprox_dns_put_u16(w, value);
}

/* The owner of a record that nobody reads: labels, and perhaps a pointer. */
void mprox_dns_skip_name(struct mprox_dns_cursor *c);

/* As labels, with the root at the end. @name has no empty one. */
void mprox_dns_put_name(struct mprox_writer *w, const u8 *name, size_t len);

/* Octets of it. */
#define MPROX_DNS_OPT_LEN	11

/* Our OPT record, with the DO bit of @q and the high bits of @rcode. */
void mprox_dns_put_opt(struct mprox_writer *w, const struct mprox_dns_query *q,
		       u8 rcode);

#endif
