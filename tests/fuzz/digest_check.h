// SPDX-License-Identifier: GPL-2.0-or-later
// What must hold of every challenge that was taken from a server.
#pragma once

#include <algorithm>
#include <vector>

#include <errno.h>
#include <string.h>

#include "check.h"

extern "C" {
#include "digest.h"
}

namespace digest {

inline bool is_control(uint8_t c)
{
	return (c < ' ' && c != '\t') || c == 0x7f;
}

// Not one octet may leave that would end the line that it is sent back in.
inline void check_line(const uint8_t *text, size_t len)
{
	CHECK(std::none_of(text, text + len, is_control));
}

inline void check_bounds(const mprox_challenge &c)
{
	CHECK(c.realm_len <= MPROX_REALM_MAX);
	CHECK(c.nonce_len <= MPROX_NONCE_MAX);
	CHECK(c.opaque_len <= MPROX_OPAQUE_MAX);
	check_line(c.realm, c.realm_len);
	check_line(c.nonce, c.nonce_len);
	check_line(c.opaque, c.opaque_len);
}

// Not a hash, but it differs with each octet, and reads all of them.
inline int mix(void *arg, mprox_algorithm algorithm, const mprox_part *parts,
	       size_t nr, u8 *out)
{
	size_t len = algorithm == MPROX_SHA256 ? 32 : 16;
	u32 sum = *static_cast<u32 *>(arg);

	for (size_t i = 0; i < nr; i++)
		for (size_t j = 0; j < parts[i].len; j++)
			sum = sum * 31 +
			      static_cast<const u8 *>(parts[i].data)[j];
	for (size_t i = 0; i < len; i++)
		out[i] = sum = sum * 1103515245 + 12345;
	return 0;
}

inline std::vector<uint8_t> answer(const mprox_challenge &c,
				   const mprox_cred &cred,
				   const mprox_target &to, u32 nc, u32 seed)
{
	u8 cnonce[16];
	mprox_writer w{nullptr, 0, 0};

	memset(cnonce, 'a' + nc % 6, sizeof(cnonce));
	CHECK(!mprox_digest_answer(&w, &c, &cred, &to, nc, cnonce, mix, &seed));
	std::vector<uint8_t> out(w.len);
	w = {out.data(), out.size(), 0};
	CHECK(!mprox_digest_answer(&w, &c, &cred, &to, nc, cnonce, mix, &seed));
	CHECK(w.len == out.size());
	return out;
}

inline bool same(const u8 *a, size_t a_len, const u8 *b, size_t b_len)
{
	return a_len == b_len && !memcmp(a, b, a_len);
}

// What we send back, read as if it were a challenge, is what we were asked.
inline void check_echo(const mprox_challenge &c, const std::vector<uint8_t> &sent)
{
	mprox_challenge echo{};

	mprox_challenge_scan(&echo, sent.data(), sent.size());
	CHECK(echo.digest && !echo.basic);
	CHECK(echo.algorithm == c.algorithm && echo.sess == c.sess);
	CHECK(echo.qop_auth == c.qop_auth && echo.has_opaque == c.has_opaque);
	CHECK(same(echo.realm, echo.realm_len, c.realm, c.realm_len));
	CHECK(same(echo.nonce, echo.nonce_len, c.nonce, c.nonce_len));
	CHECK(same(echo.opaque, echo.opaque_len, c.opaque, c.opaque_len));
}

inline std::vector<uint8_t> check_answer(const mprox_challenge &c,
					 const mprox_cred &cred,
					 const mprox_target &to)
{
	std::vector<uint8_t> first = answer(c, cred, to, 1, 1);

	CHECK(c.nonce_len);
	check_line(first.data(), first.size());
	check_echo(c, first);
	CHECK(answer(c, cred, to, 0xfedcba98, 2).size() == first.size());
	return first;
}

} // namespace digest
