// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Answers are taken octet by octet and each octet is judged when it comes. The
 * outcome therefore depends on the octets alone and never on how the network
 * cut them into segments.
 */
#include "socks5.h"

#define SOCKS5_VERSION		5
#define SOCKS5_CMD_CONNECT	1
#define SOCKS5_CMD_BIND		2
#define SOCKS5_CMD_ASSOCIATE	3
#define SOCKS5_PORT_LEN		2
#define SOCKS5_NO_METHOD	0xff	/* RFC 1928, 3 */
#define SOCKS5_AUTH_VERSION	1	/* RFC 1929, 2: not the SOCKS version */

/* RFC 1928, 6: the REP octet. */
enum {
	SOCKS5_REP_OK			= 0,
	SOCKS5_REP_RULESET		= 2,
	SOCKS5_REP_NET_UNREACHABLE	= 3,
	SOCKS5_REP_HOST_UNREACHABLE	= 4,
	SOCKS5_REP_CONN_REFUSED		= 5,
	SOCKS5_REP_TTL_EXPIRED		= 6,
	SOCKS5_REP_COMMAND		= 7,
	SOCKS5_REP_ADDRESS_TYPE		= 8,
};

void mprox_socks5_greeting(struct mprox_writer *w, u8 method)
{
	const u8 greeting[] = { SOCKS5_VERSION, 1, method };

	mprox_put(w, greeting, sizeof(greeting));
}

void mprox_socks5_password(struct mprox_writer *w, const struct mprox_cred *cred)
{
	mprox_put_u8(w, SOCKS5_AUTH_VERSION);
	mprox_put_u8(w, cred->user_len);
	mprox_put(w, cred->user, cred->user_len);
	mprox_put_u8(w, cred->pass_len);
	mprox_put(w, cred->pass, cred->pass_len);
}

void mprox_socks5_put_address(struct mprox_writer *w,
			      const struct mprox_target *to)
{
	if (to->name_len) {
		mprox_put_u8(w, MPROX_SOCKS5_ATYP_NAME);
		mprox_put_u8(w, to->name_len);
		mprox_put(w, to->name, to->name_len);
	} else if (to->is_ipv6) {
		mprox_put_u8(w, MPROX_SOCKS5_ATYP_IPV6);
		mprox_put(w, to->addr, 16);
	} else {
		mprox_put_u8(w, MPROX_SOCKS5_ATYP_IPV4);
		mprox_put(w, to->addr, 4);
	}
	mprox_put_u8(w, to->port >> 8);
	mprox_put_u8(w, to->port & 0xff);
}

/* RFC 1928, 4: CMD. */
static u8 cmd_of(u8 command)
{
	switch (command) {
	case MPROX_COMMAND_BIND:
		return SOCKS5_CMD_BIND;
	case MPROX_COMMAND_ASSOCIATE:
		return SOCKS5_CMD_ASSOCIATE;
	default:
		return SOCKS5_CMD_CONNECT;
	}
}

void mprox_socks5_request(struct mprox_writer *w, const struct mprox_target *to,
			  u8 command)
{
	const u8 head[] = { SOCKS5_VERSION, cmd_of(command), 0 };

	mprox_put(w, head, sizeof(head));
	mprox_socks5_put_address(w, to);
}

static enum mprox_step socks5_refused(struct mprox_socks5 *s, int err,
				      enum mprox_blame blame,
				      enum mprox_refusal refusal)
{
	s->err = err;
	s->blame = blame;
	s->refusal = refusal;
	return MPROX_STEP_REFUSED;
}

/* @method was chosen, and is not the one that was offered. */
static enum mprox_refusal not_offered(const struct mprox_socks5 *s, u8 method)
{
	if (s->method == MPROX_SOCKS5_NONE)
		return method == MPROX_SOCKS5_PASSWORD ||
		       method == SOCKS5_NO_METHOD ? MPROX_REFUSAL_LOGIN_WANTED :
						    MPROX_REFUSAL_LOGIN_KIND;
	switch (method) {
	case MPROX_SOCKS5_NONE:
		return MPROX_REFUSAL_LOGIN_NEEDLESS;
	case SOCKS5_NO_METHOD:
		return MPROX_REFUSAL_LOGIN_UNWANTED;
	default:
		return MPROX_REFUSAL_LOGIN_KIND;
	}
}

/*
 * RFC 1928, 3: VER, METHOD. 0xff is "no acceptable methods"; one that was not
 * offered leaves us just as much without a server that we can use as we are.
 */
enum mprox_step mprox_socks5_on_method(struct mprox_socks5 *s, u8 octet)
{
	if (!s->have++)
		return octet == SOCKS5_VERSION ? MPROX_STEP_MORE :
						 MPROX_STEP_MALFORMED;
	if (octet == s->method)
		return MPROX_STEP_DONE;
	s->refusal = not_offered(s, octet);
	return MPROX_STEP_LOGIN;
}

