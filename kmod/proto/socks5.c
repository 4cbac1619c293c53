// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The client's side of SOCKS5 CONNECT: RFC 1928, with RFC 1929 passwords.
 *
 * Replies are taken octet by octet and each octet is judged when it comes.
 * The outcome therefore depends on the bytes alone and never on how the
 * network cut them into segments.
 */
#include "socks5.h"

#define SOCKS5_VERSION		5
#define SOCKS5_CMD_CONNECT	1
#define SOCKS5_METHOD_NONE	0
#define SOCKS5_METHOD_PASSWORD	2
#define SOCKS5_ATYP_IPV4	1
#define SOCKS5_ATYP_DOMAIN	3
#define SOCKS5_ATYP_IPV6	4
#define SOCKS5_PORT_LEN		2
#define SOCKS5_AUTH_VERSION	1	/* RFC 1929, 2: not the SOCKS version */

/* RFC 1928, 6: the REP octet. */
enum {
	SOCKS5_REP_OK			= 0,
	SOCKS5_REP_NET_UNREACHABLE	= 3,
	SOCKS5_REP_CONN_REFUSED		= 5,
};

/* Which reply the next octet belongs to. */
enum {
	STATE_METHOD,
	STATE_AUTH,
	STATE_REPLY,		/* up to the first octet of BND.ADDR */
	STATE_BOUND,		/* the rest of BND.ADDR, and BND.PORT */
	STATE_DONE,
	STATE_REFUSED,
	STATE_MALFORMED,
};

static void put(struct mprox_socks5 *s, u8 octet)
{
	s->out[s->out_len++] = octet;
}

static void put_bytes(struct mprox_socks5 *s, const u8 *from, size_t len)
{
	if (len)
		memcpy(s->out + s->out_len, from, len);
	s->out_len += len;
}

static void put_greeting(struct mprox_socks5 *s)
{
	put(s, SOCKS5_VERSION);
	put(s, 1);
	put(s, s->method);
}

static void put_password(struct mprox_socks5 *s, const struct mprox_cred *cred)
{
	put(s, SOCKS5_AUTH_VERSION);
	put(s, cred->user_len);
	put_bytes(s, cred->user, cred->user_len);
	put(s, cred->pass_len);
	put_bytes(s, cred->pass, cred->pass_len);
}

static void put_request(struct mprox_socks5 *s, const struct mprox_target *to)
{
	put(s, SOCKS5_VERSION);
	put(s, SOCKS5_CMD_CONNECT);
	put(s, 0);
	put(s, to->is_ipv6 ? SOCKS5_ATYP_IPV6 : SOCKS5_ATYP_IPV4);
	put_bytes(s, to->addr, to->is_ipv6 ? 16 : 4);
	put(s, to->port >> 8);
	put(s, to->port & 0xff);
}

void mprox_socks5_init(struct mprox_socks5 *s, const struct mprox_target *to,
		       const struct mprox_cred *cred)
{
	bool password = cred && (cred->user_len || cred->pass_len);

	s->method = password ? SOCKS5_METHOD_PASSWORD : SOCKS5_METHOD_NONE;
	s->state = STATE_METHOD;
	s->want = 0;
	s->have = 0;
	s->in_len = 0;
	s->err = 0;
	memset(s->in, 0, sizeof(s->in));

	s->out_len = 0;
	put_greeting(s);
	s->out_ready = s->out_len;
	if (password)
		put_password(s, cred);
	s->auth_end = s->out_len;
	put_request(s, to);
}

static enum mprox_step refused(struct mprox_socks5 *s, int err)
{
	s->state = STATE_REFUSED;
	s->err = err;
	return MPROX_STEP_REFUSED;
}

static enum mprox_step malformed(struct mprox_socks5 *s)
{
	s->state = STATE_MALFORMED;
	s->err = EHOSTUNREACH;
	return MPROX_STEP_MALFORMED;
}

static enum mprox_step done(struct mprox_socks5 *s)
{
	s->state = STATE_DONE;
	return MPROX_STEP_DONE;
}

static enum mprox_step next_reply(struct mprox_socks5 *s, u8 state, u16 ready)
{
	s->state = state;
	s->have = 0;
	s->out_ready = ready;
	return MPROX_STEP_SEND;
}

/*
 * RFC 1928, 3: VER, METHOD. 0xff is "no acceptable methods"; one that was not
 * offered leaves us just as much without a server that we can use.
 */
