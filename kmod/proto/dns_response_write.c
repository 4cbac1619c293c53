// SPDX-License-Identifier: GPL-2.0 OR MIT
/* What a resolver is asked, and what the client gets of its answer. */
#include "dns_response.h"
#include "dns_wire.h"

/* RFC 1035, 4.1.2: QTYPE and QCLASS behind the name. */
#define QUESTION_TAIL	4

/* The same name and type; the class is IN for us, whatever it is called. */
static bool same_question(const u8 *msg, const u8 *query, size_t len)
{
	size_t name_len = len - QUESTION_TAIL;

	return mprox_dns_same_octets(msg, query, name_len) &&
	       !memcmp(msg + name_len, query + name_len, 2);
}

/* Header and question, with the records that are to follow. */
static void put_head(struct mprox_writer *w, const struct mprox_dns_query *q,
		     const u8 *query, u16 flags, u16 answers, u16 authority)
{
	mprox_dns_put_u16(w, q->id);
	mprox_dns_put_u16(w, FLAG_QR | FLAG_RA | flags |
			     (q->flags & (FLAG_RD | FLAG_CD)));
	mprox_dns_put_u16(w, 1);
	mprox_dns_put_u16(w, answers);
	mprox_dns_put_u16(w, authority);
	mprox_dns_put_u16(w, q->edns);
	mprox_put(w, query + HEADER_LEN, q->question_len);
}

static void dns_write_put_record(struct mprox_writer *w, struct mprox_dns_cursor *c,
				 u32 ttl_max, u32 age)
{
	size_t start = c->at;
	u32 ttl;

	mprox_dns_skip_name(c);
	mprox_dns_skip(c, 2 + 2);
	mprox_put(w, c->msg + start, c->at - start);
	ttl = mprox_dns_least(mprox_dns_get_ttl(c), ttl_max);
	mprox_dns_put_u32(w, ttl > age ? ttl - age : 0);
	start = c->at;
	mprox_dns_skip(c, mprox_dns_get_u16(c));
	mprox_put(w, c->msg + start, c->at - start);
}

static bool put_records(struct mprox_writer *w,
			const struct mprox_dns_response *r,
			struct mprox_dns_cursor *c, u32 age)
{
	u16 i;

	for (i = 0; i < r->answers && !c->bad; i++)
		dns_write_put_record(w, c, 0xffffffff, age);
	/* RFC 2308, 5: a SOA says how much longer there is nothing. */
	if (r->authority)
		dns_write_put_record(w, c, r->ttl, age);
	return !c->bad;
}

size_t mprox_dns_response_write(u8 *to, size_t size,
				const struct mprox_dns_response *r,
				const u8 *msg, const struct mprox_dns_query *q,
				const u8 *query, u32 age, size_t limit)
{
	struct mprox_writer w = { .buf = to, .size = size };
	struct mprox_dns_cursor c = { .msg = msg, .len = r->kept,
				      .at = HEADER_LEN + q->question_len };

	if (!mprox_dns_can_be_asked(q) || c.at > c.len ||
	    !same_question(msg + HEADER_LEN, query + HEADER_LEN,
			   q->question_len))
		return 0;
	put_head(&w, q, query, r->rcode, r->answers, r->authority);
	if (!put_records(&w, r, &c, age))
		return 0;
	if (q->edns)
		mprox_dns_put_opt(&w, q, r->rcode);
	if (w.len > limit) {
		w.len = 0;
		put_head(&w, q, query, r->rcode | FLAG_TC, 0, 0);
		if (q->edns)
			mprox_dns_put_opt(&w, q, r->rcode);
	}
	return w.len <= size && w.len <= limit ? w.len : 0;
}

size_t mprox_dns_ask(u8 *to, size_t size, const struct mprox_dns_query *q,
		     u16 id)
{
	struct mprox_writer w = { .buf = to, .size = size };

	if (!mprox_dns_can_be_asked(q))
		return 0;
	mprox_dns_put_u16(&w, HEADER_LEN + q->question_len +
			      (q->edns ? MPROX_DNS_OPT_LEN : 0));
	mprox_dns_put_u16(&w, id);
	mprox_dns_put_u16(&w, FLAG_RD | (q->flags & FLAG_CD));
	mprox_dns_put_u16(&w, 1);
	mprox_dns_put_u16(&w, 0);
	mprox_dns_put_u16(&w, 0);
	mprox_dns_put_u16(&w, q->edns);
	/* The root has no label of its own. */
	if (q->name_len)
		mprox_dns_put_name(&w, q->name, q->name_len);
	else
		mprox_put_u8(&w, 0);
	mprox_dns_put_u16(&w, q->type);
	mprox_dns_put_u16(&w, CLASS_IN);
	if (q->edns)
		mprox_dns_put_opt(&w, q, 0);
	return w.len <= size ? w.len : 0;
}

bool mprox_dns_asks_same(const struct mprox_dns_query *a,
			 const struct mprox_dns_query *b)
{
	return mprox_dns_can_be_asked(a) && mprox_dns_can_be_asked(b) &&
	       a->type == b->type && !((a->flags ^ b->flags) & FLAG_CD) &&
	       a->edns == b->edns && a->dnssec_ok == b->dnssec_ok &&
	       a->name_len == b->name_len &&
	       !memcmp(a->name, b->name, a->name_len);
}
