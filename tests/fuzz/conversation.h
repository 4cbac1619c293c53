// SPDX-License-Identifier: GPL-2.0-or-later
// Any conversation against any servers: what holds whatever they say.
#pragma once

#include <vector>

#include <errno.h>
#include <string.h>

#include "digest_check.h"

extern "C" {
#include "talk.h"
}

namespace conversation {

using Hops = std::vector<mprox_hop>;

// The bits of a choice. Seeds say 0 to 3.
enum {
	IPV6 = 1, PASSWORD = 2, LONG = 4, NAME = 8, PIPELINED = 16,
	ASSOCIATE = 64, BIND = 128
};

inline u8 command(uint8_t choice)
{
	return choice & BIND ? MPROX_COMMAND_BIND :
	       choice & ASSOCIATE ? MPROX_COMMAND_ASSOCIATE :
				    MPROX_COMMAND_CONNECT;
}

inline mprox_hop hop(u8 protocol, uint8_t choice)
{
	static const uint8_t letters[] =
		"seventy octets would have been enough for a secret, but it is "
		"good to have a few more of them, \\ and \" included, up to a "
		"length that no counter of eight bits can hold without care, "
		"for which reason this sentence goes on a little and then a "
		"little more, and stops here.";
	static_assert(sizeof(letters) > 255);
	mprox_hop h{};

	h.protocol = protocol;
	h.to.port = 443;
	h.to.is_ipv6 = choice & IPV6;
	// A name that is one: without what ends a line or a field.
	h.to.name = reinterpret_cast<const u8 *>("a.example");
	h.to.name_len = choice & NAME ? 9 : 0;
	h.login = choice & PASSWORD ? MPROX_LOGIN_PASSWORD : MPROX_LOGIN_NONE;
	h.cred.user_len = h.cred.pass_len =
		choice & LONG ? 255 : 1 + (choice >> 5);
	h.cred.user = h.cred.pass = letters;
	if (choice & LONG) {
		h.headers = reinterpret_cast<const u8 *>("X: y\r\n");
		h.headers_len = 6;
	}
	return h;
}

// One conversation with memory of its own for each piece of it.
class Run {
public:
	Run(const Hops &hops, bool pipelined) : hops_(hops)
	{
		memset(&t_, 0x5a, sizeof(t_));
		out_.resize(mprox_talk_init(&t_, hops.data(), hops.size(),
					    pipelined, nullptr, 0));
		memset(&t_, 0xa5, sizeof(t_));
		CHECK(mprox_talk_init(&t_, hops.data(), hops.size(), pipelined,
				      out_.data(), out_.size()) == out_.size());
		CHECK(!possible() || !is(MPROX_COMMAND_ASSOCIATE) ||
		      hops.back().protocol == MPROX_PROTO_SOCKS5);
		if (!possible())
			return;
		CHECK(t_.out_len == out_.size());
		CHECK(t_.out_ready > 0 && t_.out_ready <= t_.out_len);
		CHECK((t_.out_ready == t_.out_len) ==
		      (t_.pipelined || t_.nr == 1u + is(MPROX_COMMAND_BIND)));
		out_was_ = out_;
	}

	bool possible() const { return !out_.empty(); }

	// Feeds a piece until it is used up or the conversation has ended.
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

	mprox_step step() const { return step_; }
	const mprox_talk &talk() const { return t_; }

	// What must not depend on where the input was cut: all of it.
	bool operator==(const Run &other) const
	{
		mprox_talk mine = t_, theirs = other.t_;

		mine.out = theirs.out = nullptr;
		return ended() == other.ended() && sends_ == other.sends_ &&
		       (!ended() || step_ == other.step_) &&
		       !memcmp(&mine, &theirs, sizeof(mine));
	}

	// An ended conversation stays as it ended.
	void check_end()
	{
		static const uint8_t more[] = {5, 0, 0, 90, 'H'};
		size_t used = 7;

		if (!ended())
			return;
		Run before(*this);
		CHECK(mprox_talk_feed(&t_, more, sizeof(more), &used) == step_);
		CHECK(used == 0 && *this == before);
		if (step_ == MPROX_STEP_LOGIN)
			check_login();
	}

private:
	size_t once(const uint8_t *data, size_t len)
	{
		Piece piece(data, len);
		u16 ready = t_.out_ready;
		u32 in_len = t_.in_len;
		size_t used = ~size_t{0};

		step_ = mprox_talk_feed(&t_, piece.data.get(), len, &used);
		CHECK(step_ <= MPROX_STEP_MALFORMED);
		CHECK(used <= len && t_.in_len == in_len + used);
		CHECK(step_ != MPROX_STEP_MORE || used == len);
		CHECK(t_.out_len == out_.size() && out_ == out_was_);
		CHECK(t_.out_ready >= ready && t_.out_ready <= t_.out_len);
		CHECK((t_.out_ready > ready) == (step_ == MPROX_STEP_SEND));
		CHECK(step_ != MPROX_STEP_DONE || t_.out_ready == t_.out_len);
		CHECK(t_.at < t_.nr && t_.hop < hops_.size());
		CHECK(t_.is_bound ==
		      (is(MPROX_COMMAND_BIND) && t_.at + 1 == t_.nr));
		check_bound();
		check_err();
		check_http();
		sends_ += step_ == MPROX_STEP_SEND;
		return used;
	}

