// SPDX-License-Identifier: GPL-2.0 OR MIT
#include "http.h"

#include "authority.h"
#include "scan.h"

static void http_put_text(struct mprox_writer *w, const char *text)
{
	mprox_put(w, text, strlen(text));
}

/* RFC 4648, 4, of octets that come one by one. */
struct base64 {
	struct mprox_writer *w;
	u32 bits;
	u8 have;
};

static void put_sextet(struct base64 *b, u32 sextet)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	mprox_put_u8(b->w, digits[sextet & 0x3f]);
}

static void base64_octet(struct base64 *b, u8 octet)
{
	b->bits = b->bits << 8 | octet;
	if (++b->have < 3)
		return;
	put_sextet(b, b->bits >> 18);
	put_sextet(b, b->bits >> 12);
	put_sextet(b, b->bits >> 6);
	put_sextet(b, b->bits);
	b->have = 0;
	b->bits = 0;
}

static void base64_end(struct base64 *b)
{
	if (b->have == 1) {
		put_sextet(b, b->bits >> 2);
		put_sextet(b, b->bits << 4);
		http_put_text(b->w, "==");
	} else if (b->have == 2) {
		put_sextet(b, b->bits >> 10);
		put_sextet(b, b->bits >> 4);
		put_sextet(b, b->bits << 2);
		http_put_text(b->w, "=");
	}
}

static void put_basic(struct mprox_writer *w, const struct mprox_cred *cred)
{
	struct base64 b = { .w = w };
	size_t i;

	http_put_text(w, "Basic ");
	for (i = 0; i < cred->user_len; i++)
		base64_octet(&b, cred->user[i]);
	base64_octet(&b, ':');
	for (i = 0; i < cred->pass_len; i++)
		base64_octet(&b, cred->pass[i]);
	base64_end(&b);
}

void mprox_http_request(struct mprox_writer *w, const struct mprox_target *to,
			const u8 *login, size_t login_len,
			const struct mprox_cred *basic,
			const u8 *headers, size_t headers_len)
{
	http_put_text(w, "CONNECT ");
	mprox_put_authority(w, to);
	http_put_text(w, " HTTP/1.1\r\nHost: ");
	mprox_put_authority(w, to);
	http_put_text(w, "\r\n");
	if (login || basic) {
		http_put_text(w, "Proxy-Authorization: ");
		if (login)
			mprox_put(w, login, login_len);
		else
			put_basic(w, basic);
		http_put_text(w, "\r\n");
	}
	mprox_put(w, headers, headers_len);
	http_put_text(w, "\r\n");
}

enum {
	STATE_VERSION,		/* HTTP/1. and a digit */
	STATE_CODE,		/* a space and three digits */
	STATE_REASON,		/* up to the line's end */
	STATE_LINE,		/* the first octet of a header line */
	STATE_FIELD,		/* the rest of it */
};

static enum mprox_step http_refused(struct mprox_http *h, int err,
				    enum mprox_blame blame,
				    enum mprox_refusal refusal)
{
	h->err = err;
	h->blame = blame;
	h->refusal = refusal;
	return MPROX_STEP_REFUSED;
}

/* Linux's numbers, whatever system the proxy runs on: squid's are its own. */
enum {
	SQUID_ENETUNREACH	= 101,
	SQUID_ETIMEDOUT		= 110,
	SQUID_ECONNREFUSED	= 111,
	SQUID_EHOSTUNREACH	= 113,
};

/* What is no business of the destination's. */
static enum mprox_refusal why(u16 status)
{
	switch (status) {
	case 407:
		return MPROX_REFUSAL_LOGIN_KIND;
	case 429:
		return MPROX_REFUSAL_BUSY;
	case 400:
	case 405:
	case 501:
		return MPROX_REFUSAL_NO_CONNECT;
	case 401:		/* tinyproxy, of a wrong password; others say 407 */
		return MPROX_REFUSAL_LOGIN_WRONG;
	case 403:
	case 451:
		return MPROX_REFUSAL_RULE;
	case 511:		/* RFC 6585, 6 */
		return MPROX_REFUSAL_PORTAL;
	default:
		return status < 400 ? MPROX_REFUSAL_PORTAL :
				      MPROX_REFUSAL_FAILED;
	}
}

