/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The client's side of SOCKS5 CONNECT: RFC 1928, with RFC 1929 passwords. */
#ifndef MPROX_SOCKS5_H
#define MPROX_SOCKS5_H

#include "proto.h"

/*
 * Greeting (3) + RFC 1929 (1 + 1 + 255 + 1 + 255) + request with an IPv6
 * address (4 + 16 + 2).
 */
#define MPROX_SOCKS5_OUT_MAX	(3 + 513 + 22)

/**
 * struct mprox_socks5 - one handshake, resumable at every byte
 * @out:	all that we shall ever say, message after message
 * @out_len:	its length, known before the first packet leaves: the N by
 *		which the program's initial sequence number is moved
 * @out_ready:	how much of @out may be sent by now
 * @in_len:	octets of replies used so far
 * @err:	errno (positive) behind MPROX_STEP_REFUSED and _MALFORMED
 *
 * One method is offered, so that @out_len is exact: "no authentication"
 * without credentials, "username/password" with them.
 */
struct mprox_socks5 {
	u16 out_len;
	u16 out_ready;
	u16 in_len;
	u16 auth_end;		/* end of the RFC 1929 message in @out */
	u16 want;		/* octets still to come of what is skipped: a
				 * name of 255 octets and the port need more
				 * than a u8 */
	u8 state;
	u8 have;		/* octets of the current reply in @in */
	u8 method;		/* the one that we offered */
	int err;
	u8 in[5];		/* head of the current reply */
	u8 out[MPROX_SOCKS5_OUT_MAX];
};

/**
 * mprox_socks5_init - write down the whole handshake
 * @s:		what to fill; earlier contents do not matter
 * @to:		the destination
 * @cred:	user and password, or NULL; lengths 0 or 1..255, both or none
 *
 * On return out_ready covers the greeting. Any context.
 */
void mprox_socks5_init(struct mprox_socks5 *s, const struct mprox_target *to,
		       const struct mprox_cred *cred);

/**
 * mprox_socks5_feed - take what the proxy sent
 * @s:		the handshake
 * @data:	octets in order, none twice
 * @len:	how many; 0 is allowed
 * @used:	how many of them belong to the handshake; after
 *		MPROX_STEP_DONE the rest is the destination's first data
 *
 * Returns at the first step that is not MORE, so call again with the rest
 * after MPROX_STEP_SEND. Any context; the caller serialises.
 */
enum mprox_step mprox_socks5_feed(struct mprox_socks5 *s, const u8 *data,
				  size_t len, size_t *used);

/**
 * mprox_socks5_errno - the errno for a reply code (RFC 1928, 6)
 * @rep:	the REP octet, not 0
 */
int mprox_socks5_errno(u8 rep);

#endif
