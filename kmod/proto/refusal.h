/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Why a proxy has not done what it was asked for: finer than an errno, for who
 * has to mend it.
 */
#ifndef MPROX_REFUSAL_H
#define MPROX_REFUSAL_H

#include "proto.h"

enum mprox_refusal {
	MPROX_REFUSAL_NONE,		/* it has not refused anything (yet) */

	/* It is not what it is said to be, by the first octet that it sends. */
	MPROX_REFUSAL_IS_HTTP,
	MPROX_REFUSAL_IS_SOCKS5,
	MPROX_REFUSAL_IS_TLS,
	MPROX_REFUSAL_IS_SSH,
	MPROX_REFUSAL_IS_OTHER,
	MPROX_REFUSAL_GARBLED,		/* what it says breaks its protocol */

	/* About who we are. */
	MPROX_REFUSAL_LOGIN_WANTED,	/* it was told nothing of us */
	MPROX_REFUSAL_LOGIN_WRONG,	/* it was, and will not have it */
	MPROX_REFUSAL_LOGIN_UNWANTED,	/* SOCKS5: no user and password */
	MPROX_REFUSAL_LOGIN_NEEDLESS,	/* SOCKS5: it lets anybody in */
	MPROX_REFUSAL_LOGIN_KIND,	/* only by a way that we do not know */
	MPROX_REFUSAL_IDENT,		/* SOCKS4: our identd does not say so */

	/* About what it does. */
	MPROX_REFUSAL_RULE,
	MPROX_REFUSAL_PORTAL,		/* it sends us to a page first */
	MPROX_REFUSAL_BUSY,		/* we ask too often */
	MPROX_REFUSAL_NO_CONNECT,	/* it is a web server, perhaps */
	MPROX_REFUSAL_COMMAND,		/* BIND or ASSOCIATE, most likely */
	MPROX_REFUSAL_ADDRESS_TYPE,
	MPROX_REFUSAL_FAILED,		/* it does not say why */

	/* About the destination. */
	MPROX_REFUSAL_NET,
	MPROX_REFUSAL_HOST,
	MPROX_REFUSAL_PORT,
	MPROX_REFUSAL_TIMEOUT,

	MPROX_REFUSAL_NR
};

/* To be read behind the proxy's name: "wants a user and a password". */
const char *mprox_refusal_text(enum mprox_refusal refusal);

/* What a server is that answers with @octet first, and should not. */
enum mprox_refusal mprox_refusal_of_octet(u8 octet);

#endif