/*
 * What a status means for connect(), and whose fault it is:
 *
 *	5xx, X-Squid-Error: NAME ERRNO	that errno, if it is one of connect()'s
 *	404, 410, 500, 502, 503		EHOSTUNREACH, of the destination:
 *					tinyproxy says 500, privoxy 503
 *	504				ETIMEDOUT, of the destination
 *	everything else			EHOSTUNREACH, of the server: a rule (403),
 *					a login that we do not know (407), a page
 *					to see first (3xx, 511), not a proxy (405)
 */
static enum mprox_step http_refuse(struct mprox_http *h)
{
	switch (h->squid_errno) {
	case SQUID_ENETUNREACH:
		return http_refused(h, ENETUNREACH, MPROX_BLAME_DESTINATION,
				    MPROX_REFUSAL_NET);
	case SQUID_ETIMEDOUT:
		return http_refused(h, ETIMEDOUT, MPROX_BLAME_DESTINATION,
				    MPROX_REFUSAL_TIMEOUT);
	case SQUID_ECONNREFUSED:
		return http_refused(h, ECONNREFUSED, MPROX_BLAME_DESTINATION,
				    MPROX_REFUSAL_PORT);
	case SQUID_EHOSTUNREACH:
		return http_refused(h, EHOSTUNREACH, MPROX_BLAME_DESTINATION,
				    MPROX_REFUSAL_HOST);
	}
	switch (h->status) {
	case 404:
	case 410:
	case 500:
	case 502:
	case 503:
		return http_refused(h, EHOSTUNREACH, MPROX_BLAME_DESTINATION,
				    MPROX_REFUSAL_HOST);
	case 504:
		return http_refused(h, ETIMEDOUT, MPROX_BLAME_DESTINATION,
				    MPROX_REFUSAL_TIMEOUT);
	default:
		return http_refused(h, EHOSTUNREACH, MPROX_BLAME_SERVER,
				    why(h->status));
	}
}

/* NAME ERRNO; the number is what the system call of squid's connect() said. */
static void take_squid_error(struct mprox_http *h, struct mprox_slice value)
{
	u32 number = 0;

	mprox_take_token(&value);
	mprox_skip_spaces(&value);
	while (value.len && mprox_is_digit(*value.data) && number < 1000) {
		number = number * 10 + (*value.data - '0');
		value.data++;
		value.len--;
	}
	h->squid_errno = number < 256 ? number : 0;
}

/* A whole field is in @h->field, folds included. */
static void take_field(struct mprox_http *h)
{
	struct mprox_slice value = { h->field, h->have }, name;

	if (!h->have || h->is_long)
		return;
	name = mprox_take_token(&value);
	if (!value.len || *value.data != ':')
		return;
	value.data++;
	value.len--;
	mprox_skip_spaces(&value);
	if (h->status == 407 && mprox_slice_is(name, "proxy-authenticate"))
		mprox_challenge_scan(&h->challenge, value.data, value.len);
	else if (h->status >= 500 && mprox_slice_is(name, "x-squid-error"))
		take_squid_error(h, value);
	else if (h->status / 100 == 2 &&
		 mprox_slice_is(name, "proxy-authentication-info"))
		h->has_next = mprox_nextnonce_scan(&h->challenge, value.data,
						   value.len);
}

static void begin_field(struct mprox_http *h)
{
	take_field(h);
	h->have = 0;
	h->is_long = 0;
}

/*
 * The empty line. What follows a 2xx is the tunnel, whatever the header says of
 * a body (RFC 9110, 9.3.6); the body of a refusal is not read.
 */
