// SPDX-License-Identifier: GPL-2.0-or-later
// BIND: a port on the last proxy, answered when it is open and when it is used.
#include "talk_driver.h"

namespace {

using namespace talk;

mprox_hop binding(mprox_protocol protocol, const mprox_target &peer = kV4)
{
	mprox_hop h = hop(protocol, peer);

	h.command = MPROX_COMMAND_BIND;
	return h;
}

const Bytes kMethod{5, 0};
const Bytes kOpen{5, 0, 0, 1, 203, 0, 113, 9, 0x9c, 0x41};
const Bytes kUsed{5, 0, 0, 1, 192, 0, 2, 7, 0, 20};
const Bytes kOpen4{0, 90, 0x9c, 0x41, 203, 0, 113, 9};
const Bytes kUsed4{0, 90, 0, 20, 192, 0, 2, 7};

TEST(Bind, Requests)
{
	EXPECT_EQ(Talk({binding(MPROX_PROTO_SOCKS5)}).out(),
		  (Bytes{5, 1, 0, 5, 2, 0, 1, 192, 0, 2, 7, 0x1f, 0x90}));
	EXPECT_EQ(Talk({binding(MPROX_PROTO_SOCKS4)}).out(),
		  (Bytes{4, 2, 0x1f, 0x90, 192, 0, 2, 7, 0}));
}

TEST(Bind, OpensWithTheSecondAnswer)
{
	for (bool pipelined : {false, true}) {
		auto o = at_every_split({binding(MPROX_PROTO_SOCKS5)},
					kMethod + kOpen + kUsed + text("data"),
					pipelined);
		EXPECT_EQ(o.step, MPROX_STEP_DONE);
		EXPECT_EQ(o.in_len, 22u);
		o = at_every_split({binding(MPROX_PROTO_SOCKS4)},
				   kOpen4 + kUsed4 + text("data"), pipelined);
		EXPECT_EQ(o.step, MPROX_STEP_DONE);
		EXPECT_EQ(o.in_len, 16u);
	}
}

// After the first answer, and not an octet sooner.
void expect_bound(const Hops &hops, Bytes in, u8 version, const Bytes &addr)
{
	Talk talk(hops);

	talk.feed(in.data(), in.size() - 1);
	EXPECT_FALSE(talk.state().is_bound);
	talk.feed(&in.back(), 1);
	EXPECT_EQ(talk.outcome().step, MPROX_STEP_MORE);
	EXPECT_TRUE(talk.state().is_bound);
	const mprox_bound &bound = talk.state().bound;
	EXPECT_EQ(bound.version, version);
	EXPECT_EQ(Bytes(bound.addr, bound.addr + addr.size()), addr);
	if (version) {
		EXPECT_EQ(bound.port, 40001);
	}
}

TEST(Bind, TellsWhereThePortIs)
{
	const Bytes v6(kV6.addr, kV6.addr + 16);
	const Bytes four{203, 0, 113, 9};

	expect_bound({binding(MPROX_PROTO_SOCKS5)}, kMethod + kOpen, 4, four);
	expect_bound({binding(MPROX_PROTO_SOCKS5)},
		     kMethod + Bytes{5, 0, 0, 4} + v6 + Bytes{0x9c, 0x41}, 6,
		     v6);
	expect_bound({binding(MPROX_PROTO_SOCKS4)}, kOpen4, 4, four);
	expect_bound({hop(MPROX_PROTO_SOCKS4, kV4),
		      binding(MPROX_PROTO_SOCKS5)},
		     kOpen4 + kMethod + kOpen, 4, four);
}

// A name says nothing that could be told to a peer, however long it is.
TEST(Bind, ANameIsNoAddress)
{
	const Bytes name(200, 'a');

	expect_bound({binding(MPROX_PROTO_SOCKS5)},
		     kMethod + Bytes{5, 0, 0, 3, 200} + name + Bytes{1, 2}, 0,
		     {});
	EXPECT_EQ(at_every_split({binding(MPROX_PROTO_SOCKS5)},
				 kMethod + Bytes{5, 0, 0, 3, 1, 'a', 1, 2} +
					 kUsed).step, MPROX_STEP_DONE);
}

TEST(Bind, MayBeRefusedBothTimes)
{
	auto o = at_every_split({binding(MPROX_PROTO_SOCKS5)},
				kMethod + Bytes{5, 2});
	EXPECT_EQ(o.step, MPROX_STEP_REFUSED);
	o = at_every_split({binding(MPROX_PROTO_SOCKS5)},
			   kMethod + kOpen + Bytes{5, 6});
	EXPECT_EQ(o.step, MPROX_STEP_REFUSED);
	EXPECT_EQ(o.err, EHOSTUNREACH);
	o = at_every_split({binding(MPROX_PROTO_SOCKS4)}, kOpen4 + Bytes{0, 91});
	EXPECT_EQ(o.step, MPROX_STEP_REFUSED);
}

TEST(Bind, OnlyTheLastHopAndOnlySocks)
{
	mprox_talk t;
	Hops http{binding(MPROX_PROTO_HTTP)};
	Hops early{binding(MPROX_PROTO_SOCKS5), hop(MPROX_PROTO_SOCKS5, kV4)};

	EXPECT_EQ(mprox_talk_init(&t, http.data(), 1, false, nullptr, 0), 0u);
	EXPECT_EQ(mprox_talk_init(&t, early.data(), 2, false, nullptr, 0), 0u);
}

TEST(Bind, FourHopsFit)
{
	Password p{text("me"), text("pw")};
	mprox_cred cred = p.cred();
	Hops hops(MPROX_TALK_HOPS, hop(MPROX_PROTO_SOCKS5, kV4, &cred));
	Bytes one = Bytes{5, 2, 1, 0} + kOpen, in;

	hops.back().command = MPROX_COMMAND_BIND;
	for (int i = 0; i < MPROX_TALK_HOPS; i++)
		in = in + one;
	EXPECT_EQ(at_every_split(hops, in + kUsed).step, MPROX_STEP_DONE);
}

} // namespace
