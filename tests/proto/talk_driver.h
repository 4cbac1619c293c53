// SPDX-License-Identifier: GPL-2.0-or-later
// Feeds a transcript to a conversation in pieces and notes what came of it.
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

#include <gtest/gtest.h>

extern "C" {
#include "talk.h"
}

namespace talk {

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

inline const mprox_target kV4{0, 0, 8080, {192, 0, 2, 7}, nullptr};
inline const mprox_target kV6{
	1, 0, 443,
	{0x20, 0x01, 0x0d, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, nullptr};

// The name must outlive the target.
inline mprox_target named(std::string_view name, uint16_t port)
{
	return {0, static_cast<u8>(name.size()), port, {},
		reinterpret_cast<const u8 *>(name.data())};
}

// Owns what struct mprox_cred points to.
struct Password {
	Bytes user, pass;

	mprox_cred cred() const
	{
		return {static_cast<u8>(user.size()),
			static_cast<u8>(pass.size()), user.data(), pass.data()};
	}
};

inline mprox_hop hop(mprox_protocol protocol, const mprox_target &to,
		     const mprox_cred *cred = nullptr)
{
	mprox_hop h{};

	h.protocol = protocol;
	h.to = to;
	if (cred && (cred->user_len || cred->pass_len)) {
		h.login = MPROX_LOGIN_PASSWORD;
		h.cred = *cred;
	}
	return h;
}

// Everything that a caller can see of one conversation.
struct Outcome {
	mprox_step step = MPROX_STEP_MORE;
	int err = 0;
	size_t used = 0;
	size_t in_len = 0;
	// After how many octets of answers how much of @out became ready.
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

// One conversation, started on memory full of rubbish.
class Talk {
public:
	explicit Talk(const std::vector<mprox_hop> &hops, bool pipelined = false)
	{
		memset(&state_, 0xa5, sizeof(state_));
		size_t len = mprox_talk_init(&state_, hops.data(), hops.size(),
					     pipelined, nullptr, 0);
		out_.assign(len, 0xa5);
		memset(&state_, 0x5a, sizeof(state_));
		EXPECT_EQ(mprox_talk_init(&state_, hops.data(), hops.size(),
					  pipelined, out_.data(), len), len);
	}

	// Feeds until the piece is used up or the conversation has ended.
	void feed(const uint8_t *data, size_t len)
	{
		do {
			size_t used = ~size_t{0};

			outcome_.step =
				mprox_talk_feed(&state_, data, len, &used);
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
	const mprox_talk &state() const { return state_; }
	mprox_talk &state() { return state_; }
	const Bytes &out() const { return out_; }

private:
	Bytes out_;
	mprox_talk state_;
	Outcome outcome_;
};

using Hops = std::vector<mprox_hop>;

inline Outcome feed_cut(const Hops &hops, bool pipelined, const Bytes &in,
			const std::vector<size_t> &cuts)
{
	Talk talk(hops, pipelined);
	size_t from = 0;

	for (size_t cut : cuts) {
		talk.feed(in.data() + from, cut - from);
		from = cut;
		if (talk.ended())
			return talk.outcome();
	}
	talk.feed(in.data() + from, in.size() - from);
	return talk.outcome();
}

// One cut, two cuts, octet by octet: all must come to the same. Returns it.
inline Outcome at_every_split(const Hops &hops, const Bytes &in,
			      bool pipelined = false)
{
	const Outcome want = feed_cut(hops, pipelined, in, {});

	for (size_t i = 0; i <= in.size(); i++) {
		EXPECT_EQ(feed_cut(hops, pipelined, in, {i}), want)
			<< "cut " << i;
		for (size_t j = i; j <= in.size() && in.size() < 64; j++)
			EXPECT_EQ(feed_cut(hops, pipelined, in, {i, j}), want)
				<< "cuts " << i << " " << j;
	}
	std::vector<size_t> all;
	for (size_t i = 0; i <= in.size(); i++)
		all.insert(all.end(), 2, i); // with an empty piece each time
	EXPECT_EQ(feed_cut(hops, pipelined, in, all), want);
	return want;
}

} // namespace talk