static enum mprox_step end_head(struct mprox_http *h)
{
	begin_field(h);
	if (h->status / 100 == 1) {
		/* Interim (RFC 9110, 15.2), but nobody asked for an upgrade. */
		if (h->status == 101)
			return MPROX_STEP_MALFORMED;
		h->state = STATE_VERSION;
		h->at = 0;
		h->status = 0;
		return MPROX_STEP_MORE;
	}
	if (h->status / 100 == 2)
		return MPROX_STEP_DONE;
	if (h->status == 407 && (h->challenge.digest || h->challenge.basic))
		return MPROX_STEP_LOGIN;
	return http_refuse(h);
}

static enum mprox_step on_version(struct mprox_http *h, u8 octet)
{
	static const char version[] = "HTTP/1.";

	if (h->at < sizeof(version) - 1)
		return octet == (u8)version[h->at++] ? MPROX_STEP_MORE :
						       MPROX_STEP_MALFORMED;
	if (!mprox_is_digit(octet))
		return MPROX_STEP_MALFORMED;
	h->state = STATE_CODE;
	h->at = 0;
	return MPROX_STEP_MORE;
}

/* RFC 9112, 4: SP, three digits; the space behind them may be missing. */
static enum mprox_step on_code(struct mprox_http *h, u8 octet)
{
	if (!h->at++)
		return octet == ' ' ? MPROX_STEP_MORE : MPROX_STEP_MALFORMED;
	if (!mprox_is_digit(octet))
		return MPROX_STEP_MALFORMED;
	h->status = h->status * 10 + (octet - '0');
	if (h->at < 4)
		return MPROX_STEP_MORE;
	if (h->status < 100 || h->status > 599)
		return MPROX_STEP_MALFORMED;
	h->state = STATE_REASON;
	h->at = 0;
	return MPROX_STEP_MORE;
}

static bool is_control(u8 octet)
{
	return (octet < ' ' && octet != '\t' && octet != '\r') || octet == 0x7f;
}

static enum mprox_step on_reason(struct mprox_http *h, u8 octet)
{
	if (octet == '\n') {
		h->state = STATE_LINE;
		h->at = 0;
		return MPROX_STEP_MORE;
	}
	if (!h->at) {
		h->at = 1;
		if (octet != ' ' && octet != '\r')
			return MPROX_STEP_MALFORMED;
	}
	return is_control(octet) ? MPROX_STEP_MALFORMED : MPROX_STEP_MORE;
}

static void http_keep(struct mprox_http *h, u8 octet)
{
	if (h->have < sizeof(h->field))
		h->field[h->have++] = octet;
	else
		h->is_long = 1;
}

/* @h->at: a CR was the last octet. */
static enum mprox_step on_line(struct mprox_http *h, u8 octet)
{
	if (octet == '\n')
		return end_head(h);
	if (octet == '\r' && !h->at) {
		h->at = 1;
		return MPROX_STEP_MORE;
	}
	if (h->at || is_control(octet))
		return MPROX_STEP_MALFORMED;
	/* RFC 9112, 5.2: a line that begins with a space goes on. */
	if (octet != ' ' && octet != '\t')
		begin_field(h);
	http_keep(h, octet);
	h->state = STATE_FIELD;
	return MPROX_STEP_MORE;
}

/* A CR alone is a space to us (RFC 9112, 2.2). */
static enum mprox_step on_field(struct mprox_http *h, u8 octet)
{
	if (octet == '\n') {
		h->state = STATE_LINE;
		h->at = 0;
		return MPROX_STEP_MORE;
	}
	if (is_control(octet))
		return MPROX_STEP_MALFORMED;
	http_keep(h, octet == '\r' ? ' ' : octet);
	return MPROX_STEP_MORE;
}

enum mprox_step mprox_http_on_octet(struct mprox_http *h, u8 octet)
{
	if (++h->total > MPROX_HTTP_HEAD_MAX)
		return MPROX_STEP_MALFORMED;
	switch (h->state) {
	case STATE_VERSION:
		return on_version(h, octet);
	case STATE_CODE:
		return on_code(h, octet);
	case STATE_REASON:
		return on_reason(h, octet);
	case STATE_LINE:
		return on_line(h, octet);
	default:
		return on_field(h, octet);
	}
}