static enum mprox_step feed_method(struct mprox_socks5 *s)
{
	if (s->have == 1)
		return s->in[0] == SOCKS5_VERSION ? MPROX_STEP_MORE :
						    malformed(s);
	if (s->in[1] != s->method)
		return refused(s, EHOSTUNREACH);
	if (s->method == SOCKS5_METHOD_PASSWORD)
		return next_reply(s, STATE_AUTH, s->auth_end);
	return next_reply(s, STATE_REPLY, s->out_len);
}

/*
 * RFC 1929, 2: VER, STATUS. A server may take VER for that of SOCKS and say
 * 5. Clients such as curl do not look at it at all, so such servers live on.
 */
static enum mprox_step feed_auth(struct mprox_socks5 *s)
{
	if (s->have == 1)
		return s->in[0] == SOCKS5_AUTH_VERSION ||
		       s->in[0] == SOCKS5_VERSION ? MPROX_STEP_MORE :
						    malformed(s);
	if (s->in[1])
		return refused(s, EHOSTUNREACH);
	return next_reply(s, STATE_REPLY, s->out_len);
}

/* The first octet of BND.ADDR is known and tells how much is to come. */
static enum mprox_step feed_bound_head(struct mprox_socks5 *s)
{
	s->state = STATE_BOUND;
	switch (s->in[3]) {
	case SOCKS5_ATYP_IPV4:
		s->want = 4 - 1 + SOCKS5_PORT_LEN;
		break;
	case SOCKS5_ATYP_IPV6:
		s->want = 16 - 1 + SOCKS5_PORT_LEN;
		break;
	default:
		s->want = s->in[4] + SOCKS5_PORT_LEN;
		break;
	}
	return MPROX_STEP_MORE;
}

/* RFC 1928, 6: VER, REP, RSV, ATYP, BND.ADDR, BND.PORT. RSV may be anything. */
static enum mprox_step feed_reply(struct mprox_socks5 *s)
{
	u8 octet = s->in[s->have - 1];

	switch (s->have) {
	case 1:
		return octet == SOCKS5_VERSION ? MPROX_STEP_MORE : malformed(s);
	case 2:
		return octet == SOCKS5_REP_OK ? MPROX_STEP_MORE :
			refused(s, mprox_socks5_errno(octet));
	case 4:
		return octet == SOCKS5_ATYP_IPV4 ||
		       octet == SOCKS5_ATYP_DOMAIN ||
		       octet == SOCKS5_ATYP_IPV6 ? MPROX_STEP_MORE :
						   malformed(s);
	case 5:
		return feed_bound_head(s);
	default:
		return MPROX_STEP_MORE;
	}
}

static enum mprox_step feed_octet(struct mprox_socks5 *s, u8 octet)
{
	if (s->state == STATE_BOUND)
		return --s->want ? MPROX_STEP_MORE : done(s);

	s->in[s->have++] = octet;
	switch (s->state) {
	case STATE_METHOD:
		return feed_method(s);
	case STATE_AUTH:
		return feed_auth(s);
	default:
		return feed_reply(s);
	}
}

/* A handshake that has ended stays as it ended. */
static enum mprox_step settled(const struct mprox_socks5 *s)
{
	switch (s->state) {
	case STATE_DONE:
		return MPROX_STEP_DONE;
	case STATE_REFUSED:
		return MPROX_STEP_REFUSED;
	case STATE_MALFORMED:
		return MPROX_STEP_MALFORMED;
	default:
		return MPROX_STEP_MORE;
	}
}

enum mprox_step mprox_socks5_feed(struct mprox_socks5 *s, const u8 *data,
				  size_t len, size_t *used)
{
	enum mprox_step step = settled(s);
	size_t i = 0;

	while (step == MPROX_STEP_MORE && i < len)
		step = feed_octet(s, data[i++]);

	s->in_len += i;
	*used = i;
	return step;
}

int mprox_socks5_errno(u8 rep)
{
	switch (rep) {
	case SOCKS5_REP_NET_UNREACHABLE:
		return ENETUNREACH;
	case SOCKS5_REP_CONN_REFUSED:
		return ECONNREFUSED;
	default:
		/*
		 * Also "not allowed by ruleset" (2), as Linux maps an ICMP
		 * "administratively prohibited", and an expired TTL (6).
		 */
		return EHOSTUNREACH;
	}
}
