// SPDX-License-Identifier: GPL-2.0-or-later
// Feeds a transcript to the SOCKS5 core in pieces and notes what came of it.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <errno.h>
#include <string.h>

extern "C" {
#include "socks5.h"
}

namespace socks5 {

using Bytes = std::vector<uint8_t>;

inline Bytes operator+(Bytes left, const Bytes &right)
{
	left.insert(left.end(), right.begin(), right.end());
	return left;
}

inline Bytes text(std::string_view from)
{
	return Bytes(from.begin(), from.end());
}

inline const mprox_target kV4{0, 8080, {192, 0, 2, 7}};
inline const mprox_target kV6{
	1, 443, {0x20, 0x01, 0x0d, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}};

// Owns what struct mprox_cred points to.
struct Password {
	Bytes user, pass;

	mprox_cred cred() const
	{
		return {static_cast<u8>(user.size()),
			static_cast<u8>(pass.size()), user.data(), pass.data()};
	}
};

// Everything that a caller can see of one handshake.
struct Outcome {
	mprox_step step = MPROX_STEP_MORE;
	int err = 0;
	size_t used = 0;
	size_t in_len = 0;
	// After how many octets of replies how much of @out became ready.
	std::vector<std::pair<size_t, size_t>> sends;

	bool operator==(const Outcome &) const = default;
};

inline void PrintTo(const Outcome &o, std::ostream *to)
{
	*to << "step " << o.step << " err " << o.err << " used " << o.used
	    << " in_len " << o.in_len << " sends";
	for (const auto &[at, ready] : o.sends)
		*to << " " << at << ":" << ready;
}

// One handshake, started on memory full of rubbish.
class Handshake {
public:
	explicit Handshake(const mprox_target &to, const mprox_cred *cred = nullptr)
	{
		memset(&state_, 0xa5, sizeof(state_));
		mprox_socks5_init(&state_, &to, cred);
	}

	// Feeds until the piece is used up or the handshake has ended.
	void feed(const uint8_t *data, size_t len)
	{
		do {
			size_t used = ~size_t{0};

			outcome_.step =
				mprox_socks5_feed(&state_, data, len, &used);
			outcome_.used += used;
			data += used;
			len -= used;
			if (outcome_.step == MPROX_STEP_SEND)
				outcome_.sends.emplace_back(state_.in_len,
							    state_.out_ready);
		} while (len && !ended());
		outcome_.err = state_.err;
		outcome_.in_len = state_.in_len;
	}

	bool ended() const
	{
		return outcome_.step != MPROX_STEP_MORE &&
		       outcome_.step != MPROX_STEP_SEND;
	}

	const Outcome &outcome() const { return outcome_; }
	const mprox_socks5 &state() const { return state_; }
	mprox_socks5 &state() { return state_; }
	Bytes out() const { return {state_.out, state_.out + state_.out_len}; }

private:
	mprox_socks5 state_;
	Outcome outcome_;
};

// The server's side, put together from its parts.
inline Bytes method_reply(uint8_t method)
{
	return {5, method};
}

inline const Bytes kAuthOk{1, 0};

inline Bytes ipv4_reply(uint8_t rep)
{
	return {5, rep, 0, 1, 10, 1, 2, 3, 0x1f, 0x90};
}

inline Bytes ipv6_reply(uint8_t rep)
{
	return Bytes{5, rep, 0, 4} + Bytes(16, 0xfe) + Bytes{0xab, 0xcd};
}

inline Bytes domain_reply(uint8_t rep, size_t length)
{
	return Bytes{5, rep, 0, 3, static_cast<uint8_t>(length)} +
	       Bytes(length, 'x') + Bytes{0, 80};
}

} // namespace socks5
