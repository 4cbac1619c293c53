// SPDX-License-Identifier: GPL-2.0-or-later
// Why a proxy refuses, told apart; the same wherever the answer is cut.
#include <set>

#include "talk_driver.h"

namespace {

using namespace talk;

const Password kPassword{text("user"), text("secret")};

Hops server(mprox_protocol protocol, bool login)
{
	static const mprox_cred cred = kPassword.cred();

	return {hop(protocol, kV4, login && protocol != MPROX_PROTO_SOCKS4 ? &cred : nullptr)};
}

u8 refusal_cut(const Hops &hops, const Bytes &in, size_t cut, mprox_step &step)
{
	Talk talk(hops);

	talk.feed(in.data(), cut);
	if (!talk.ended())
		talk.feed(in.data() + cut, in.size() - cut);
	step = talk.outcome().step;
	return talk.state().refusal;
}

// What it is refused for, at every split; and how it ended.
u8 refusal_of(const Hops &hops, const Bytes &in, mprox_step want)
{
	mprox_step step = MPROX_STEP_MORE;
	const u8 refusal = refusal_cut(hops, in, in.size(), step);

	EXPECT_EQ(step, want);
	for (size_t cut = 0; cut < in.size(); cut++)
		EXPECT_EQ(refusal_cut(hops, in, cut, step), refusal) << cut;
	return refusal;
}

TEST(Refusal, EachHasATextOfItsOwn)
{
	std::set<std::string> texts;

	for (int i = 0; i < MPROX_REFUSAL_NR; i++)
		texts.insert(mprox_refusal_text(static_cast<mprox_refusal>(i)));
	EXPECT_EQ(texts.size(), size_t{MPROX_REFUSAL_NR});
	EXPECT_STREQ(mprox_refusal_text(MPROX_REFUSAL_NR),
		     mprox_refusal_text(MPROX_REFUSAL_NONE));
}

TEST(Refusal, ATalkBeginsWithout)
{
	Talk talk(server(MPROX_PROTO_SOCKS5, false));

	EXPECT_EQ(talk.state().refusal, MPROX_REFUSAL_NONE);
	const Bytes in{5, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0};
	talk.feed(in.data(), in.size());
	EXPECT_EQ(talk.outcome().step, MPROX_STEP_DONE);
	EXPECT_EQ(talk.state().refusal, MPROX_REFUSAL_NONE);
}

TEST(Refusal, WhatASocks5ServerChooses)
{
	const struct {
		bool login;
		uint8_t method;
		u8 refusal, wants;
	} cases[] = {
		{false, 2, MPROX_REFUSAL_LOGIN_WANTED, MPROX_LOGIN_PASSWORD},
		{false, 0xff, MPROX_REFUSAL_LOGIN_WANTED, MPROX_LOGIN_PASSWORD},
		{false, 1, MPROX_REFUSAL_LOGIN_KIND, MPROX_LOGIN_PASSWORD},
		{true, 0, MPROX_REFUSAL_LOGIN_NEEDLESS, MPROX_LOGIN_NONE},
		{true, 0xff, MPROX_REFUSAL_LOGIN_UNWANTED, MPROX_LOGIN_NONE},
		{true, 1, MPROX_REFUSAL_LOGIN_KIND, MPROX_LOGIN_NONE},
	};

	for (const auto &c : cases) {
		const Hops hops = server(MPROX_PROTO_SOCKS5, c.login);

		EXPECT_EQ(refusal_of(hops, {5, c.method}, MPROX_STEP_LOGIN),
			  c.refusal) << int{c.method};
	}
	EXPECT_EQ(refusal_of(server(MPROX_PROTO_SOCKS5, true), {5, 2, 1, 1},
			     MPROX_STEP_REFUSED), MPROX_REFUSAL_LOGIN_WRONG);
}

TEST(Refusal, WhatASocks5ServerReplies)
{
	const u8 want[] = {
		MPROX_REFUSAL_FAILED, MPROX_REFUSAL_RULE, MPROX_REFUSAL_NET,
		MPROX_REFUSAL_HOST, MPROX_REFUSAL_PORT, MPROX_REFUSAL_TIMEOUT,
		MPROX_REFUSAL_COMMAND, MPROX_REFUSAL_ADDRESS_TYPE,
		MPROX_REFUSAL_FAILED,
	};

	for (uint8_t rep = 1; rep <= std::size(want); rep++)
		EXPECT_EQ(refusal_of(server(MPROX_PROTO_SOCKS5, false),
				     {5, 0, 5, rep}, MPROX_STEP_REFUSED),
			  want[rep - 1]) << int{rep};
}

TEST(Refusal, WhatASocks4ServerReplies)
{
	for (auto [code, want] : {std::pair<uint8_t, u8>{91, MPROX_REFUSAL_FAILED},
				  {92, MPROX_REFUSAL_IDENT},
				  {93, MPROX_REFUSAL_IDENT}})
		EXPECT_EQ(refusal_of(server(MPROX_PROTO_SOCKS4, false),
				     {0, code}, MPROX_STEP_REFUSED), want);
}

TEST(Refusal, WhatAnHttpProxyAnswers)
{
	const struct {
		int status;
		u8 refusal;
	} cases[] = {
		{302, MPROX_REFUSAL_PORTAL}, {307, MPROX_REFUSAL_PORTAL},
		{511, MPROX_REFUSAL_PORTAL}, {400, MPROX_REFUSAL_NO_CONNECT},
		{405, MPROX_REFUSAL_NO_CONNECT}, {501, MPROX_REFUSAL_NO_CONNECT},
		{403, MPROX_REFUSAL_RULE}, {429, MPROX_REFUSAL_BUSY},
		{404, MPROX_REFUSAL_HOST}, {502, MPROX_REFUSAL_HOST},
		{504, MPROX_REFUSAL_TIMEOUT}, {499, MPROX_REFUSAL_FAILED},
	};

	for (const auto &c : cases)
		EXPECT_EQ(refusal_of(server(MPROX_PROTO_HTTP, false),
				     text("HTTP/1.1 " + std::to_string(c.status) +
					  " x\r\nA: b\r\n\r\n"),
				     MPROX_STEP_REFUSED), c.refusal) << c.status;
}

TEST(Refusal, WhatAnHttpProxyWantsToKnow)
{
	const std::string want = "HTTP/1.1 407 x\r\nProxy-Authenticate: ";

	for (const char *scheme : {"NTLM", "Negotiate", "Negotiate\r\nProxy-Authenticate: NTLM"})
		EXPECT_EQ(refusal_of(server(MPROX_PROTO_HTTP, true),
				     text(want + scheme + "\r\n\r\n"),
				     MPROX_STEP_REFUSED),
			  MPROX_REFUSAL_LOGIN_KIND) << scheme;
	for (bool login : {false, true})
		EXPECT_EQ(refusal_of(server(MPROX_PROTO_HTTP, login),
				     text("HTTP/1.0 401 Unauthorized\r\n\r\n"),
				     MPROX_STEP_REFUSED),
			  login ? MPROX_REFUSAL_LOGIN_WRONG :
				  MPROX_REFUSAL_LOGIN_WANTED);
	// One of them is enough.
	const auto basic = text(want + "Negotiate\r\nProxy-Authenticate: Basic\r\n\r\n");

	EXPECT_EQ(refusal_of(server(MPROX_PROTO_HTTP, false), basic,
			     MPROX_STEP_LOGIN), MPROX_REFUSAL_LOGIN_WANTED);
	EXPECT_EQ(refusal_of(server(MPROX_PROTO_HTTP, true), basic,
			     MPROX_STEP_LOGIN), MPROX_REFUSAL_LOGIN_WRONG);
}

TEST(Refusal, WhatAServerIsInsteadOfAProxy)
{
	const struct {
		mprox_protocol protocol;
		Bytes in;
		u8 refusal;
	} cases[] = {
		{MPROX_PROTO_SOCKS5, text("HTTP/1.1 400 Bad Request\r\n\r\n"), MPROX_REFUSAL_IS_HTTP},
		{MPROX_PROTO_SOCKS4, text("HTTP/1.1 400 Bad Request\r\n\r\n"), MPROX_REFUSAL_IS_HTTP},
		{MPROX_PROTO_HTTP, {5, 0xff}, MPROX_REFUSAL_IS_SOCKS5},
		{MPROX_PROTO_HTTP, {21, 3, 1, 0, 2, 2, 70}, MPROX_REFUSAL_IS_TLS},
		{MPROX_PROTO_SOCKS5, {22, 3, 3}, MPROX_REFUSAL_IS_TLS},
		{MPROX_PROTO_HTTP, text("SSH-2.0-x\r\n"), MPROX_REFUSAL_IS_SSH},
		{MPROX_PROTO_SOCKS5, text("220 mail"), MPROX_REFUSAL_IS_OTHER},
		// Behind the first octet it is what it seemed to be, and broken.
		{MPROX_PROTO_HTTP, text("HTTP/2"), MPROX_REFUSAL_GARBLED},
		{MPROX_PROTO_SOCKS4, {0, 5}, MPROX_REFUSAL_GARBLED},
	};

	for (const auto &c : cases)
		EXPECT_EQ(refusal_of(server(c.protocol, false), c.in,
				     MPROX_STEP_MALFORMED), c.refusal);
}

// The hop is named, and its own words are kept.
TEST(Refusal, OfAChain)
{
	const Hops hops{hop(MPROX_PROTO_SOCKS5, kV4), hop(MPROX_PROTO_HTTP, kV4)};
	const Bytes open{5, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0};
	Talk first(hops), second(hops);
	const Bytes refused{5, 0, 5, 5};
	const Bytes ssh = open + text("SSH-2.0-x");

	first.feed(refused.data(), refused.size());
	EXPECT_EQ(first.state().hop, 0);
	EXPECT_EQ(first.state().refusal, MPROX_REFUSAL_PORT);
	EXPECT_EQ(first.state().blame, MPROX_BLAME_SERVER);
	second.feed(ssh.data(), ssh.size());
	EXPECT_EQ(second.state().hop, 1);
	EXPECT_EQ(second.state().refusal, MPROX_REFUSAL_IS_SSH);
}

} // namespace
