// SPDX-License-Identifier: GPL-2.0-or-later
// What we say: every octet of it, and N, its length.
#include <gtest/gtest.h>

#include "socks5_driver.h"

namespace socks5 {
namespace {

const Bytes kRequestV4{5, 1, 0, 1, 192, 0, 2, 7, 0x1f, 0x90};
const Bytes kRequestV6{5, 1, 0, 4, 0x20, 0x01, 0x0d, 0xb8, 1,    2,   3,
		       4, 5, 6, 7, 8,    9,    10,   11,   12,   0x01, 0xbb};

TEST(Socks5Messages, Ipv4WithoutPassword)
{
	Handshake h(kV4);

	EXPECT_EQ(h.out(), (Bytes{5, 1, 0}) + kRequestV4);
	EXPECT_EQ(h.state().out_len, 13);
	EXPECT_EQ(h.state().out_ready, 3);
	EXPECT_EQ(h.state().in_len, 0);
	EXPECT_EQ(h.state().err, 0);
}

TEST(Socks5Messages, Ipv6WithoutPassword)
{
	Handshake h(kV6);

	EXPECT_EQ(h.out(), (Bytes{5, 1, 0}) + kRequestV6);
	EXPECT_EQ(h.state().out_len, 25);
	EXPECT_EQ(h.state().out_ready, 3);
}

TEST(Socks5Messages, PasswordIsOfferedAlone)
{
	Password p{text("user"), text("secret")};
	mprox_cred cred = p.cred();
	Handshake h(kV4, &cred);

	EXPECT_EQ(h.out(), (Bytes{5, 1, 2, 1, 4}) + text("user") + (Bytes{6}) +
				   text("secret") + kRequestV4);
	EXPECT_EQ(h.state().out_len, 3 + 3 + 4 + 6 + 10);
	EXPECT_EQ(h.state().out_ready, 3);
}

TEST(Socks5Messages, LongestPasswordFillsTheBuffer)
{
	Password p{Bytes(255, 'u'), Bytes(255, 0xff)};
	mprox_cred cred = p.cred();
	Handshake h4(kV4, &cred), h6(kV6, &cred);

	EXPECT_EQ(h4.state().out_len, 3 + 513 + 10);
	EXPECT_EQ(h6.state().out_len, 3 + 513 + 22);
	EXPECT_EQ(h6.out(), (Bytes{5, 1, 2, 1, 255}) + p.user + (Bytes{255}) +
				    p.pass + kRequestV6);
}

TEST(Socks5Messages, LengthIsExactForEveryPasswordLength)
{
	for (size_t user : {1, 2, 127, 128, 254, 255})
		for (size_t pass : {1, 2, 127, 128, 254, 255}) {
			Password p{Bytes(user, 'u'), Bytes(pass, 'p')};
			mprox_cred cred = p.cred();

			EXPECT_EQ(Handshake(kV4, &cred).state().out_len,
				  3 + 3 + user + pass + 10);
			EXPECT_EQ(Handshake(kV6, &cred).state().out_len,
				  3 + 3 + user + pass + 22);
		}
}

// The login decides, not what the hop happens to know.
TEST(Socks5Messages, CredentialsAreNotSentUnlessTheyAreTheLogin)
{
	Password p{text("user"), text("secret")};
	mprox_hop quiet = hop(MPROX_PROTO_SOCKS5, kV4);

	quiet.cred = p.cred();
	EXPECT_EQ(Talk({quiet}).out(), Handshake(kV4).out());
}

TEST(Socks5Messages, NamesAreSentAsNames)
{
	const std::string longest(255, 'n');

	EXPECT_EQ(Handshake(named("a.example", 0x1f90)).out(),
		  (Bytes{5, 1, 0, 5, 1, 0, 3, 9}) + text("a.example") +
			  (Bytes{0x1f, 0x90}));
	EXPECT_EQ(Handshake(named(longest, 1)).out(),
		  (Bytes{5, 1, 0, 5, 1, 0, 3, 255}) + text(longest) +
			  (Bytes{0, 1}));
}

// Port and address are not confused with lengths or cut at a zero.
TEST(Socks5Messages, ExtremeTargets)
{
	mprox_target low{}, high{0, 0, 65535, {255, 255, 255, 255}, nullptr};

	EXPECT_EQ(Handshake(low).out(),
		  (Bytes{5, 1, 0, 5, 1, 0, 1, 0, 0, 0, 0, 0, 0}));
	EXPECT_EQ(Handshake(high).out(),
		  (Bytes{5, 1, 0, 5, 1, 0, 1, 255, 255, 255, 255, 255, 255}));
}

TEST(Socks5Messages, MessagesBecomeReadyOneAfterTheOther)
{
	Password p{text("me"), text("pw")};
	mprox_cred cred = p.cred();
	Handshake h(kV4, &cred);
	size_t used;

	ASSERT_EQ(mprox_talk_feed(&h.state(), Bytes{5, 2}.data(), 2, &used),
		  MPROX_STEP_SEND);
	EXPECT_EQ(h.state().out_ready, 3 + 7);
	ASSERT_EQ(mprox_talk_feed(&h.state(), Bytes{1, 0}.data(), 2, &used),
		  MPROX_STEP_SEND);
	EXPECT_EQ(h.state().out_ready, h.state().out_len);
}

} // namespace
} // namespace socks5
