// SPDX-License-Identifier: GPL-2.0-or-later
// UDP ASSOCIATE: a relay for datagrams, answered once, by where it listens.
#include "talk_driver.h"

namespace {

using namespace talk;

// What a caller says who does not know yet where its datagrams will come from.
const mprox_target kAny4{}, kAny6{1, 0, 0, {}, nullptr};

mprox_hop associating(const mprox_target &from = kAny4,
		      const mprox_cred *cred = nullptr)
{
	mprox_hop h = hop(MPROX_PROTO_SOCKS5, from, cred);

	h.command = MPROX_COMMAND_ASSOCIATE;
	return h;
}

const Bytes kMethod{5, 0};
const Bytes kRelay{5, 0, 0, 1, 203, 0, 113, 9, 0x9c, 0x41};
const Bytes kOpen4{0, 90, 0, 0, 0, 0, 0, 0};

TEST(Associate, Requests)
{
	EXPECT_EQ(Talk({associating()}).out(),
		  (Bytes{5, 1, 0, 5, 3, 0, 1, 0, 0, 0, 0, 0, 0}));
	EXPECT_EQ(Talk({associating(kAny6)}).out(),
		  (Bytes{5, 1, 0, 5, 3, 0, 4}) + Bytes(16 + 2, 0));
	EXPECT_EQ(Talk({associating(kV4)}).out(),
		  (Bytes{5, 1, 0, 5, 3, 0, 1, 192, 0, 2, 7, 0x1f, 0x90}));
}

// A hop that was zeroed and nothing else is asked to connect.
TEST(Associate, IsNotTheDefault)
{
	EXPECT_EQ(mprox_hop{}.command, MPROX_COMMAND_CONNECT);
	EXPECT_EQ(Talk({hop(MPROX_PROTO_SOCKS5, kV4)}).out()[4], 1);
}

// Version 4 or 6: that address, and port 40001. Version 0: nothing at all.
void expect_relay(const Hops &hops, const Bytes &in, u8 version,
		  const Bytes &addr)
{
	const mprox_bound nowhere{};

	for (bool pipelined : {false, true}) {
		auto o = at_every_split(hops, in + text("data"), pipelined);
		EXPECT_EQ(o.step, MPROX_STEP_DONE);
		EXPECT_EQ(o.in_len, in.size());

		Talk talk(hops, pipelined);
		const mprox_bound &bound = talk.state().bound;
		for (size_t i = 0; i < in.size(); i++) {
			EXPECT_FALSE(talk.ended());
			EXPECT_EQ(memcmp(&bound, &nowhere, sizeof(bound)), 0);
			talk.feed(&in[i], 1);
		}
		EXPECT_EQ(talk.outcome().step, MPROX_STEP_DONE);
		EXPECT_FALSE(talk.state().is_bound);
		EXPECT_EQ(bound.version, version);
		EXPECT_EQ(Bytes(bound.addr, bound.addr + addr.size()), addr);
		EXPECT_EQ(bound.port, version ? 40001 : 0);
	}
}

TEST(Associate, TellsWhereTheRelayIs)
{
	const Bytes v6(kV6.addr, kV6.addr + 16), four{203, 0, 113, 9};
	Password p{text("me"), text("pw")};
	mprox_cred cred = p.cred();

	expect_relay({associating()}, kMethod + kRelay, 4, four);
	expect_relay({associating(kAny6)}, kMethod + kRelay, 4, four);
	expect_relay({associating(kAny4, &cred)},
		     Bytes{5, 2, 1, 0} + kRelay, 4, four);
	expect_relay({associating()},
		     kMethod + Bytes{5, 0, 0, 4} + v6 + Bytes{0x9c, 0x41}, 6,
		     v6);
	// The proxy's own address: what that means is the caller's to say.
	expect_relay({associating()},
		     kMethod + Bytes{5, 0, 0, 1, 0, 0, 0, 0, 0x9c, 0x41}, 4,
		     Bytes(4, 0));
}

TEST(Associate, TheLastOfAChain)
{
	const Bytes four{203, 0, 113, 9};

	expect_relay({hop(MPROX_PROTO_SOCKS4, kV4), associating()},
		     kOpen4 + kMethod + kRelay, 4, four);
	expect_relay({hop(MPROX_PROTO_HTTP, kV4),
		      hop(MPROX_PROTO_SOCKS5, kV4), associating()},
		     text("HTTP/1.1 200 x\r\n\r\n") + kMethod + kRelay +
			     kMethod + kRelay, 4, four);
}

// The relay's name: no address that a datagram could be sent to.
TEST(Associate, ANameIsNoAddress)
{
	for (size_t len : {1, 17, 255})
		expect_relay({associating()},
			     kMethod + Bytes{5, 0, 0, 3,
					     static_cast<uint8_t>(len)} +
				     Bytes(len, 'a') + Bytes{0x9c, 0x41},
			     0, Bytes(16, 0));
}

// There is no destination that could be at fault, whatever the server says.
TEST(Associate, ARefusalIsTheServersFault)
{
	for (uint8_t rep : {1, 2, 3, 4, 5, 6, 7, 8, 255}) {
		const Bytes in = kMethod + Bytes{5, rep};
		Talk talk({associating()});

		talk.feed(in.data(), in.size());
		EXPECT_EQ(talk.outcome().step, MPROX_STEP_REFUSED);
		EXPECT_EQ(talk.state().err, EHOSTUNREACH);
		EXPECT_EQ(talk.state().blame, MPROX_BLAME_SERVER);
		EXPECT_EQ(talk.state().bound.version, 0);
		EXPECT_EQ(at_every_split({associating()}, in), talk.outcome());
	}
}

TEST(Associate, OtherLoginAndOtherServer)
{
	EXPECT_EQ(at_every_split({associating()}, {5, 0xff}).step,
		  MPROX_STEP_LOGIN);
	EXPECT_EQ(at_every_split({associating()},
				 kMethod + Bytes{5, 0, 0, 2}).step,
		  MPROX_STEP_MALFORMED);
}

size_t measure(const Hops &hops)
{
	mprox_talk t;

	return mprox_talk_init(&t, hops.data(), hops.size(), false, nullptr, 0);
}

TEST(Associate, OnlyTheLastHopAndOnlySocks5)
{
	for (auto protocol : {MPROX_PROTO_SOCKS4, MPROX_PROTO_HTTP}) {
		mprox_hop h = associating(kV4);

		h.protocol = protocol;
		EXPECT_EQ(measure({h}), 0u);
		EXPECT_EQ(measure({hop(MPROX_PROTO_SOCKS5, kV4), h}), 0u);
	}
	EXPECT_EQ(measure({associating(), hop(MPROX_PROTO_SOCKS5, kV4)}), 0u);
	EXPECT_GT(measure({associating()}), 0u);
}

TEST(Associate, NoCommandBeyondIt)
{
	for (u8 command : {MPROX_COMMAND_ASSOCIATE + 1, 255})
		for (auto protocol : {MPROX_PROTO_SOCKS5, MPROX_PROTO_SOCKS4,
				      MPROX_PROTO_HTTP}) {
			mprox_hop h = hop(protocol, kV4);

			h.command = command;
			EXPECT_EQ(measure({h}), 0u);
		}
}

TEST(Associate, FourHopsFit)
{
	Password p{text("me"), text("pw")};
	mprox_cred cred = p.cred();
	Hops hops(MPROX_TALK_HOPS, hop(MPROX_PROTO_SOCKS5, kV4, &cred));
	Bytes in;

	hops.back() = associating(kAny4, &cred);
	for (int i = 0; i < MPROX_TALK_HOPS; i++)
		in = in + Bytes{5, 2, 1, 0} + kRelay;
	EXPECT_EQ(at_every_split(hops, in).step, MPROX_STEP_DONE);
}

} // namespace
