// SPDX-License-Identifier: GPL-2.0 OR MIT
#include "dns_response.h"
#include "dns_wire.h"

/* RFC 1035, 2.3.4, on the wire; and as each label has two octets at least: */
#define NAME_OCTETS	255
#define NAME_LABELS	127
/* TCP cannot carry more. */
#define MESSAGE_MAX	65535

/**
 * struct walk - reading a message
 * @c:		where we are
 * @q:		what was asked
 * @chain:	offsets of the names that records may belong to: the question's, and
 *		where CNAMEs lead
 * @changing:	offsets of four octets that another answer made of this message
 *		has otherwise, ascending: QTYPE and QCLASS, and each TTL. No name
 *		may lead through them.
 * @nr_chain:	how many are in @chain
 * @nr_changing: how many are in @changing
 * @ttl:	the least so far
 * @found:	there is a record of the type asked for at the end of the chain
 */
struct walk {
	struct mprox_dns_cursor c;
	const struct mprox_dns_query *q;
	u16 chain[MPROX_DNS_CHAIN_MAX];
	u16 changing[1 + MPROX_DNS_RECORDS_MAX + 1];
	u16 nr_chain;
	u16 nr_changing;
	u32 ttl;
	bool found;
};

struct record {
	size_t owner;
	u16 type;
	u16 class;
	u32 ttl;
	size_t data;
};

/* What RDATA has to look like: octets, names, octets, and perhaps others. */
struct shape {
	u16 type;
	u8 before;
	u8 names;
	u8 after;
	bool more;
};

static const struct shape shapes[] = {
	{ .type = MPROX_DNS_A, .before = 4 },
	{ .type = MPROX_DNS_NS, .names = 1 },
	{ .type = MPROX_DNS_CNAME, .names = 1 },
	{ .type = MPROX_DNS_SOA, .names = 2, .after = 20 },
	{ .type = MPROX_DNS_PTR, .names = 1 },
	{ .type = MPROX_DNS_MX, .before = 2, .names = 1 },
	{ .type = MPROX_DNS_AAAA, .before = 16 },
	{ .type = MPROX_DNS_SRV, .before = 6, .names = 1 },
	{ .type = MPROX_DNS_DNAME, .names = 1 },
	{ .type = MPROX_DNS_RRSIG, .before = 18, .names = 1, .more = true },
};

static bool is_pointer(u8 octet)
{
	return (octet & POINTER) == POINTER;
}

static u16 u16_at(const u8 *at)
{
	return at[0] << 8 | at[1];
}

static u32 u32_at(const u8 *at)
{
	return (u32)u16_at(at) << 16 | u16_at(at + 2);
}

/* Is any of these octets one that does not stay as it is? */
static bool is_changing(const struct walk *w, size_t from, size_t to)
{
	size_t low = 0, high = w->nr_changing;

	/* The first that does not end before @from. */
	while (low < high) {
		size_t middle = (low + high) / 2;
		size_t end = w->changing[middle] + 4;

		if (end <= from)
			low = middle + 1;
		else
			high = middle;
	}
	return low < w->nr_changing && w->changing[low] < to;
}

/* The octets of the label or pointer at @at, if they end before @end; else 0. */
static size_t piece_len(const u8 *msg, size_t at, size_t end)
{
	size_t len;

	if (at >= end)
		return 0;
	if (is_pointer(msg[at]))
		len = 2;
	else if (msg[at] <= LABEL_MAX)
		len = 1 + msg[at];
	else
		return 0;
	return end - at < len ? 0 : len;
}

/*
 * A name, wherever its pointers lead; the cursor goes to what follows it. Each
 * pointer leads to what has ended before the piece that it stands in begins, so
 * this comes to an end.
 */
static bool follow_name(struct walk *w)
{
	size_t run = w->c.at, at = run, end = w->c.len, octets = 0, jumps = 0;
	const u8 *msg = w->c.msg;

	for (;;) {
		size_t len = piece_len(msg, at, end), target;

		if (!len || (jumps && is_changing(w, at, at + len)))
			return false;
		if (!jumps)
			w->c.at = at + len;
		if (!is_pointer(msg[at])) {
			octets += len;
			if (octets > NAME_OCTETS)
				return false;
			if (len == 1)
				return true;
			at += len;
			continue;
		}
		target = u16_at(msg + at) & 0x3fff;
		if (target < HEADER_LEN || target >= run ||
		    ++jumps > NAME_LABELS)
			return false;
		end = run;
		run = target;
		at = target;
	}
}

