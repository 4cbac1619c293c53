// SPDX-License-Identifier: GPL-2.0 OR MIT
#include "authority.h"

static void put_decimal(struct mprox_writer *w, u32 number)
{
	u8 text[10];
	size_t at = sizeof(text);

	do {
		text[--at] = '0' + number % 10;
		number /= 10;
	} while (number);
	mprox_put(w, text + at, sizeof(text) - at);
}

static void put_hex(struct mprox_writer *w, u16 number)
{
	static const char digits[] = "0123456789abcdef";
	int shift = 12;

	/* RFC 5952, 4.1: no leading zeros. */
	while (shift && !(number >> shift))
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		mprox_put_u8(w, digits[number >> shift & 0xf]);
}

static u16 word(const u8 *addr, int i)
{
	return addr[2 * i] << 8 | addr[2 * i + 1];
}

/* RFC 5952, 4.2: the longest row of zero words, the first of equals, if > 1. */
static void find_zeros(const u8 *addr, int *from, int *len)
{
	int i, j;

	*from = -1;
	*len = 1;
	for (i = 0; i < 8; i = j + 1) {
		for (j = i; j < 8 && !word(addr, j); j++)
			;
		if (j - i > *len) {
			*from = i;
			*len = j - i;
		}
	}
}

static void put_ipv6(struct mprox_writer *w, const u8 *addr)
{
	int from, len, i = 0;

	find_zeros(addr, &from, &len);
	while (i < 8) {
		if (i == from) {
			mprox_put(w, "::", 2);
			i += len;
			continue;
		}
		if (i && i != from + len)
			mprox_put_u8(w, ':');
		put_hex(w, word(addr, i++));
	}
}

static void put_ipv4(struct mprox_writer *w, const u8 *addr)
{
	int i;

	for (i = 0; i < 4; i++) {
		if (i)
			mprox_put_u8(w, '.');
		put_decimal(w, addr[i]);
	}
}

void mprox_put_authority(struct mprox_writer *w, const struct mprox_target *to)
{
	mprox_put(w, to->name, to->name_len);
	mprox_put_authority_rest(w, to);
}

void mprox_put_authority_rest(struct mprox_writer *w,
			      const struct mprox_target *to)
{
	if (!to->name_len && to->is_ipv6) {
		mprox_put_u8(w, '[');
		put_ipv6(w, to->addr);
		mprox_put_u8(w, ']');
	} else if (!to->name_len) {
		put_ipv4(w, to->addr);
	}
	mprox_put_u8(w, ':');
	put_decimal(w, to->port);
}
