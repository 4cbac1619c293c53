/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* HTTP Digest (RFC 7616) for CONNECT: the challenge, and the answer to it. */
#ifndef MPROX_DIGEST_H
#define MPROX_DIGEST_H

#include "proto.h"

#define MPROX_REALM_MAX		128
#define MPROX_NONCE_MAX		256
#define MPROX_OPAQUE_MAX	128
#define MPROX_HASH_MAX		32	/* SHA-256 */

enum mprox_algorithm { MPROX_MD5, MPROX_SHA256 };

/**
 * struct mprox_challenge - what the Proxy-Authenticate fields of a 407 offered
 * @basic:	Basic is among them
 * @digest:	so is a Digest that we can answer; the strongest one is kept:
 *		SHA-256 before MD5, the first of equals
 * @algorithm:	enum mprox_algorithm
 * @sess:	the algorithm's name ended in -sess
 * @qop_auth:	qop was given, and "auth" is in it; without any qop the older
 *		form (RFC 2069) is answered; only "auth-int" cannot be
 * @stale:	the nonce was too old, the password may be right
 *
 * Quoted strings are stored as they are to be sent back: still escaped. What is
 * longer than its field cannot be answered, and @digest stays false; nor can a
 * realm with escapes.
 */
struct mprox_challenge {
	u8 basic;
	u8 digest;
	u8 algorithm;
	u8 sess;
	u8 qop_auth;
	u8 stale;
	u8 has_opaque;
	u8 realm_len;
	u16 nonce_len;
	u8 opaque_len;
	u8 realm[MPROX_REALM_MAX];
	u8 nonce[MPROX_NONCE_MAX];
	u8 opaque[MPROX_OPAQUE_MAX];
};

/*
 * The hash of @nr parts in a row, into @out (16 or 32 octets). The kernel and
 * the tests each bring their own. Returns 0 or a negative errno.
 */
struct mprox_part {
	const void *data;
	size_t len;
};
typedef int (*mprox_hash_fn)(void *arg, enum mprox_algorithm algorithm,
			     const struct mprox_part *parts, size_t nr, u8 *out);

/**
 * mprox_challenge_scan - take one Proxy-Authenticate field value
 * @c:		zeroed before the first field of an answer
 * @value:	the value, folding already undone; may hold several challenges
 * @len:	its length
 *
 * Malformed challenges are passed over: what is left may do. Any context.
 */
void mprox_challenge_scan(struct mprox_challenge *c, const u8 *value, size_t len);

/**
 * mprox_nextnonce_scan - take a Proxy-Authentication-Info field value
 * @c:		gets the next nonce (RFC 7616, 3.5), if there is one
 * @value:	the value
 * @len:	its length
 */
bool mprox_nextnonce_scan(struct mprox_challenge *c, const u8 *value, size_t len);

/**
 * mprox_digest_answer - the value of Proxy-Authorization
 * @w:		where to write; see struct mprox_writer
 * @c:		the challenge; @c->digest is set
 * @cred:	user and password
 * @to:		the CONNECT's target: authority-form is the digest's URI
 * @nc:		how often this nonce has been answered, from 1 (RFC 7616, 3.4)
 * @cnonce:	16 hexadecimal digits of randomness
 * @hash:	see mprox_hash_fn
 * @arg:	for @hash
 *
 * Its length depends on everything but @nc, @cnonce and the secret, so that a
 * conversation's length is known beforehand. Returns 0, what @hash returned, or
 * -EINVAL: the user has control characters, which no header field can hold.
 * Any context that @hash is good for.
 */
int mprox_digest_answer(struct mprox_writer *w, const struct mprox_challenge *c,
			const struct mprox_cred *cred,
			const struct mprox_target *to, u32 nc,
			const u8 cnonce[16], mprox_hash_fn hash, void *arg);

#endif
