// SPDX-License-Identifier: GPL-2.0 OR MIT
#include "digest.h"

#include "authority.h"
#include "scan.h"

/* One challenge while it is read: slices of the field. */
struct candidate {
	bool is_digest;
	bool is_answerable;
	u8 algorithm;
	u8 sess;
	u8 stale;
	u8 qop_auth;
	u8 qop_other;
	u8 has_opaque;
	struct mprox_slice realm;
	struct mprox_slice nonce;
	struct mprox_slice opaque;
};

/* RFC 7616, 3.3 and 6.1. Without the parameter it is MD5. */
static void take_algorithm(struct candidate *d, struct mprox_slice value)
{
	if (mprox_slice_is(value, "md5"))
		return;
	if (mprox_slice_is(value, "md5-sess")) {
		d->sess = 1;
	} else if (mprox_slice_is(value, "sha-256")) {
		d->algorithm = MPROX_SHA256;
	} else if (mprox_slice_is(value, "sha-256-sess")) {
		d->algorithm = MPROX_SHA256;
		d->sess = 1;
	} else {
		d->is_answerable = false;
	}
}

static void take_qop(struct candidate *d, struct mprox_slice list)
{
	while (list.len) {
		struct mprox_slice token = mprox_take_token(&list);

		if (mprox_slice_is(token, "auth"))
			d->qop_auth = 1;
		else if (token.len)
			d->qop_other = 1;
		if (list.len) {
			list.data++;
			list.len--;
		}
	}
}

static void take_param(struct candidate *d, struct mprox_slice name,
		       struct mprox_slice value)
{
	if (mprox_slice_is(name, "realm")) {
		d->realm = value;
	} else if (mprox_slice_is(name, "nonce")) {
		d->nonce = value;
	} else if (mprox_slice_is(name, "opaque")) {
		d->opaque = value;
		d->has_opaque = 1;
	} else if (mprox_slice_is(name, "stale")) {
		d->stale = mprox_slice_is(value, "true");
	} else if (mprox_slice_is(name, "algorithm")) {
		take_algorithm(d, value);
	} else if (mprox_slice_is(name, "qop")) {
		take_qop(d, value);
	}
}

static void copy(u8 *to, const struct mprox_slice *from)
{
	if (from->len)
		memcpy(to, from->data, from->len);
}

/* A challenge is complete: is it the best so far? */
static void settle(struct mprox_challenge *c, const struct candidate *d)
{
	if (!d->is_digest || !d->is_answerable || !d->nonce.len ||
	    (d->qop_other && !d->qop_auth) ||
	    d->realm.len > MPROX_REALM_MAX || d->nonce.len > MPROX_NONCE_MAX ||
	    d->opaque.len > MPROX_OPAQUE_MAX ||
	    (d->realm.len && memchr(d->realm.data, '\\', d->realm.len)))
		return;
	if (c->digest && c->algorithm >= d->algorithm)
		return;
	c->digest = 1;
	c->algorithm = d->algorithm;
	c->sess = d->sess;
	c->stale = d->stale;
	c->qop_auth = d->qop_auth;
	c->has_opaque = d->has_opaque;
	c->realm_len = d->realm.len;
	c->nonce_len = d->nonce.len;
	c->opaque_len = d->opaque.len;
	copy(c->realm, &d->realm);
	copy(c->nonce, &d->nonce);
	copy(c->opaque, &d->opaque);
}

static void digest_begin(struct candidate *d, struct mprox_slice scheme)
{
	memset(d, 0, sizeof(*d));
	d->is_digest = mprox_slice_is(scheme, "digest");
	d->is_answerable = true;
}

void mprox_challenge_scan(struct mprox_challenge *c, const u8 *value, size_t len)
{
	struct mprox_slice left = { value, len };
	struct candidate d = { .is_digest = false };

	/* A token is a parameter's name if "=" follows, else a scheme. */
	while (left.len) {
		struct mprox_slice token = mprox_take_token(&left), param;

		if (!token.len) {
			left.data++;
			left.len--;
		} else if (mprox_take_value(&left, &param)) {
			take_param(&d, token, param);
		} else {
			settle(c, &d);
			digest_begin(&d, token);
			if (mprox_slice_is(token, "basic"))
				c->basic = 1;
		}
	}
	settle(c, &d);
}

bool mprox_nextnonce_scan(struct mprox_challenge *c, const u8 *value, size_t len)
{
	struct mprox_slice left = { value, len };

	while (left.len) {
		struct mprox_slice token = mprox_take_token(&left), param;

		if (!token.len) {
			left.data++;
			left.len--;
		} else if (mprox_take_value(&left, &param) &&
			   mprox_slice_is(token, "nextnonce") && param.len &&
			   param.len <= MPROX_NONCE_MAX) {
			c->nonce_len = param.len;
			copy(c->nonce, &param);
			return true;
		}
	}
	return false;
}

static size_t hash_len(const struct mprox_challenge *c)
{
	return c->algorithm == MPROX_SHA256 ? 32 : 16;
}

static void to_hex(char *to, const u8 *from, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < len; i++) {
		to[2 * i] = digits[from[i] >> 4];
		to[2 * i + 1] = digits[from[i] & 0xf];
	}
}

/* What all the hashes of one answer need. */
struct sum {
	const struct mprox_challenge *c;
	mprox_hash_fn hash;
	void *arg;
};

/* The hash of @parts in hexadecimal digits, into @hex. */
static int sum(const struct sum *s, const struct mprox_part *parts, size_t nr,
	       char *hex)
{
	u8 out[MPROX_HASH_MAX];
	int err;

	err = s->hash(s->arg, s->c->algorithm, parts, nr, out);
	if (!err)
		to_hex(hex, out, hash_len(s->c));
	mprox_wipe(out, sizeof(out));
	return err;
}

