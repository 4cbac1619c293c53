// SPDX-License-Identifier: GPL-2.0-or-later
// Several proxies in a row, message by message and all at once.
#include "talk_driver.h"

namespace {

using namespace talk;

const std::string kHttp = "HTTP/1.1 200 OK\r\nX: y\r\n\r\n";
const Bytes kSocks4{0, 90, 0, 0, 0, 0, 0, 0};
const Bytes kMethod{5, 0}, kMethodPassword{5, 2}, kAuth{1, 0};
const Bytes kReply{5, 0, 0, 1, 0, 0, 0, 0, 0, 0};
const Password kPassword{text("u"), text("p")};

// socks5 (password) -> http -> socks4a -> socks5
Hops four()
{
	static const mprox_cred cred = kPassword.cred();

	return {hop(MPROX_PROTO_SOCKS5, named("http.example", 3128), &cred),
		hop(MPROX_PROTO_HTTP, kV4), hop(MPROX_PROTO_SOCKS4, kV4),
		hop(MPROX_PROTO_SOCKS5, kV6)};
}

Bytes four_answers()
{
	return kMethodPassword + kAuth + kReply + text(kHttp) + kSocks4 +
	       kMethod + kReply;
}

TEST(Chain, StepByStep)
{
	Outcome o = at_every_split(four(), four_answers() + text("data"));

	EXPECT_EQ(o.step, MPROX_STEP_DONE);
	EXPECT_EQ(o.used, four_answers().size());
	EXPECT_EQ(o.sends.size(), 6u);
	EXPECT_EQ(o.sends.back().second, Talk(four()).out().size());
}

TEST(Chain, AllAtOnce)
{
	Talk t(four(), true);

	EXPECT_TRUE(t.state().pipelined);
	EXPECT_EQ(t.state().out_ready, t.state().out_len);
	EXPECT_EQ(t.out(), Talk(four()).out());
	Outcome o = at_every_split(four(), four_answers() + text("data"), true);
	EXPECT_EQ(o, (Outcome{MPROX_STEP_DONE, 0, four_answers().size(),
			      four_answers().size(), {}}));
}

TEST(Chain, OneMessageIsNeverPipelined)
{
	EXPECT_FALSE(Talk({hop(MPROX_PROTO_HTTP, kV4)}, true).state().pipelined);
	EXPECT_TRUE(Talk({hop(MPROX_PROTO_SOCKS5, kV4)}, true).state().pipelined);
}

// Only the last one speaks of the destination.
TEST(Chain, WhoseFaultARefusalIs)
{
	const Bytes refused{5, 5};
	Bytes early = kMethodPassword + kAuth + refused;
	Bytes late = kMethodPassword + kAuth + kReply + text(kHttp) + kSocks4 +
		     kMethod + refused;
	Talk first(four()), last(four());

	first.feed(early.data(), early.size());
	EXPECT_EQ(first.outcome().step, MPROX_STEP_REFUSED);
	EXPECT_EQ(first.outcome().err, EHOSTUNREACH);
	EXPECT_EQ(first.state().blame, MPROX_BLAME_SERVER);
	EXPECT_EQ(first.state().hop, 0);
	last.feed(late.data(), late.size());
	EXPECT_EQ(last.outcome().err, ECONNREFUSED);
	EXPECT_EQ(last.state().blame, MPROX_BLAME_DESTINATION);
	EXPECT_EQ(last.state().hop, 3);
}

TEST(Chain, EachProtocolCanFailInTheMiddle)
{
	const Bytes to_http = kMethodPassword + kAuth + kReply;
	const Bytes to_socks4 = to_http + text(kHttp);

	for (const Bytes &in :
	     {to_http + text("HTTP/1.1 503 x\r\n\r\n"), to_socks4 + Bytes{0, 91}}) {
		Talk t(four());

		t.feed(in.data(), in.size());
		EXPECT_EQ(t.outcome().step, MPROX_STEP_REFUSED);
		EXPECT_EQ(t.state().blame, MPROX_BLAME_SERVER);
		at_every_split(four(), in);
	}
	at_every_split(four(), to_socks4 + Bytes{7});
}

TEST(Chain, LoginIsWantedByOneHop)
{
	Talk socks(four()), http(four());
	Bytes in = kMethodPassword + kAuth + kReply +
		   text("HTTP/1.1 407 x\r\nProxy-Authenticate: Basic\r\n\r\n");
	Bytes none{5, 0xff};

	http.feed(in.data(), in.size());
	EXPECT_EQ(http.outcome().step, MPROX_STEP_LOGIN);
	EXPECT_EQ(http.state().hop, 1);
	EXPECT_EQ(http.state().wants, MPROX_LOGIN_PASSWORD);
	socks.feed(none.data(), none.size());
	EXPECT_EQ(socks.state().wants, MPROX_LOGIN_NONE);
}

// Whatever the size: not an octet beyond it.
TEST(Chain, TooLittleMemoryIsNotExceeded)
{
	const Bytes whole = Talk(four()).out();
	mprox_talk t;

	for (size_t size = 0; size < whole.size(); size++) {
		Bytes out(whole.size(), 0xa5);

		EXPECT_EQ(mprox_talk_init(&t, four().data(), 4, false,
					  out.data(), size), whole.size());
		EXPECT_EQ(Bytes(out.begin() + size, out.end()),
			  Bytes(whole.size() - size, 0xa5));
	}
}

TEST(Chain, Bounds)
{
	mprox_talk t;
	Hops five(5, hop(MPROX_PROTO_SOCKS5, kV4));
	Bytes long_lines(MPROX_TALK_OUT_MAX, 'x');
	mprox_hop odd = hop(MPROX_PROTO_SOCKS5, kV4);
	Hops big = {hop(MPROX_PROTO_HTTP, kV4), hop(MPROX_PROTO_HTTP, kV4)};

	EXPECT_EQ(mprox_talk_init(&t, five.data(), 0, false, nullptr, 0), 0u);
	EXPECT_EQ(mprox_talk_init(&t, five.data(), 5, false, nullptr, 0), 0u);
	odd.protocol = 9;
	EXPECT_EQ(mprox_talk_init(&t, &odd, 1, false, nullptr, 0), 0u);
	for (auto &h : big) {
		h.headers = long_lines.data();
		h.headers_len = long_lines.size();
	}
	EXPECT_EQ(mprox_talk_init(&t, big.data(), 2, false, nullptr, 0), 0u);
	EXPECT_GT(mprox_talk_init(&t, four().data(), 4, false, nullptr, 0), 0u);
}

} // namespace