/* Its offset. */
static size_t dns_response_read_name(struct walk *w)
{
	size_t start = w->c.at;

	if (!w->c.bad && !follow_name(w))
		w->c.bad = true;
	return start;
}

/* Where the label begins that @at means. Only in names that were read. */
static size_t label_at(const u8 *msg, size_t at)
{
	while (is_pointer(msg[at]))
		at = u16_at(msg + at) & 0x3fff;
	return at;
}

static size_t next_label(const u8 *msg, size_t at)
{
	return label_at(msg, at + 1 + msg[at]);
}

static bool same_name(const u8 *msg, size_t a, size_t b)
{
	a = label_at(msg, a);
	b = label_at(msg, b);
	while (a != b) {
		if (!mprox_dns_same_octets(msg + a, msg + b, 1 + msg[a]))
			return false;
		if (!msg[a])
			return true;
		a = next_label(msg, a);
		b = next_label(msg, b);
	}
	return true;
}

static int count_labels(const u8 *msg, size_t at)
{
	int count = 0;

	for (at = label_at(msg, at); msg[at]; at = next_label(msg, at))
		count++;
	return count;
}

/* How many labels @name has in front of @top; negative: it is not below it. */
static int depth_below(const u8 *msg, size_t name, size_t top)
{
	int depth = count_labels(msg, name) - count_labels(msg, top), i;

	name = label_at(msg, name);
	for (i = 0; i < depth; i++)
		name = next_label(msg, name);
	return depth >= 0 && same_name(msg, name, top) ? depth : -1;
}

static size_t chain_end(const struct walk *w)
{
	return w->chain[w->nr_chain - 1];
}

static const struct shape *shape_of(const struct record *record)
{
	size_t i;

	/* Other classes may have their own (RFC 1035, 3.3 and 3.4). */
	for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		if (shapes[i].type == record->type && record->class == CLASS_IN)
			return &shapes[i];
	return NULL;
}

/* RDATA up to @end, which is not beyond the message's. */
static void read_data(struct walk *w, const struct shape *shape, size_t end)
{
	struct mprox_dns_cursor *c = &w->c;
	int names;

	if (shape) {
		mprox_dns_skip(c, shape->before);
		for (names = shape->names; names; names--)
			dns_response_read_name(w);
		mprox_dns_skip(c, shape->after);
		if (c->at > end || (c->at < end && !shape->more))
			c->bad = true;
	}
	if (!c->bad)
		c->at = end;
}

/* There must be room in w->changing. */
static void dns_response_read_record(struct walk *w, struct record *record)
{
	struct mprox_dns_cursor *c = &w->c;
	u16 len;

	record->owner = dns_response_read_name(w);
	record->type = mprox_dns_get_u16(c);
	record->class = mprox_dns_get_u16(c);
	w->changing[w->nr_changing++] = c->at;
	record->ttl = mprox_dns_get_ttl(c);
	len = mprox_dns_get_u16(c);
	record->data = c->at;
	if (!c->bad && c->len - c->at < len)
		c->bad = true;
	if (!c->bad)
		read_data(w, shape_of(record), c->at + len);
}

/* A DNAME, or the signature of one: what is signed is RDATA's first field. */
static bool is_dname(const struct walk *w, const struct record *record)
{
	return record->type == MPROX_DNS_DNAME ||
	       (record->type == MPROX_DNS_RRSIG &&
		u16_at(w->c.msg + record->data) == MPROX_DNS_DNAME);
}

static bool in_chain(const struct walk *w, size_t name)
{
	int i;

	for (i = 0; i < w->nr_chain; i++)
		if (same_name(w->c.msg, w->chain[i], name))
			return true;
	return false;
}

/* Does it belong to the answer? What it leads to does so from now on. */
static bool belongs(struct walk *w, const struct record *record)
{
	u16 asked = w->q->type;

	if (record->class != CLASS_IN)
		return false;
	if (is_dname(w, record) &&
	    depth_below(w->c.msg, chain_end(w), record->owner) > 0)
		return true;
	if (!in_chain(w, record->owner))
		return false;
	if (record->type == asked || asked == MPROX_DNS_ANY) {
		w->found = w->found ||
			   same_name(w->c.msg, chain_end(w), record->owner);
		return true;
	}
	if (record->type == MPROX_DNS_CNAME) {
		if (w->nr_chain == MPROX_DNS_CHAIN_MAX)
			return false;
		w->chain[w->nr_chain++] = record->data;
		w->found = false;
		return true;
	}
	return record->type == MPROX_DNS_DNAME ||
	       record->type == MPROX_DNS_RRSIG;
}