#define COLON	{ ":", 1 }

/* RFC 7616, 3.4.2. */
static int hash_a1(const struct sum *s, const struct mprox_cred *cred,
		   const u8 *cnonce, char *hex)
{
	size_t len = 2 * hash_len(s->c);
	const struct mprox_part plain[] = {
		{ cred->user, cred->user_len }, COLON,
		{ s->c->realm, s->c->realm_len }, COLON,
		{ cred->pass, cred->pass_len },
	};
	const struct mprox_part session[] = {
		{ hex, len }, COLON,
		{ s->c->nonce, s->c->nonce_len }, COLON, { cnonce, 16 },
	};
	int err = sum(s, plain, 5, hex);

	if (!err && s->c->sess)
		err = sum(s, session, 5, hex);
	return err;
}

/* RFC 7616, 3.4.3. The URI is in two parts: a name is too long to be copied. */
static int hash_a2(const struct sum *s, const struct mprox_target *to, char *hex)
{
	u8 buf[MPROX_AUTHORITY_REST_MAX];
	struct mprox_writer rest = { buf, sizeof(buf), 0 };
	struct mprox_part parts[] = {
		{ "CONNECT:", 8 }, { to->name, to->name_len }, { buf, 0 },
	};

	mprox_put_authority_rest(&rest, to);
	parts[2].len = rest.len;
	return sum(s, parts, 3, hex);
}

/* RFC 7616, 3.4.1; without qop the older form of RFC 2069. */
static int hash_response(const struct sum *s, const char *a1, const char *a2,
			 const char *nc, const u8 *cnonce, char *hex)
{
	size_t len = 2 * hash_len(s->c);
	const struct mprox_part last = { a2, len };
	struct mprox_part parts[] = {
		{ a1, len }, COLON, { s->c->nonce, s->c->nonce_len }, COLON,
		{ nc, 8 }, COLON, { cnonce, 16 }, { ":auth:", 6 }, last,
	};

	if (s->c->qop_auth)
		return sum(s, parts, 9, hex);
	parts[4] = last;
	return sum(s, parts, 5, hex);
}

/* All the hashes, up to the response in hexadecimal digits. */
static int respond(const struct sum *s, const struct mprox_cred *cred,
		   const struct mprox_target *to, const char *nc,
		   const u8 *cnonce, char *hex)
{
	char a1[2 * MPROX_HASH_MAX], a2[2 * MPROX_HASH_MAX];
	int err;

	err = hash_a1(s, cred, cnonce, a1);
	if (!err)
		err = hash_a2(s, to, a2);
	if (!err)
		err = hash_response(s, a1, a2, nc, cnonce, hex);
	/* As good as the password, wherever the realm is the same. */
	mprox_wipe(a1, sizeof(a1));
	return err;
}

static void digest_put_text(struct mprox_writer *w, const char *text)
{
	mprox_put(w, text, strlen(text));
}

static void put_quoted(struct mprox_writer *w, const char *name,
		       const void *value, size_t len)
{
	digest_put_text(w, name);
	mprox_put(w, value, len);
	mprox_put_u8(w, '"');
}

/* RFC 9110, 5.6.4: no quoted string can hold these. */
static bool has_controls(const struct mprox_cred *cred)
{
	size_t i;

	for (i = 0; i < cred->user_len; i++)
		if (cred->user[i] < ' ' || cred->user[i] == 0x7f)
			return true;
	return false;
}

static void put_user(struct mprox_writer *w, const struct mprox_cred *cred)
{
	size_t i;

	digest_put_text(w, "Digest username=\"");
	for (i = 0; i < cred->user_len; i++) {
		if (cred->user[i] == '"' || cred->user[i] == '\\')
			mprox_put_u8(w, '\\');
		mprox_put_u8(w, cred->user[i]);
	}
	mprox_put_u8(w, '"');
}

/* Plain MD5 is what a server takes for granted; some know it unnamed only. */
static void put_algorithm(struct mprox_writer *w, const struct mprox_challenge *c)
{
	if (c->algorithm == MPROX_SHA256)
		digest_put_text(w, ", algorithm=SHA-256");
	else if (c->sess)
		digest_put_text(w, ", algorithm=MD5");
	if (c->sess)
		digest_put_text(w, "-sess");
}

int mprox_digest_answer(struct mprox_writer *w, const struct mprox_challenge *c,
			const struct mprox_cred *cred,
			const struct mprox_target *to, u32 nc,
			const u8 cnonce[16], mprox_hash_fn hash, void *arg)
{
	const struct sum s = { c, hash, arg };
	char response[2 * MPROX_HASH_MAX], count[8];
	const u8 counter[] = { nc >> 24, nc >> 16, nc >> 8, nc };
	int err;

	if (has_controls(cred))
		return -EINVAL;
	to_hex(count, counter, sizeof(counter));
	err = respond(&s, cred, to, count, cnonce, response);
	if (err)
		return err;

	put_user(w, cred);
	put_quoted(w, ", realm=\"", c->realm, c->realm_len);
	put_quoted(w, ", nonce=\"", c->nonce, c->nonce_len);
	digest_put_text(w, ", uri=\"");
	mprox_put_authority(w, to);
	put_quoted(w, "\", response=\"", response, 2 * hash_len(c));
	put_algorithm(w, c);
	if (c->qop_auth || c->sess)
		put_quoted(w, ", cnonce=\"", cnonce, 16);
	if (c->qop_auth) {
		digest_put_text(w, ", qop=auth, nc=");
		mprox_put(w, count, sizeof(count));
	}
	if (c->has_opaque)
		put_quoted(w, ", opaque=\"", c->opaque, c->opaque_len);
	return 0;
}
