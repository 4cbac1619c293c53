// SPDX-License-Identifier: GPL-2.0-or-later
// What we hear: each transcript whole, cut everywhere, and octet by octet.
#include <gtest/gtest.h>

#include "socks5_driver.h"

namespace socks5 {
namespace {

const Password kPassword{text("user"), text("secret")};
constexpr uint16_t kGreeting = 3, kRequest = 10, kAuth = 3 + 4 + 6;
constexpr uint16_t kOpenLen = kGreeting + kRequest;
constexpr uint16_t kAuthLen = kOpenLen + kAuth;

Hops server(bool password)
{
	static const mprox_cred cred = kPassword.cred();

	return {hop(MPROX_PROTO_SOCKS5, kV4, password ? &cred : nullptr)};
}

Outcome feed_cut(const Bytes &in, bool password, const std::vector<size_t> &cuts)
{
	return talk::feed_cut(server(password), false, in, cuts);
}

void expect_at_every_split(const Bytes &in, bool password, const Outcome &want)
{
	EXPECT_EQ(at_every_split(server(password), in), want);
}

Outcome open_outcome(mprox_step step, int err, size_t used)
{
	return {step, err, used, used, {{2, kOpenLen}}};
}

Outcome auth_outcome(mprox_step step, int err, size_t used)
{
	return {step, err, used, used,
		{{2, kGreeting + kAuth}, {4, kAuthLen}}};
}

TEST(Socks5Replies, DoneWithEachAddressType)
{
	for (const Bytes &reply :
	     {ipv4_reply(0), ipv6_reply(0), domain_reply(0, 0),
	      domain_reply(0, 1), domain_reply(0, 9), domain_reply(0, 255)}) {
		Bytes open = method_reply(0) + reply;
		Bytes auth = method_reply(2) + kAuthOk + reply;

		expect_at_every_split(open, false,
			open_outcome(MPROX_STEP_DONE, 0, open.size()));
		expect_at_every_split(auth, true,
			auth_outcome(MPROX_STEP_DONE, 0, auth.size()));
	}
}

TEST(Socks5Replies, ServerDataIsLeftAlone)
{
	for (const Bytes &reply : {ipv4_reply(0), ipv6_reply(0),
				   domain_reply(0, 0), domain_reply(0, 7)}) {
		Bytes in = method_reply(0) + reply;
		Bytes glued = in + text("SSH-2.0-OpenSSH_9.2\r\n");

		expect_at_every_split(glued, false,
			open_outcome(MPROX_STEP_DONE, 0, in.size()));
	}
}

TEST(Socks5Replies, DataThatLooksLikeAReplyIsStillData)
{
	Bytes in = method_reply(0) + ipv4_reply(0);

	expect_at_every_split(in + ipv4_reply(1), false,
			      open_outcome(MPROX_STEP_DONE, 0, in.size()));
}

TEST(Socks5Replies, ReservedOctetMayBeAnything)
{
	for (int rsv = 0; rsv < 256; rsv++) {
		Bytes in = method_reply(0) + ipv4_reply(0);

		in[4] = rsv;
		EXPECT_EQ(feed_cut(in, false, {}),
			  open_outcome(MPROX_STEP_DONE, 0, in.size()));
	}
}

int errno_of(int rep)
{
	return rep == 3 ? ENETUNREACH : rep == 5 ? ECONNREFUSED : EHOSTUNREACH;
}

TEST(Socks5Replies, EachReplyCodeHasItsErrno)
{
	for (int rep = 1; rep < 256; rep++) {
		// REP settles it: nothing after it is needed or used.
		expect_at_every_split(method_reply(0) + ipv4_reply(rep), false,
			open_outcome(MPROX_STEP_REFUSED, errno_of(rep), 4));
	}
}

// 3 to 6 speak of the destination; another server may see the rest otherwise.
TEST(Socks5Replies, EachReplyCodeHasItsBlame)
{
	for (int rep = 1; rep < 256; rep++) {
		Bytes in = method_reply(0) + ipv4_reply(rep);
		Handshake h(kV4);

		h.feed(in.data(), in.size());
		EXPECT_EQ(h.state().blame, rep >= 3 && rep <= 6 ?
			  MPROX_BLAME_DESTINATION : MPROX_BLAME_SERVER) << rep;
	}
}

TEST(Socks5Replies, OtherLoginIsNamed)
{
	mprox_cred cred = kPassword.cred();

	for (int method = 0; method < 256; method++) {
		Handshake open(kV4), auth(kV4, &cred);
		Bytes in = method_reply(method);

		open.feed(in.data(), in.size());
		auth.feed(in.data(), in.size());
		if (method != 0) {
			EXPECT_EQ(open.state().wants, MPROX_LOGIN_PASSWORD);
		}
		if (method != 2) {
			EXPECT_EQ(auth.state().wants, MPROX_LOGIN_NONE);
		}
	}
}

TEST(Socks5Replies, RefusedAfterPassword)
{
	expect_at_every_split(
		method_reply(2) + kAuthOk + domain_reply(5, 20), true,
		auth_outcome(MPROX_STEP_REFUSED, ECONNREFUSED, 6));
}

TEST(Socks5Replies, AnyOtherMethodAsksForAnotherLogin)
{
	for (int method = 0; method < 256; method++) {
		Outcome want{MPROX_STEP_LOGIN, EHOSTUNREACH, 2, 2, {}};

		if (method != 0)
			expect_at_every_split(method_reply(method) + text("xy"),
					      false, want);
		if (method != 2)
			expect_at_every_split(method_reply(method) + text("xy"),
					      true, want);
	}
}

TEST(Socks5Replies, WrongPasswordIsRefused)
{
	for (int status = 1; status < 256; status++)
		for (uint8_t ver : {1, 5}) {
			Bytes in = method_reply(2) +
				   Bytes{ver, static_cast<uint8_t>(status)};

			expect_at_every_split(in, true,
				{MPROX_STEP_REFUSED, EHOSTUNREACH, 4, 4,
				 {{2, kGreeting + kAuth}}});
		}
}

TEST(Socks5Replies, PasswordReplyMaySayVersion5)
{
	Bytes in = method_reply(2) + Bytes{5, 0} + ipv4_reply(0);

	expect_at_every_split(in, true,
			      auth_outcome(MPROX_STEP_DONE, 0, in.size()));
}

TEST(Socks5Replies, WrongVersionIsMalformedAtOnce)
{
	for (int ver = 0; ver < 256; ver++) {
		uint8_t v = ver;

		if (v != 5) {
			expect_at_every_split(Bytes{v, 0, 0, 0}, false,
				{MPROX_STEP_MALFORMED, EHOSTUNREACH, 1, 1, {}});
			expect_at_every_split(
				method_reply(0) + Bytes{v, 0, 0, 1}, false,
				open_outcome(MPROX_STEP_MALFORMED, EHOSTUNREACH,
					     3));
		}
		if (v != 5 && v != 1)
			expect_at_every_split(method_reply(2) + Bytes{v, 0},
				true, {MPROX_STEP_MALFORMED, EHOSTUNREACH, 3, 3,
				       {{2, kGreeting + kAuth}}});
	}
}

TEST(Socks5Replies, UnknownAddressTypeIsMalformed)
{
	for (int atyp = 0; atyp < 256; atyp++) {
		if (atyp == 1 || atyp == 3 || atyp == 4)
			continue;
		Bytes in = method_reply(0) +
			   Bytes{5, 0, 0, static_cast<uint8_t>(atyp)} +
			   Bytes(20, 0);

		expect_at_every_split(in, false,
			open_outcome(MPROX_STEP_MALFORMED, EHOSTUNREACH, 6));
	}
}

TEST(Socks5Replies, OtherProtocolsAreMalformed)
{
	for (const char *in : {"HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-x",
			       "220 mail ESMTP\r\n"})
		expect_at_every_split(text(in), false,
			{MPROX_STEP_MALFORMED, EHOSTUNREACH, 1, 1, {}});
	expect_at_every_split({0, 0x5a, 0, 0, 0, 0, 0, 0}, false, // SOCKS4
			      {MPROX_STEP_MALFORMED, EHOSTUNREACH, 1, 1, {}});
}

TEST(Socks5Replies, EveryPrefixWantsMore)
{
	Bytes in = method_reply(2) + kAuthOk + domain_reply(0, 5);

	for (size_t len = 0; len < in.size(); len++) {
		Outcome o = feed_cut(Bytes(in.begin(), in.begin() + len), true,
				     {});
		bool at_send = len == 2 || len == 4;

		EXPECT_EQ(o.step, at_send ? MPROX_STEP_SEND : MPROX_STEP_MORE);
		EXPECT_EQ(o.used, len);
		EXPECT_EQ(o.in_len, len);
	}
}

TEST(Socks5Replies, SendStopsBeforeTheNextReply)
{
	mprox_cred cred = kPassword.cred();
	Handshake h(kV4, &cred);
	Bytes in = method_reply(2) + kAuthOk + ipv4_reply(0);
	size_t used;

	EXPECT_EQ(mprox_talk_feed(&h.state(), in.data(), in.size(), &used),
		  MPROX_STEP_SEND);
	EXPECT_EQ(used, 2u);
	EXPECT_EQ(mprox_talk_feed(&h.state(), in.data() + 2, in.size() - 2,
				    &used),
		  MPROX_STEP_SEND);
	EXPECT_EQ(used, 2u);
}

TEST(Socks5Replies, TheEndIsTheEnd)
{
	struct {
		Bytes in;
		mprox_step step;
		int err;
	} ends[] = {
		{method_reply(0) + ipv4_reply(0), MPROX_STEP_DONE, 0},
		{method_reply(0) + ipv4_reply(5), MPROX_STEP_REFUSED,
		 ECONNREFUSED},
		{{4}, MPROX_STEP_MALFORMED, EHOSTUNREACH},
	};

	for (const auto &end : ends) {
		Handshake h(kV4);
		h.feed(end.in.data(), end.in.size());
		size_t in_len = h.state().in_len, used = 1;

		for (const Bytes &more : {Bytes{}, Bytes{5, 0, 5, 0}}) {
			EXPECT_EQ(mprox_talk_feed(&h.state(), more.data(),
						    more.size(), &used),
				  end.step);
			EXPECT_EQ(used, 0u);
			EXPECT_EQ(h.state().in_len, in_len);
			EXPECT_EQ(h.state().err, end.err);
		}
	}
}

// M of the longest reply still fits its counter, with room.
TEST(Socks5Replies, LongestReplyIsCounted)
{
	Bytes in = method_reply(2) + kAuthOk + domain_reply(0, 255);
	Outcome o = feed_cut(in, true, {});

	EXPECT_EQ(o.step, MPROX_STEP_DONE);
	EXPECT_EQ(o.in_len, 2u + 2 + 4 + 1 + 255 + 2);
}

} // namespace
} // namespace socks5
