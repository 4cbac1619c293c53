/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The client's side of SOCKS4, CONNECT and BIND, and of its extension 4A. There
 * is no RFC; facts are from the notes of Ying-Da Lee, 1992 and later.
 */
#ifndef MPROX_SOCKS4_H
#define MPROX_SOCKS4_H

#include "refusal.h"

/**
 * struct mprox_socks4 - the reader of the one answer
 * @err:	errno (positive) behind MPROX_STEP_REFUSED
 * @blame:	enum mprox_blame, likewise
 * @refusal:	enum mprox_refusal, likewise
 */
struct mprox_socks4 {
	u8 have;
	u8 in[8];
	u8 blame;
	u8 refusal;
	int err;
};

/*
 * The request; the user id is @cred's user (NULL or empty: none). False: it
 * cannot be said, because the target is an IPv6 address, or one that means to
 * 4A that a name follows (0.0.0.x), or because the user id has a NUL.
 */
bool mprox_socks4_request(struct mprox_writer *w, const struct mprox_target *to,
			  const struct mprox_cred *cred, bool bind);

/* The answer, octet by octet. Any context. */
enum mprox_step mprox_socks4_on_reply(struct mprox_socks4 *s, u8 octet);

/* DSTIP and DSTPORT of a reply that is DONE. */
void mprox_socks4_bound(const struct mprox_socks4 *s, struct mprox_bound *bound);

#endif
