/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Reading header fields: RFC 9110, 5.6. Nothing here is ever out of bounds. */
#ifndef MPROX_SCAN_H
#define MPROX_SCAN_H

#include "proto.h"

/* A piece of a field, not NUL-terminated. */
struct mprox_slice {
	const u8 *data;
	size_t len;
};

static inline u8 mprox_lower(u8 c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

static inline bool mprox_is_digit(u8 c)
{
	return c >= '0' && c <= '9';
}

/* RFC 9110, 5.6.2. */
static inline bool mprox_is_token(u8 c)
{
	return mprox_is_digit(c) || (mprox_lower(c) >= 'a' && mprox_lower(c) <= 'z') ||
	       (c && memchr("!#$%&'*+-.^_`|~", c, 15));
}

/* Case does not matter; @text is in lower case. */
static inline bool mprox_slice_is(struct mprox_slice s, const char *text)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (!text[i] || mprox_lower(s.data[i]) != (u8)text[i])
			return false;
	return !text[s.len];
}

static inline void mprox_skip_spaces(struct mprox_slice *s)
{
	while (s->len && (*s->data == ' ' || *s->data == '\t')) {
		s->data++;
		s->len--;
	}
}

/* Cuts a token off the front; empty if there is none. */
struct mprox_slice mprox_take_token(struct mprox_slice *s);

/*
 * Cuts "= value" off the front, spaces allowed; the value is a token or what is
 * between quotes, still escaped. False: there is no such thing.
 */
bool mprox_take_value(struct mprox_slice *s, struct mprox_slice *value);

#endif
