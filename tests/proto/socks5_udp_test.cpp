// SPDX-License-Identifier: GPL-2.0-or-later
// The header of an association's datagrams, written and read.
#include "talk_driver.h"

extern "C" {
#include "socks5_udp.h"
}

namespace {

using namespace talk;

// The vectors have no octet to spare, so ASan sees one too many.
Bytes header(const mprox_target &dst)
{
	Bytes out(mprox_socks5_udp_header_len(&dst), 0xa5);

	EXPECT_EQ(mprox_socks5_udp_header(out.data(), out.size(), &dst),
		  out.size());
	return out;
}

struct Parsed {
	explicit Parsed(const Bytes &in) : data(in)
	{
		memset(&from, 0xa5, sizeof(from));
		len = mprox_socks5_udp_parse(data.data(), data.size(), &from);
	}

	std::string name() const
	{
		return std::string(from.name, from.name + from.name_len);
	}

	Bytes addr(size_t octets) const
	{
		return Bytes(from.at.addr, from.at.addr + octets);
	}

	Bytes data;
	int len;
	mprox_udp_from from;
};

const Bytes kFour{0, 0, 0, 1, 192, 0, 2, 7, 0x1f, 0x90};
const Bytes kSix = Bytes{0, 0, 0, 4} + Bytes(kV6.addr, kV6.addr + 16) +
		   Bytes{0x01, 0xbb};
const Bytes kName = Bytes{0, 0, 0, 3, 9} + text("a.example") + Bytes{0, 53};

Bytes named_header(size_t len)
{
	return Bytes{0, 0, 0, 3, static_cast<uint8_t>(len)} + Bytes(len, 'x') +
	       Bytes{0xff, 0xfe};
}

TEST(Socks5Udp, Headers)
{
	EXPECT_EQ(header(kV4), kFour);
	EXPECT_EQ(header(kV6), kSix);
	EXPECT_EQ(header(named("a.example", 53)), kName);
	EXPECT_EQ(header(mprox_target{}), Bytes({0, 0, 0, 1}) + Bytes(6, 0));
}

TEST(Socks5Udp, TheLongestName)
{
	const std::string longest(255, 'x');

	EXPECT_EQ(header(named(longest, 0xfffe)), named_header(255));
	EXPECT_EQ(named_header(255).size(), MPROX_SOCKS5_UDP_HEADER_MAX);
	Parsed p(named_header(255));
	EXPECT_EQ(p.len, MPROX_SOCKS5_UDP_HEADER_MAX);
	EXPECT_EQ(p.name(), longest);
}

TEST(Socks5Udp, NothingIsWrittenWithoutRoom)
{
	for (const mprox_target &dst : {kV4, kV6, named("a.example", 53)})
		for (size_t size = 0; size < header(dst).size(); size++) {
			Bytes out(size, 0xa5);

			EXPECT_EQ(mprox_socks5_udp_header(out.data(), size,
							  &dst), 0u);
			EXPECT_EQ(out, Bytes(size, 0xa5));
		}
}

TEST(Socks5Udp, TheRoomBehindItStaysAsItWas)
{
	Bytes out(kFour.size() + 3, 0xa5);

	EXPECT_EQ(mprox_socks5_udp_header(out.data(), out.size(), &kV4),
		  kFour.size());
	EXPECT_EQ(out, kFour + Bytes(3, 0xa5));
}

TEST(Socks5Udp, WhoSentIt)
{
	for (const Bytes &data : {Bytes{}, text("x"), Bytes(2000, 'x')}) {
		Parsed four(kFour + data), six(kSix + data),
			name(kName + data);

		EXPECT_EQ(four.len, 10);
		EXPECT_EQ(four.from.at.version, 4);
		EXPECT_EQ(four.addr(16),
			  (Bytes{192, 0, 2, 7}) + Bytes(12, 0));
		EXPECT_EQ(four.from.at.port, 8080);
		EXPECT_EQ(four.from.name_len, 0);
		EXPECT_EQ(six.len, 22);
		EXPECT_EQ(six.from.at.version, 6);
		EXPECT_EQ(six.addr(16), Bytes(kV6.addr, kV6.addr + 16));
		EXPECT_EQ(six.from.at.port, 443);
		EXPECT_EQ(six.from.name_len, 0);
		EXPECT_EQ(name.len, 16);
		EXPECT_EQ(name.from.at.version, 0);
		EXPECT_EQ(name.addr(16), Bytes(16, 0));
		EXPECT_EQ(name.from.at.port, 53);
		EXPECT_EQ(name.name(), "a.example");
		EXPECT_EQ(name.from.name, name.data.data() + 5);
	}
}

TEST(Socks5Udp, EveryLengthOfAName)
{
	for (size_t len = 1; len <= 255; len++) {
		Parsed p(named_header(len));

		EXPECT_EQ(p.len, static_cast<int>(4 + 1 + len + 2));
		EXPECT_EQ(p.name(), std::string(len, 'x'));
		EXPECT_EQ(p.from.at.port, 0xfffe);
	}
}

TEST(Socks5Udp, AFragmentIsRefused)
{
	for (int frag = 1; frag <= 255; frag++)
		for (Bytes in : {kFour, kSix, kName}) {
			in[2] = static_cast<uint8_t>(frag);
			EXPECT_EQ(Parsed(in).len, -EMSGSIZE) << frag;
			EXPECT_EQ(Parsed(in + text("x")).len, -EMSGSIZE);
		}
}

TEST(Socks5Udp, RsvMayBeAnything)
{
	for (Bytes in : {kFour, kSix, kName}) {
		in[0] = 0xff;
		in[1] = 1;
		EXPECT_EQ(Parsed(in).len, static_cast<int>(in.size()));
	}
}

TEST(Socks5Udp, NoOtherKindOfAddress)
{
	for (int atyp = 0; atyp <= 255; atyp++) {
		Bytes in = kSix + Bytes(300, 0);

		in[3] = static_cast<uint8_t>(atyp);
		EXPECT_EQ(Parsed(in).len > 0,
			  atyp == 1 || atyp == 3 || atyp == 4) << atyp;
		if (Parsed(in).len <= 0) {
			EXPECT_EQ(Parsed(in).len, -EINVAL) << atyp;
		}
	}
}

TEST(Socks5Udp, AnEmptyNameIsNone)
{
	EXPECT_EQ(Parsed(named_header(0) + Bytes(20, 0)).len, -EINVAL);
}

TEST(Socks5Udp, HalfAHeaderIsNone)
{
	mprox_udp_from from;

	EXPECT_EQ(mprox_socks5_udp_parse(nullptr, 0, &from), -EINVAL);
	for (const Bytes &in : {kFour, kSix, kName, named_header(255)})
		for (size_t len = 0; len < in.size(); len++) {
			Parsed p(Bytes(in.begin(), in.begin() + len));

			EXPECT_EQ(p.len, -EINVAL) << len;
			EXPECT_EQ(p.from.at.version, 0);
			EXPECT_EQ(p.from.name_len, 0);
		}
}

} // namespace
