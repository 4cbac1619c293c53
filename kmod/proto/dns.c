// SPDX-License-Identifier: GPL-2.0 OR MIT
#include "dns_wire.h"

/* RFC 6891, 6.2.5: what surely passes; the figure of DNS flag day 2020. */
#define UDP_SIZE	1232

static bool is_host_octet(u8 octet)
{
	u8 c = mprox_lower(octet);

	return (c >= 'a' && c <= 'z') || mprox_is_digit(c) || c == '-' ||
	       c == '_';
}

static void add_octet(struct mprox_dns_query *q, u8 octet)
{
	if (q->name_len < MPROX_DNS_NAME_MAX)
		q->name[q->name_len++] = mprox_lower(octet);
}

/*
 * The name of the question, which is the message's first: there is nothing
 * before it that a pointer could mean.
 */
static void dns_query_read_name(struct mprox_dns_cursor *c, struct mprox_dns_query *q)
{
	size_t start = c->at, i, len;
	bool is_host = true;

	for (;;) {
		if (c->bad || c->at >= c->len || c->msg[c->at] > LABEL_MAX) {
			c->bad = true;
			return;
		}
		len = c->msg[c->at];
		mprox_dns_skip(c, 1 + len);
		/* Text is one octet shorter than the labels, and has no root. */
		if (c->bad || c->at - start > MPROX_DNS_NAME_MAX + 2) {
			c->bad = true;
			return;
		}
		if (!len)
			break;
		if (q->name_len)
			add_octet(q, '.');
		for (i = c->at - len; i < c->at; i++) {
			is_host = is_host && is_host_octet(c->msg[i]);
			q->is_dotted = q->is_dotted || c->msg[i] == '.';
			add_octet(q, c->msg[i]);
		}
	}
	q->is_host = is_host && q->name_len;
}

void mprox_dns_skip_name(struct mprox_dns_cursor *c)
{
	while (!c->bad && c->at < c->len) {
		u8 octet = c->msg[c->at];

		if ((octet & POINTER) == POINTER) {
			mprox_dns_skip(c, 2);
			return;
		}
		if (octet > LABEL_MAX) {
			c->bad = true;
			return;
		}
		mprox_dns_skip(c, 1 + octet);
		if (!octet)
			return;
	}
	c->bad = true;
}

/* RFC 6891, 6.1.2 and 6.1.3: what OPT makes of the fixed fields of a record. */
static void read_opt(struct mprox_dns_cursor *c, struct mprox_dns_query *q)
{
	u16 size, version, flags;

	if (q->edns) {
		c->bad = true;
		return;
	}
	size = mprox_dns_get_u16(c);
	version = mprox_dns_get_u16(c) & 0xff;
	flags = mprox_dns_get_u16(c);
	mprox_dns_skip(c, mprox_dns_get_u16(c));
	q->edns = true;
	q->dnssec_ok = flags & 0x8000;
	if (size > q->udp_size)
		q->udp_size = size < MPROX_DNS_UDP_MAX ? size :
							 MPROX_DNS_UDP_MAX;
	if (version && !q->rcode)
		q->rcode = MPROX_DNS_BADVERS;
}

static void dns_query_read_record(struct mprox_dns_cursor *c, struct mprox_dns_query *q,
				  bool extra)
{
	bool is_root = c->at < c->len && !c->msg[c->at];

	mprox_dns_skip_name(c);
	if (mprox_dns_get_u16(c) == MPROX_DNS_OPT && extra && is_root) {
		read_opt(c, q);
		return;
	}
	mprox_dns_skip(c, 2 + 4);
	mprox_dns_skip(c, mprox_dns_get_u16(c));
}

static void dns_query_read_question(struct mprox_dns_cursor *c, struct mprox_dns_query *q)
{
	u16 class;

	dns_query_read_name(c, q);
	q->type = mprox_dns_get_u16(c);
	class = mprox_dns_get_u16(c);
	if (c->bad)
		return;
	q->question_len = c->at - HEADER_LEN;
	if ((class != CLASS_IN && class != CLASS_ANY) ||
	    q->type == MPROX_DNS_AXFR || q->type == MPROX_DNS_IXFR)
		q->rcode = MPROX_DNS_REFUSED;
}

bool mprox_dns_parse(struct mprox_dns_query *q, const u8 *msg, size_t len)
{
	struct mprox_dns_cursor c = { .msg = msg, .len = len };
	u16 questions, answers, authority, extra;

	memset(q, 0, sizeof(*q));
	q->udp_size = MPROX_DNS_UDP_MIN;
	q->id = mprox_dns_get_u16(&c);
	q->flags = mprox_dns_get_u16(&c);
	questions = mprox_dns_get_u16(&c);
	answers = mprox_dns_get_u16(&c);
	authority = mprox_dns_get_u16(&c);
	extra = mprox_dns_get_u16(&c);
	if (c.bad || q->flags & FLAG_QR)
		return false;
	if (q->flags & OPCODE) {
		q->rcode = MPROX_DNS_NOTIMP;
		return true;
	}
	/* RFC 9619: a query has one question. */
	if (questions != 1) {
		q->rcode = MPROX_DNS_FORMERR;
		return true;
	}
	dns_query_read_question(&c, q);
	/* Each takes eleven octets at least, so this ends with the message. */
	for (; !c.bad && answers + authority; answers ? answers-- : authority--)
		dns_query_read_record(&c, q, false);
	for (; !c.bad && extra; extra--)
		dns_query_read_record(&c, q, true);
	if (c.bad)
		q->rcode = MPROX_DNS_FORMERR;
	return true;
}

