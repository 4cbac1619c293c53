/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The client's side of HTTP CONNECT: RFC 9110, 9.3.6, and RFC 9112. */
#ifndef MPROX_HTTP_H
#define MPROX_HTTP_H

#include "digest.h"
#include "refusal.h"

/* Of one answer, interim ones included: what squid and curl allow, rounded. */
#define MPROX_HTTP_HEAD_MAX	65536
/* Of a field that we read, with its folds; longer ones are passed over. */
#define MPROX_HTTP_FIELD_MAX	512

/**
 * struct mprox_http - the reader of one answer, resumable at every octet
 * @status:	100 to 599, once the status line is read
 * @err:	errno (positive) behind MPROX_STEP_REFUSED
 * @blame:	enum mprox_blame, likewise
 * @refusal:	enum mprox_refusal, likewise
 * @has_next:	a nonce for the next request was given; it is @challenge.nonce
 * @challenge:	after a 407: what may be answered
 *
 * All zero before the first octet. The rest is private.
 */
struct mprox_http {
	u8 state;
	u8 at;			/* octets of the status line's fixed parts */
	u8 blame;
	u8 refusal;
	u8 has_next;
	u8 is_long;		/* @field does not hold all of it */
	u8 squid_errno;		/* of X-Squid-Error */
	u16 status;
	u16 have;		/* octets in @field */
	int err;
	u32 total;
	struct mprox_challenge challenge;
	u8 field[MPROX_HTTP_FIELD_MAX];
};

/**
 * mprox_http_request - CONNECT and its header
 * @w:		where to write
 * @to:		the target
 * @login:	whole value of Proxy-Authorization, or NULL
 * @login_len:	its length
 * @basic:	instead of @login: user and password for RFC 7617, or NULL
 * @headers:	more lines, each with its CRLF, or NULL
 * @headers_len: their length
 */
void mprox_http_request(struct mprox_writer *w, const struct mprox_target *to,
			const u8 *login, size_t login_len,
			const struct mprox_cred *basic,
			const u8 *headers, size_t headers_len);

/*
 * The answer, octet by octet: MORE, then DONE, LOGIN (407: see @challenge),
 * REFUSED or MALFORMED. Any context.
 */
enum mprox_step mprox_http_on_octet(struct mprox_http *h, u8 octet);

#endif
