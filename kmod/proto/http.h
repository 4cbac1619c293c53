/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The client's side of HTTP CONNECT: RFC 9110, 9.3.6, and RFC 9112. */
#ifndef MPROX_HTTP_H
#define MPROX_HTTP_H

#include "digest.h"
#include "proto.h"

/* Of one answer, interim ones included: what squid and curl allow, rounded. */
#define MPROX_HTTP_HEAD_MAX	65536
/* Of a Proxy-Authenticate field with its folds; the rest is passed over. */
#define MPROX_HTTP_FIELD_MAX	512

/**
 * struct mprox_http - the reader of one answer
 * @status:	100 to 599, once the status line is read
 * @challenge:	after a 407
 *
 * The rest is private to http.c.
 */
struct mprox_http {
	u8 state;
	u8 is_auth;		/* the field being read is Proxy-Authenticate */
	u16 status;
	u16 have;
	u32 total;
	struct mprox_challenge challenge;
	u8 field[MPROX_HTTP_FIELD_MAX];
};

#endif
