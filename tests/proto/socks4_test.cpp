// SPDX-License-Identifier: GPL-2.0-or-later
// SOCKS4 and 4A: the request's octets, and what the answer comes to.
#include "talk_driver.h"

namespace {

using namespace talk;

Hops server(const mprox_target &to = kV4, const mprox_cred *cred = nullptr)
{
	return {hop(MPROX_PROTO_SOCKS4, to, cred)};
}

Bytes reply(uint8_t code, uint8_t version = 0)
{
	return {version, code, 0x1f, 0x90, 10, 1, 2, 3};
}

TEST(Socks4, RequestWithAnAddress)
{
	EXPECT_EQ(Talk(server()).out(),
		  (Bytes{4, 1, 0x1f, 0x90, 192, 0, 2, 7, 0}));
}

TEST(Socks4, RequestWithAUserId)
{
	Password p{text("me"), {}};
	mprox_cred cred = p.cred();

	EXPECT_EQ(Talk(server(kV4, &cred)).out(),
		  (Bytes{4, 1, 0x1f, 0x90, 192, 0, 2, 7, 'm', 'e', 0}));
}

TEST(Socks4, NameGoesBehindTheUserId)
{
	Password p{text("me"), {}};
	mprox_cred cred = p.cred();

	EXPECT_EQ(Talk(server(named("a.example", 80), &cred)).out(),
		  (Bytes{4, 1, 0, 80, 0, 0, 0, 1, 'm', 'e', 0}) +
			  text("a.example") + Bytes{0});
}

TEST(Socks4, WhatCannotBeSaidIsNotSaid)
{
	Password p{Bytes{'a', 0, 'b'}, {}};
	mprox_cred cred = p.cred();
	mprox_talk t;

	EXPECT_EQ(mprox_talk_init(&t, server(kV6).data(), 1, false, nullptr, 0),
		  0u);
	EXPECT_EQ(mprox_talk_init(&t, server(kV4, &cred).data(), 1, false,
				  nullptr, 0), 0u);
}

// 4A takes 0.0.0.x for "a name follows", and would wait for it.
TEST(Socks4, AddressesThatMeanAName)
{
	mprox_talk t;

	for (u8 last : {0, 1, 255}) {
		mprox_target to{0, 0, 80, {0, 0, 0, last}, nullptr};

		EXPECT_EQ(mprox_talk_init(&t, server(to).data(), 1, false,
					  nullptr, 0), last ? 0u : 9u);
	}
	mprox_target other{0, 0, 80, {0, 0, 1, 1}, nullptr};
	EXPECT_EQ(mprox_talk_init(&t, server(other).data(), 1, false, nullptr,
				  0), 9u);
}

TEST(Socks4, NameEvenIfTheAddressIsIpv6)
{
	mprox_target to = named("a.example", 80);

	to.is_ipv6 = 1;
	EXPECT_EQ(Talk(server(to)).out(),
		  Talk(server(named("a.example", 80))).out());
}

TEST(Socks4, GrantedAtEverySplit)
{
	for (uint8_t version : {0, 4}) {
		Bytes in = reply(90, version);

		EXPECT_EQ(at_every_split(server(), in + text("220 hello")),
			  (Outcome{MPROX_STEP_DONE, 0, 8, 8, {}}));
	}
}

TEST(Socks4, RefusalsAndWhoseFaultTheyAre)
{
	for (auto [code, err, blame] :
	     {std::tuple{91, ECONNREFUSED, MPROX_BLAME_DESTINATION},
	      {92, EHOSTUNREACH, MPROX_BLAME_SERVER},
	      {93, EHOSTUNREACH, MPROX_BLAME_SERVER}}) {
		Talk t(server());
		Bytes in = reply(code);

		t.feed(in.data(), in.size());
		EXPECT_EQ(t.outcome(),
			  (Outcome{MPROX_STEP_REFUSED, err, 2, 2, {}}));
		EXPECT_EQ(t.state().blame, blame);
		at_every_split(server(), in);
	}
}

TEST(Socks4, EverythingElseIsMalformed)
{
	for (int octet = 0; octet < 256; octet++) {
		uint8_t o = octet;

		if (o != 0 && o != 4) {
			EXPECT_EQ(at_every_split(server(), Bytes{o, 90}),
				  (Outcome{MPROX_STEP_MALFORMED, EHOSTUNREACH,
					   1, 1, {}}));
		}
		if (o < 90 || o > 93) {
			EXPECT_EQ(at_every_split(server(), Bytes{0, o}).step,
				  MPROX_STEP_MALFORMED);
		}
	}
}

} // namespace
