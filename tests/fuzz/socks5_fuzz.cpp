// SPDX-License-Identifier: GPL-2.0-or-later
// The SOCKS5 client against any server. Input: two octets that choose the
// handshake and the first cut, then what the server says.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <tuple>

#include <errno.h>
#include <string.h>

extern "C" {
#include "socks5.h"
}

namespace {

#define CHECK(truth) \
	do { \
		if (!(truth)) \
			abort(); \
	} while (0)

// A copy of its own for each piece, so that ASan sees one octet too far.
struct Piece {
	explicit Piece(const uint8_t *from, size_t len)
		: data(new uint8_t[len])
	{
		if (len)
			memcpy(data.get(), from, len);
	}
	std::unique_ptr<uint8_t[]> data;
};

class Run {
public:
	explicit Run(uint8_t choice)
	{
		static const uint8_t secret[255] = {'s'};
		mprox_target to{static_cast<u8>(choice & 1), 443, {}};
		u8 len = choice & 4 ? 255 : 1 + (choice >> 3);
		mprox_cred cred{len, len, secret, secret};

		memset(&s_, choice, sizeof(s_));
		mprox_socks5_init(&s_, &to, choice & 2 ? &cred : nullptr);
		CHECK(s_.out_len <= sizeof(s_.out));
		CHECK(s_.out_ready > 0 && s_.out_ready < s_.out_len);
		out_len_ = s_.out_len;
		first_ = s_;
	}

	// Feeds a piece until it is used up or the handshake has ended.
	void feed(const uint8_t *data, size_t len)
	{
		size_t used;

		do {
			used = once(data, len);
			data += used;
			len -= used;
		} while (len && !ended());
	}

	bool ended() const
	{
		return step_ != MPROX_STEP_MORE && step_ != MPROX_STEP_SEND;
	}

	// What must not depend on where the input was cut.
	auto result() const
	{
		return std::make_tuple(ended() ? step_ : MPROX_STEP_MORE,
				       s_.in_len, s_.out_ready, s_.err, sends_,
				       memcmp(s_.out, first_.out, out_len_));
	}

private:
	size_t once(const uint8_t *data, size_t len)
	{
		Piece piece(data, len);
		u16 ready = s_.out_ready, in_len = s_.in_len;
		size_t used = ~size_t{0};

		step_ = mprox_socks5_feed(&s_, piece.data.get(), len, &used);
		CHECK(used <= len);
		CHECK(s_.in_len == in_len + used);
		CHECK(s_.out_len == out_len_);
		CHECK(s_.out_ready >= ready && s_.out_ready <= out_len_);
		CHECK((s_.out_ready > ready) == (step_ == MPROX_STEP_SEND));
		CHECK(step_ != MPROX_STEP_MORE || used == len);
		CHECK(step_ != MPROX_STEP_DONE || s_.out_ready == out_len_);
		CHECK(step_ <= MPROX_STEP_MALFORMED);
		check_err();
		sends_ += step_ == MPROX_STEP_SEND;
		return used;
	}

	void check_err() const
	{
		bool failed = step_ == MPROX_STEP_REFUSED ||
			      step_ == MPROX_STEP_MALFORMED;

		CHECK(failed == (s_.err != 0));
		CHECK(!failed || s_.err == EHOSTUNREACH ||
		      s_.err == ENETUNREACH || s_.err == ECONNREFUSED);
	}

	mprox_socks5 s_;
	mprox_socks5 first_;
	mprox_step step_ = MPROX_STEP_MORE;
	u16 out_len_;
	int sends_ = 0;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	uint8_t choice = data[0];
	size_t cut = data[1];
	const uint8_t *in = data + 2;
	size_t len = size - 2;

	Run whole(choice), cut_once(choice), octets(choice);

	whole.feed(in, len);
	if (cut > len)
		cut = len;
	cut_once.feed(in, cut);
	if (!cut_once.ended())
		cut_once.feed(in + cut, len - cut);
	for (size_t i = 0; i < len && !octets.ended(); i++)
		octets.feed(in + i, 1);

	CHECK(whole.result() == cut_once.result());
	CHECK(whole.result() == octets.result());
	return 0;
}
