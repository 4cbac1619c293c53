/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The client's side of SOCKS5 CONNECT, BIND and UDP ASSOCIATE: RFC 1928, RFC 1929
 * passwords. What the datagrams of an association look like: socks5_udp.h.
 */
#ifndef MPROX_SOCKS5_H
#define MPROX_SOCKS5_H

#include "refusal.h"

/* RFC 1928, 3: the methods that we can offer. */
#define MPROX_SOCKS5_NONE	0
#define MPROX_SOCKS5_PASSWORD	2

/* RFC 1928, 5: ATYP, which tells what kind of address follows. */
#define MPROX_SOCKS5_ATYP_IPV4	1
#define MPROX_SOCKS5_ATYP_NAME	3
#define MPROX_SOCKS5_ATYP_IPV6	4

/**
 * struct mprox_socks5 - the reader of one answer, resumable at every octet
 * @method:	the one that was offered
 * @err:	errno (positive) behind MPROX_STEP_REFUSED
 * @blame:	enum mprox_blame, likewise
 * @refusal:	enum mprox_refusal, likewise and behind MPROX_STEP_LOGIN
 *
 * All zero but for @method before the first octet. The rest is private.
 */
struct mprox_socks5 {
	u16 want;		/* octets to come, once that is known */
	u8 have;		/* octets of the answer in @in */
	u8 method;
	u8 blame;
	u8 refusal;
	int err;
	u8 in[4 + 16 + 2];	/* a reply's head; all of it but for a name */
};

/*
 * The messages. @method: MPROX_SOCKS5_*. @cred: both lengths 1 to 255. @command:
 * enum mprox_command.
 */
void mprox_socks5_greeting(struct mprox_writer *w, u8 method);
void mprox_socks5_password(struct mprox_writer *w, const struct mprox_cred *cred);
void mprox_socks5_request(struct mprox_writer *w, const struct mprox_target *to,
			  u8 command);

/* ATYP, ADDR and PORT, as requests and datagrams have them (RFC 1928, 4 and 7). */
void mprox_socks5_put_address(struct mprox_writer *w,
			      const struct mprox_target *to);

/*
 * The answers to them, octet by octet: MORE until the last one, then DONE,
 * LOGIN (another method, or none, was chosen), REFUSED or MALFORMED. Any
 * context.
 */
enum mprox_step mprox_socks5_on_method(struct mprox_socks5 *s, u8 octet);
enum mprox_step mprox_socks5_on_password(struct mprox_socks5 *s, u8 octet);
enum mprox_step mprox_socks5_on_reply(struct mprox_socks5 *s, u8 octet);

/*
 * BND.ADDR and BND.PORT of a reply that is DONE; version 0 and nothing else if the
 * address is a name. 0.0.0.0, :: and port 0 are passed on as they are.
 */
void mprox_socks5_bound(const struct mprox_socks5 *s, struct mprox_bound *bound);

#endif
