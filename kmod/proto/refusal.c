// SPDX-License-Identifier: GPL-2.0 OR MIT
#include "refusal.h"

/* RFC 8446, 5.1: the type that every record begins with. */
#define TLS_ALERT	21
#define TLS_HANDSHAKE	22

static const char *const texts[MPROX_REFUSAL_NR] = {
	[MPROX_REFUSAL_NONE] = "has not refused anything",
	[MPROX_REFUSAL_IS_HTTP] = "is an HTTP server",
	[MPROX_REFUSAL_IS_SOCKS5] = "is a SOCKS5 server",
	[MPROX_REFUSAL_IS_TLS] = "speaks TLS",
	[MPROX_REFUSAL_IS_SSH] = "is an SSH server",
	[MPROX_REFUSAL_IS_OTHER] = "is not a proxy of this type",
	[MPROX_REFUSAL_GARBLED] = "breaks the rules of its protocol",
	[MPROX_REFUSAL_LOGIN_WANTED] = "wants a user and a password",
	[MPROX_REFUSAL_LOGIN_WRONG] = "does not take this user and password",
	[MPROX_REFUSAL_LOGIN_UNWANTED] = "does not take a user and a password",
	[MPROX_REFUSAL_LOGIN_NEEDLESS] = "wants no user and password",
	[MPROX_REFUSAL_LOGIN_KIND] =
		"wants a kind of login that is not spoken here (NTLM, Negotiate or GSSAPI)",
	[MPROX_REFUSAL_IDENT] = "does not take this user id, or asks identd in vain",
	[MPROX_REFUSAL_RULE] = "forbids it by a rule",
	[MPROX_REFUSAL_PORTAL] = "sends us to a page to log in or agree first",
	[MPROX_REFUSAL_BUSY] = "is asked too often, and wants us to wait",
	[MPROX_REFUSAL_NO_CONNECT] = "does not know CONNECT: it may be a web server",
	[MPROX_REFUSAL_COMMAND] = "does not know the command",
	[MPROX_REFUSAL_ADDRESS_TYPE] = "does not know this kind of address",
	[MPROX_REFUSAL_FAILED] = "fails without saying why",
	[MPROX_REFUSAL_NET] = "cannot reach the destination's network",
	[MPROX_REFUSAL_HOST] = "cannot reach the destination",
	[MPROX_REFUSAL_PORT] = "is refused by the destination",
	[MPROX_REFUSAL_TIMEOUT] = "hears nothing of the destination",
};

const char *mprox_refusal_text(enum mprox_refusal refusal)
{
	return texts[refusal < MPROX_REFUSAL_NR ? refusal : MPROX_REFUSAL_NONE];
}

enum mprox_refusal mprox_refusal_of_octet(u8 octet)
{
	switch (octet) {
	case 'H':		/* HTTP/1.1 400 Bad Request */
		return MPROX_REFUSAL_IS_HTTP;
	case 'S':		/* RFC 4253, 4.2: SSH-2.0 */
		return MPROX_REFUSAL_IS_SSH;
	case 5:			/* RFC 1928, 3: VER */
		return MPROX_REFUSAL_IS_SOCKS5;
	case TLS_ALERT:
	case TLS_HANDSHAKE:
		return MPROX_REFUSAL_IS_TLS;
	default:
		return MPROX_REFUSAL_IS_OTHER;
	}
}
