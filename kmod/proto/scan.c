// SPDX-License-Identifier: GPL-2.0 OR MIT
#include "scan.h"

static struct mprox_slice cut(struct mprox_slice *s, size_t len)
{
	struct mprox_slice front = { s->data, len };

	s->data += len;
	s->len -= len;
	return front;
}

struct mprox_slice mprox_take_token(struct mprox_slice *s)
{
	size_t len = 0;

	while (len < s->len && mprox_is_token(s->data[len]))
		len++;
	return cut(s, len);
}

/* Behind the opening quote: up to the closing one, which is cut off too. */
static bool take_quoted(struct mprox_slice *s, struct mprox_slice *value)
{
	size_t len;

	for (len = 0; len < s->len && s->data[len] != '"'; len++)
		if (s->data[len] == '\\')
			len++;
	if (len >= s->len)
		return false;
	*value = cut(s, len);
	cut(s, 1);
	return true;
}

bool mprox_take_value(struct mprox_slice *s, struct mprox_slice *value)
{
	mprox_skip_spaces(s);
	if (!s->len || *s->data != '=')
		return false;
	cut(s, 1);
	mprox_skip_spaces(s);
	if (s->len && *s->data == '"') {
		cut(s, 1);
		return take_quoted(s, value);
	}
	*value = mprox_take_token(s);
	return value->len;
}