static void dns_response_keep(struct walk *w, struct mprox_dns_response *r, u32 ttl)
{
	r->kept = w->c.at;
	if (ttl < w->ttl)
		w->ttl = ttl;
}

/* Returns whether all of @count were kept. */
static bool keep_answers(struct walk *w, struct mprox_dns_response *r, u16 count)
{
	struct record record;

	while (r->answers < count && r->answers < MPROX_DNS_RECORDS_MAX) {
		dns_response_read_record(w, &record);
		if (w->c.bad || !belongs(w, &record))
			return false;
		r->answers++;
		dns_response_keep(w, r, record.ttl);
	}
	return r->answers == count;
}

static void keep_soa(struct walk *w, struct mprox_dns_response *r)
{
	struct record record;
	u32 minimum;

	dns_response_read_record(w, &record);
	if (w->c.bad || record.type != MPROX_DNS_SOA ||
	    record.class != CLASS_IN ||
	    depth_below(w->c.msg, chain_end(w), record.owner) < 0)
		return;
	r->authority = 1;
	/* RFC 2308, 5. It is RDATA's last field. */
	minimum = u32_at(w->c.msg + w->c.at - 4);
	dns_response_keep(w, r, mprox_dns_least(record.ttl, minimum));
}

static int read_sections(struct walk *w, struct mprox_dns_response *r,
			 u16 answers, u16 authority)
{
	bool all = keep_answers(w, r, answers);
	bool negative = r->rcode == MPROX_DNS_NXDOMAIN || !w->found;

	if (negative && all && authority)
		keep_soa(w, r);
	if (w->c.bad || (answers && !r->answers))
		return -EINVAL;
	if (!negative)
		r->ttl = mprox_dns_least(w->ttl, MPROX_DNS_TTL_MAX);
	else if (r->authority)
		r->ttl = mprox_dns_least(w->ttl, MPROX_DNS_TTL_NEGATIVE_MAX);
	return 0;
}

/* The name at the cursor, which was read, as text. */
static bool is_asked_name(const struct mprox_dns_query *q, const u8 *msg)
{
	size_t at = HEADER_LEN, i, len = 0;

	for (; msg[at]; at += 1 + msg[at]) {
		if (len && (len == q->name_len || q->name[len++] != '.'))
			return false;
		if (q->name_len - len < msg[at])
			return false;
		/* A dot is between labels: a query with others is not asked. */
		for (i = at + 1; i <= at + msg[at]; i++)
			if (msg[i] == '.' || mprox_lower(msg[i]) != q->name[len++])
				return false;
	}
	return len == q->name_len;
}

static bool dns_response_read_question(struct walk *w)
{
	struct mprox_dns_cursor *c = &w->c;
	u16 type, class;

	w->chain[w->nr_chain++] = dns_response_read_name(w);
	w->changing[w->nr_changing++] = c->at;
	type = mprox_dns_get_u16(c);
	class = mprox_dns_get_u16(c);
	return !c->bad && type == w->q->type && class == CLASS_IN &&
	       is_asked_name(w->q, c->msg);
}

int mprox_dns_response_read(struct mprox_dns_response *r, const u8 *msg,
			    size_t len, const struct mprox_dns_query *q, u16 id)
{
	struct walk w = { .c = { .msg = msg, .len = len }, .q = q,
			  .ttl = MPROX_DNS_TTL_MAX };
	u16 its_id = mprox_dns_get_u16(&w.c);
	u16 flags = mprox_dns_get_u16(&w.c);
	u16 questions = mprox_dns_get_u16(&w.c);
	u16 answers = mprox_dns_get_u16(&w.c);
	u16 authority = mprox_dns_get_u16(&w.c);

	memset(r, 0, sizeof(*r));
	mprox_dns_get_u16(&w.c);
	if (w.c.bad || len > MESSAGE_MAX || !mprox_dns_can_be_asked(q) || its_id != id ||
	    (flags & (FLAG_QR | OPCODE | FLAG_TC)) != FLAG_QR ||
	    questions != 1 || !dns_response_read_question(&w))
		return -EINVAL;
	r->rcode = flags & RCODE;
	r->kept = w.c.at;
	if (r->rcode != MPROX_DNS_NOERROR && r->rcode != MPROX_DNS_NXDOMAIN)
		return 0;
	return read_sections(&w, r, answers, authority);
}
