// SPDX-License-Identifier: GPL-2.0-or-later
// Every chain of two to four proxies of every kind. What a chain must say and
// how it must go is put together from its proxies, each spoken to alone.
#include <functional>

#include "talk_driver.h"

namespace {

using namespace talk;

const Password kPassword{text("user"), text("p")};
const mprox_cred kCred = kPassword.cred();

// One proxy: how it is spoken to, and how it says yes.
struct Proxy {
	mprox_hop hop;
	Bytes yes;
};

const Proxy kProxies[] = {
	{hop(MPROX_PROTO_SOCKS5, kV6), {5, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0}},
	{hop(MPROX_PROTO_SOCKS5, named("a.example", 1), &kCred),
	 Bytes{5, 2, 1, 0, 5, 0, 0, 3, 1, 'x', 0, 0}},
	{hop(MPROX_PROTO_SOCKS4, kV4, &kCred), {0, 90, 0, 0, 0, 0, 0, 0}},
	{hop(MPROX_PROTO_HTTP, kV4), text("HTTP/1.0 200\n\n")},
	{hop(MPROX_PROTO_HTTP, kV6, &kCred),
	 text("HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 K\r\na: b\r\n c\r\n\r\n")},
};

using Chain = std::vector<const Proxy *>;

void each_chain(size_t len, const std::function<void(const Chain &)> &what,
		Chain chain = {})
{
	if (chain.size() == len)
		return what(chain);
	for (const Proxy &proxy : kProxies) {
		chain.push_back(&proxy);
		each_chain(len, what, chain);
		chain.pop_back();
	}
}

Hops hops_of(const Chain &chain)
{
	Hops hops;

	for (const Proxy *proxy : chain)
		hops.push_back(proxy->hop);
	return hops;
}

// What a chain says, hears, and when it says it.
struct Expected {
	Bytes out, in;
	std::vector<std::pair<size_t, size_t>> sends;
};

Expected expected_of(const Chain &chain)
{
	Expected e;

	for (const Proxy *proxy : chain) {
		Talk alone({proxy->hop});

		if (!e.in.empty())
			e.sends.emplace_back(e.in.size(),
				e.out.size() + alone.state().out_ready);
		alone.feed(proxy->yes.data(), proxy->yes.size());
		for (const auto &[at, ready] : alone.outcome().sends)
			e.sends.emplace_back(e.in.size() + at,
					     e.out.size() + ready);
		e.out = e.out + alone.out();
		e.in = e.in + proxy->yes;
	}
	return e;
}

void expect_tunnel(const Chain &chain)
{
	const Expected e = expected_of(chain);
	const Hops hops = hops_of(chain);
	const Bytes in = e.in + Bytes{5, 0, 'H'};

	EXPECT_EQ(Talk(hops).out(), e.out);
	EXPECT_EQ(at_every_split(hops, in),
		  (Outcome{MPROX_STEP_DONE, 0, e.in.size(), e.in.size(),
			   e.sends}));
	if (Talk(hops, true).state().pipelined) {
		EXPECT_EQ(at_every_split(hops, in, true),
			  (Outcome{MPROX_STEP_DONE, 0, e.in.size(),
				   e.in.size(), {}}));
	}
}

TEST(ChainMatrix, Two) { each_chain(2, expect_tunnel); }
TEST(ChainMatrix, Three) { each_chain(3, expect_tunnel); }

// All of them, cut less often.
TEST(ChainMatrix, Four)
{
	each_chain(4, [](const Chain &chain) {
		const Expected e = expected_of(chain);
		const Hops hops = hops_of(chain);
		const Outcome want{MPROX_STEP_DONE, 0, e.in.size(),
				   e.in.size(), e.sends};
		std::vector<size_t> all;

		for (size_t i = 0; i <= e.in.size(); i++)
			all.push_back(i);
		EXPECT_EQ(Talk(hops).out(), e.out);
		EXPECT_EQ(feed_cut(hops, false, e.in, {}), want);
		EXPECT_EQ(feed_cut(hops, false, e.in, all), want);
	});
}

// How each protocol says no, and what that means of the last proxy.
struct No {
	u8 protocol;
	Bytes in;
	mprox_step step;
	int err;
	u8 blame, wants;
};

const No kNos[] = {
	{MPROX_PROTO_SOCKS5, {5, 255}, MPROX_STEP_LOGIN, EHOSTUNREACH,
	 MPROX_BLAME_SERVER, MPROX_LOGIN_PASSWORD},
	{MPROX_PROTO_SOCKS5, {5, 0, 5, 5}, MPROX_STEP_REFUSED, ECONNREFUSED,
	 MPROX_BLAME_DESTINATION, 0},
	{MPROX_PROTO_SOCKS5, {5, 0, 5, 2}, MPROX_STEP_REFUSED, EHOSTUNREACH,
	 MPROX_BLAME_SERVER, 0},
	{MPROX_PROTO_SOCKS5, {4}, MPROX_STEP_MALFORMED, EHOSTUNREACH,
	 MPROX_BLAME_SERVER, 0},
	{MPROX_PROTO_SOCKS4, {0, 91}, MPROX_STEP_REFUSED, ECONNREFUSED,
	 MPROX_BLAME_DESTINATION, 0},
	{MPROX_PROTO_SOCKS4, {5}, MPROX_STEP_MALFORMED, EHOSTUNREACH,
	 MPROX_BLAME_SERVER, 0},
	{MPROX_PROTO_HTTP, text("HTTP/1.1 504 x\r\n\r\n"), MPROX_STEP_REFUSED,
	 ETIMEDOUT, MPROX_BLAME_DESTINATION, 0},
	{MPROX_PROTO_HTTP, text("HTTP/1.1 407 x\r\nProxy-Authenticate: "
				"Digest nonce=n\r\n\r\n"),
	 MPROX_STEP_LOGIN, EHOSTUNREACH, MPROX_BLAME_SERVER,
	 MPROX_LOGIN_DIGEST},
	{MPROX_PROTO_HTTP, text("SSH"), MPROX_STEP_MALFORMED, EHOSTUNREACH,
	 MPROX_BLAME_SERVER, 0},
};

// The proxy @at of @chain, which speaks the right protocol, says no.
void expect_no(const Chain &chain, size_t at, const No &no)
{
	const bool last = at + 1 == chain.size();
	Talk talk(hops_of(chain));
	Bytes in;

	for (size_t i = 0; i < at; i++)
		in = in + chain[i]->yes;
	in = in + no.in;
	talk.feed(in.data(), in.size());
	EXPECT_EQ(talk.outcome().step, no.step);
	EXPECT_EQ(talk.state().err, last ? no.err : EHOSTUNREACH);
	EXPECT_EQ(talk.state().blame, last ? no.blame : u8{MPROX_BLAME_SERVER});
	EXPECT_EQ(talk.state().hop, at);
	EXPECT_EQ(talk.state().wants, no.wants);
	EXPECT_LE(talk.outcome().used, in.size());
	at_every_split(hops_of(chain), in);
}

TEST(ChainMatrix, EachProxySaysNo)
{
	for (size_t len : {1, 2, 3})
		each_chain(len, [](const Chain &chain) {
			for (size_t at = 0; at < chain.size(); at++)
				for (const No &no : kNos)
					if (chain[at]->hop.protocol ==
						    no.protocol &&
					    !chain[at]->hop.login)
						expect_no(chain, at, no);
		});
}

} // namespace