void mprox_dns_put_name(struct mprox_writer *w, const u8 *name, size_t len)
{
	size_t i, start = 0;

	for (i = 0; i <= len; i++) {
		if (i < len && name[i] != '.')
			continue;
		mprox_put_u8(w, i - start);
		mprox_put(w, name + start, i - start);
		start = i + 1;
	}
	mprox_put_u8(w, 0);
}

static void dns_put_record(struct mprox_writer *w,
			   const struct mprox_dns_record *record)
{
	/* RFC 1035, 4.1.4: the question's name, right behind the header. */
	mprox_dns_put_u16(w, POINTER << 8 | HEADER_LEN);
	mprox_dns_put_u16(w, record->type);
	mprox_dns_put_u16(w, CLASS_IN);
	mprox_dns_put_u32(w, record->ttl);
	switch (record->type) {
	case MPROX_DNS_A:
		mprox_dns_put_u16(w, 4);
		mprox_put(w, record->addr, 4);
		break;
	case MPROX_DNS_AAAA:
		mprox_dns_put_u16(w, 16);
		mprox_put(w, record->addr, 16);
		break;
	default:
		/* A label's length is an octet, as a dot is; and both ends. */
		mprox_dns_put_u16(w, record->name_len + 2);
		mprox_dns_put_name(w, record->name, record->name_len);
	}
}

void mprox_dns_put_opt(struct mprox_writer *w, const struct mprox_dns_query *q,
		       u8 rcode)
{
	mprox_put_u8(w, 0);
	mprox_dns_put_u16(w, MPROX_DNS_OPT);
	mprox_dns_put_u16(w, UDP_SIZE);
	mprox_put_u8(w, rcode >> 4);
	mprox_put_u8(w, 0);
	mprox_dns_put_u16(w, q->dnssec_ok ? 0x8000 : 0);
	mprox_dns_put_u16(w, 0);
}

size_t mprox_dns_answer(u8 *to, size_t size, const struct mprox_dns_query *q,
			const u8 *msg, u8 rcode,
			const struct mprox_dns_record *record)
{
	struct mprox_writer w = { .buf = to, .size = size };
	bool has_record = !rcode && record->type && q->question_len;

	mprox_dns_put_u16(&w, q->id);
	mprox_dns_put_u16(&w, FLAG_QR | FLAG_RA | (rcode & 0xf) |
		    (q->flags & (OPCODE | FLAG_RD | FLAG_CD)));
	mprox_dns_put_u16(&w, !!q->question_len);
	mprox_dns_put_u16(&w, has_record);
	mprox_dns_put_u16(&w, 0);
	mprox_dns_put_u16(&w, q->edns);
	mprox_put(&w, msg + HEADER_LEN, q->question_len);
	if (has_record)
		dns_put_record(&w, record);
	if (q->edns)
		mprox_dns_put_opt(&w, q, rcode);
	return w.len <= size ? w.len : 0;
}

static bool ends_with(const u8 *name, size_t *len, const char *tail)
{
	size_t tail_len = strlen(tail);

	if (*len <= tail_len || memcmp(name + *len - tail_len, tail, tail_len))
		return false;
	*len -= tail_len;
	return true;
}

/* "4.3.2.1", in decimal without leading zeros. */
static bool reverse_ipv4(const u8 *name, size_t len, u8 *addr)
{
	size_t at = 0;
	int i;

	for (i = 3; i >= 0; i--) {
		size_t start = at;
		u32 value = 0;

		while (at < len && at - start < 3 && mprox_is_digit(name[at]))
			value = value * 10 + name[at++] - '0';
		if (at == start || value > 255 ||
		    (name[start] == '0' && at - start > 1))
			return false;
		addr[i] = value;
		if (i && (at == len || name[at++] != '.'))
			return false;
	}
	return at == len;
}

static int hex_digit(u8 c)
{
	if (mprox_is_digit(c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* 32 digits with dots between them, the last one of the address first. */
static bool reverse_ipv6(const u8 *name, size_t len, u8 *addr)
{
	int i, digit;

	if (len != 2 * 32 - 1)
		return false;
	memset(addr, 0, 16);
	for (i = 0; i < 32; i++) {
		digit = hex_digit(name[2 * i]);
		if (digit < 0 || (i < 31 && name[2 * i + 1] != '.'))
			return false;
		addr[15 - i / 2] |= i % 2 ? digit << 4 : digit;
	}
	return true;
}

int mprox_dns_reverse(const u8 *name, size_t len, u8 addr[16])
{
	if (ends_with(name, &len, ".in-addr.arpa")) {
		memset(addr, 0, 16);
		return reverse_ipv4(name, len, addr) ? 4 : 0;
	}
	if (ends_with(name, &len, ".ip6.arpa"))
		return reverse_ipv6(name, len, addr) ? 6 : 0;
	return 0;
}

bool mprox_dns_matches(const u8 *name, size_t len, const u8 *pattern,
		       size_t pattern_len)
{
	if (pattern_len && pattern[0] == '*') {
		pattern++;
		pattern_len--;
		return len >= pattern_len + !!pattern_len &&
		       !memcmp(name + len - pattern_len, pattern, pattern_len);
	}
	return len == pattern_len && !memcmp(name, pattern, len);
}