/*
 * RFC 1929, 2: VER, STATUS. A server may take VER for that of SOCKS and say 5.
 * Clients such as curl do not look at it at all, so such servers live on.
 */
enum mprox_step mprox_socks5_on_password(struct mprox_socks5 *s, u8 octet)
{
	if (!s->have++)
		return octet == SOCKS5_AUTH_VERSION || octet == SOCKS5_VERSION ?
			MPROX_STEP_MORE : MPROX_STEP_MALFORMED;
	return octet ? socks5_refused(s, EHOSTUNREACH, MPROX_BLAME_SERVER,
				      MPROX_REFUSAL_LOGIN_WRONG) : MPROX_STEP_DONE;
}

/*
 * What the REP octet means for connect(), and whose fault it is. "General
 * failure" (1) and "not allowed by ruleset" (2) are things that another server
 * may see otherwise.
 */
static enum mprox_step socks5_refuse(struct mprox_socks5 *s, u8 rep)
{
	switch (rep) {
	case SOCKS5_REP_NET_UNREACHABLE:
		return socks5_refused(s, ENETUNREACH, MPROX_BLAME_DESTINATION,
				      MPROX_REFUSAL_NET);
	case SOCKS5_REP_CONN_REFUSED:
		return socks5_refused(s, ECONNREFUSED, MPROX_BLAME_DESTINATION,
				      MPROX_REFUSAL_PORT);
	case SOCKS5_REP_HOST_UNREACHABLE:
		return socks5_refused(s, EHOSTUNREACH, MPROX_BLAME_DESTINATION,
				      MPROX_REFUSAL_HOST);
	case SOCKS5_REP_TTL_EXPIRED:
		return socks5_refused(s, EHOSTUNREACH, MPROX_BLAME_DESTINATION,
				      MPROX_REFUSAL_TIMEOUT);
	case SOCKS5_REP_RULESET:
		return socks5_refused(s, EHOSTUNREACH, MPROX_BLAME_SERVER,
				      MPROX_REFUSAL_RULE);
	case SOCKS5_REP_COMMAND:
		return socks5_refused(s, EHOSTUNREACH, MPROX_BLAME_SERVER,
				      MPROX_REFUSAL_COMMAND);
	case SOCKS5_REP_ADDRESS_TYPE:
		return socks5_refused(s, EHOSTUNREACH, MPROX_BLAME_SERVER,
				      MPROX_REFUSAL_ADDRESS_TYPE);
	default:
		return socks5_refused(s, EHOSTUNREACH, MPROX_BLAME_SERVER,
				      MPROX_REFUSAL_FAILED);
	}
}

/* The first octet of BND.ADDR is known and tells how much is to come. */
static enum mprox_step on_bound_head(struct mprox_socks5 *s)
{
	switch (s->in[3]) {
	case MPROX_SOCKS5_ATYP_IPV4:
		s->want = 4 - 1 + SOCKS5_PORT_LEN;
		break;
	case MPROX_SOCKS5_ATYP_IPV6:
		s->want = 16 - 1 + SOCKS5_PORT_LEN;
		break;
	default:
		s->want = s->in[4] + SOCKS5_PORT_LEN;
		break;
	}
	return MPROX_STEP_MORE;
}

/* RFC 1928, 6: VER, REP, RSV, ATYP, BND.ADDR, BND.PORT. RSV may be anything. */
enum mprox_step mprox_socks5_on_reply(struct mprox_socks5 *s, u8 octet)
{
	if (s->have < sizeof(s->in))
		s->in[s->have++] = octet;
	if (s->want)
		return --s->want ? MPROX_STEP_MORE : MPROX_STEP_DONE;
	switch (s->have) {
	case 1:
		return octet == SOCKS5_VERSION ? MPROX_STEP_MORE :
						 MPROX_STEP_MALFORMED;
	case 2:
		return octet == SOCKS5_REP_OK ? MPROX_STEP_MORE :
						socks5_refuse(s, octet);
	case 4:
		return octet == MPROX_SOCKS5_ATYP_IPV4 ||
		       octet == MPROX_SOCKS5_ATYP_NAME ||
		       octet == MPROX_SOCKS5_ATYP_IPV6 ? MPROX_STEP_MORE :
						   MPROX_STEP_MALFORMED;
	case 5:
		return on_bound_head(s);
	default:
		return MPROX_STEP_MORE;
	}
}

void mprox_socks5_bound(const struct mprox_socks5 *s, struct mprox_bound *bound)
{
	u8 len = s->in[3] == MPROX_SOCKS5_ATYP_IPV6 ? 16 : 4;

	memset(bound, 0, sizeof(*bound));
	if (s->in[3] == MPROX_SOCKS5_ATYP_NAME)
		return;
	bound->version = len == 16 ? 6 : 4;
	memcpy(bound->addr, s->in + 4, len);
	bound->port = s->in[4 + len] << 8 | s->in[4 + len + 1];
}