	bool is(u8 command) const { return hops_.back().command == command; }

	// Nothing is told of a port before it has been heard of.
	void check_bound() const
	{
		const mprox_bound none{}, &b = t_.bound;

		CHECK(b.version == 0 || b.version == 4 || b.version == 6);
		if (!b.version)
			CHECK(!b.port && !memcmp(b.addr, none.addr, 16));
		else
			CHECK(t_.is_bound || (is(MPROX_COMMAND_ASSOCIATE) &&
					      step_ == MPROX_STEP_DONE));
	}

	void check_err() const
	{
		bool last = t_.hop + 1u == hops_.size();

		CHECK((ended() && step_ != MPROX_STEP_DONE) == (t_.err != 0));
		CHECK((t_.refusal != MPROX_REFUSAL_NONE) == (t_.err != 0));
		CHECK(t_.refusal < MPROX_REFUSAL_NR);
		CHECK((t_.refusal >= MPROX_REFUSAL_IS_HTTP &&
		       t_.refusal <= MPROX_REFUSAL_GARBLED) ==
		      (step_ == MPROX_STEP_MALFORMED));
		if (!t_.err)
			return;
		CHECK(t_.err == EHOSTUNREACH || step_ == MPROX_STEP_REFUSED);
		CHECK(t_.err == EHOSTUNREACH ||
		      t_.blame == MPROX_BLAME_DESTINATION);
		CHECK(t_.err == EHOSTUNREACH || t_.err == ENETUNREACH ||
		      t_.err == ECONNREFUSED || t_.err == ETIMEDOUT);
		CHECK((last && !is(MPROX_COMMAND_ASSOCIATE)) ||
		      t_.blame == MPROX_BLAME_SERVER);
		CHECK(t_.blame <= MPROX_BLAME_DESTINATION);
	}

	void check_http() const
	{
		const mprox_http &h = t_.http;

		if (hops_[t_.hop].protocol != MPROX_PROTO_HTTP)
			return;
		CHECK(h.have <= MPROX_HTTP_FIELD_MAX);
		CHECK(h.total <= MPROX_HTTP_HEAD_MAX + 1);
		digest::check_bounds(h.challenge);
		CHECK(!h.has_next || h.challenge.nonce_len);
		if (step_ == MPROX_STEP_DONE)
			CHECK(h.status / 100 == 2);
		if (step_ == MPROX_STEP_REFUSED)
			CHECK(h.status >= 300 && h.status < 600);
		if (step_ == MPROX_STEP_LOGIN)
			CHECK(h.status == 407);
	}

	// The next try says what it was asked to say, in one line.
	void check_login()
	{
		mprox_hop again = hops_[t_.hop];

		CHECK(t_.wants <= MPROX_LOGIN_DIGEST);
		if (again.protocol != MPROX_PROTO_HTTP) {
			CHECK((t_.wants == MPROX_LOGIN_NONE) ==
			      (again.login == MPROX_LOGIN_PASSWORD));
			return;
		}
		CHECK(t_.wants != MPROX_LOGIN_NONE);
		CHECK(t_.wants == MPROX_LOGIN_DIGEST ||
		      t_.http.challenge.basic);
		if (t_.wants == MPROX_LOGIN_DIGEST)
			digest::check_answer(t_.http.challenge, again.cred,
					     again.to);
	}

	Hops hops_;
	std::vector<uint8_t> out_, out_was_;
	mprox_talk t_;
	mprox_step step_ = MPROX_STEP_MORE;
	int sends_ = 0;
};

// Whole, cut once at @cut 255ths, and octet by octet: all come to the same.
inline void judge(const Hops &hops, bool pipelined, uint8_t cut,
		  const uint8_t *in, size_t len)
{
	Run whole(hops, pipelined), once(whole), octets(whole);
	size_t at = len * cut / 255;

	if (!whole.possible())
		return;
	whole.feed(in, len);
	once.feed(in, at);
	if (!once.ended())
		once.feed(in + at, len - at);
	for (size_t i = 0; i < len && !octets.ended(); i++)
		octets.feed(in + i, 1);
	CHECK(whole == once);
	CHECK(whole == octets);
	whole.check_end();
}

// A target for one server: the octets that choose, then what it says.
inline int one_server(u8 protocol, const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	Hops hops{hop(protocol, data[0])};
	hops[0].command = command(data[0]);
	judge(hops, data[0] & PIPELINED, data[1], data + 2, size - 2);
	return 0;
}

} // namespace conversation
