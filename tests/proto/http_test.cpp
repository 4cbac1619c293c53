// SPDX-License-Identifier: GPL-2.0-or-later
// HTTP CONNECT: the request as it is sent, and every kind of answer.
#include "talk_driver.h"

namespace {

using namespace talk;

Hops server(const mprox_target &to = kV4, const mprox_cred *cred = nullptr)
{
	return {hop(MPROX_PROTO_HTTP, to, cred)};
}

std::string request(const Hops &hops)
{
	Bytes out = Talk(hops).out();

	return std::string(out.begin(), out.end());
}

struct Answered {
	Outcome outcome;
	u8 blame, wants;
	mprox_http http;
};

Answered answered(std::string_view head, const mprox_cred *cred = nullptr)
{
	Talk t(server(kV4, cred));
	Bytes in = text(head);

	t.feed(in.data(), in.size());
	if (in.size() < 400) {
		EXPECT_EQ(at_every_split(server(kV4, cred), in), t.outcome());
	}
	return {t.outcome(), t.state().blame, t.state().wants, t.state().http};
}

// What follows the head is data, never used.
void expect_done(const std::string &head)
{
	for (const char *data : {"", "SSH-2.0-x\r\n", "\r\n\r\n"}) {
		Answered a = answered(head + data);

		EXPECT_EQ(a.outcome, (Outcome{MPROX_STEP_DONE, 0, head.size(),
					      head.size(), {}})) << head;
	}
}

TEST(HttpRequest, Targets)
{
	EXPECT_EQ(request(server()),
		  "CONNECT 192.0.2.7:8080 HTTP/1.1\r\n"
		  "Host: 192.0.2.7:8080\r\n\r\n");
	EXPECT_EQ(request(server(kV6)),
		  "CONNECT [2001:db8:102:304:506:708:90a:b0c]:443 HTTP/1.1\r\n"
		  "Host: [2001:db8:102:304:506:708:90a:b0c]:443\r\n\r\n");
	EXPECT_EQ(request(server(named("a.example", 22))),
		  "CONNECT a.example:22 HTTP/1.1\r\nHost: a.example:22\r\n\r\n");
}

// RFC 5952, 4.
TEST(HttpRequest, Ipv6IsWrittenInTheOneWay)
{
	struct {
		std::vector<uint16_t> words;
		const char *text;
	} cases[] = {
		{{0, 0, 0, 0, 0, 0, 0, 0}, "[::]:1"},
		{{0, 0, 0, 0, 0, 0, 0, 1}, "[::1]:1"},
		{{0xfe80, 0, 0, 0, 0, 0, 0, 0}, "[fe80::]:1"},
		{{0x2001, 0xdb8, 0, 1, 1, 1, 1, 1}, "[2001:db8:0:1:1:1:1:1]:1"},
		{{0x2001, 0, 0, 1, 0, 0, 0, 1}, "[2001:0:0:1::1]:1"},
		{{0x2001, 0xdb8, 0, 0, 1, 0, 0, 1}, "[2001:db8::1:0:0:1]:1"},
		{{0x2001, 0x0db8, 0xa0, 0xff0, 0xf, 0xffff, 1, 0x10},
		 "[2001:db8:a0:ff0:f:ffff:1:10]:1"},
	};

	for (const auto &c : cases) {
		mprox_target to{1, 0, 1, {}, nullptr};
		for (size_t i = 0; i < 8; i++) {
			to.addr[2 * i] = c.words[i] >> 8;
			to.addr[2 * i + 1] = c.words[i];
		}
		EXPECT_TRUE(request(server(to)).starts_with(
			std::string("CONNECT ") + c.text + " HTTP/1.1\r\n"))
			<< request(server(to));
	}
}

// RFC 7617, 2, and RFC 4648, 10.
TEST(HttpRequest, Basic)
{
	struct {
		const char *user, *pass, *line;
	} cases[] = {
		{"Aladdin", "open sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
		{"a", "", "YTo="}, {"", "b", "OmI="}, {"ab", "c", "YWI6Yw=="},
		{"ab", "cde", "YWI6Y2Rl"},
	};

	for (const auto &c : cases) {
		Password p{text(c.user), text(c.pass)};
		mprox_cred cred = p.cred();

		EXPECT_EQ(request(server(kV4, &cred)),
			  std::string("CONNECT 192.0.2.7:8080 HTTP/1.1\r\n"
				      "Host: 192.0.2.7:8080\r\n"
				      "Proxy-Authorization: Basic ") +
				  c.line + "\r\n\r\n");
	}
}

TEST(HttpRequest, ExtraHeadersAndAReadyLogin)
{
	Hops hops = server();
	const Bytes lines = text("User-Agent: x\r\nX-A: b\r\n");
	const Bytes login = text("Digest username=\"u\"");

	hops[0].headers = lines.data();
	hops[0].headers_len = lines.size();
	hops[0].login = MPROX_LOGIN_DIGEST;
	hops[0].digest = login.data();
	hops[0].digest_len = login.size();
	EXPECT_EQ(request(hops), "CONNECT 192.0.2.7:8080 HTTP/1.1\r\n"
				 "Host: 192.0.2.7:8080\r\n"
				 "Proxy-Authorization: Digest username=\"u\"\r\n"
				 "User-Agent: x\r\nX-A: b\r\n\r\n");
}

TEST(HttpAnswer, Success)
{
	expect_done("HTTP/1.1 200 Connection established\r\n\r\n");
	expect_done("HTTP/1.0 200 OK\r\nProxy-Agent: tinyproxy/1.11.1\r\n\r\n");
	expect_done("HTTP/1.1 200\r\n\r\n");
	expect_done("HTTP/1.1 200 \r\n\r\n");
	expect_done("HTTP/1.1 299 x\n\n");
	// RFC 9110, 9.3.6: neither means anything here.
	expect_done("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n"
		    "Transfer-Encoding: chunked\r\n\r\n");
	expect_done("HTTP/1.1 200 OK\r\nX-Folded: a\r\n\tb\r\n c\r\n\r\n");
}

TEST(HttpAnswer, InterimAnswersAreSkipped)
{
	expect_done("HTTP/1.1 100 Continue\r\n\r\n"
		    "HTTP/1.1 102 Processing\r\nX: y\r\n\r\n"
		    "HTTP/1.1 200 OK\r\n\r\n");
	EXPECT_EQ(answered("HTTP/1.1 101 Switching\r\n\r\n").outcome.step,
		  MPROX_STEP_MALFORMED);
}

TEST(HttpAnswer, LongHeadsAreReadUpToTheLimit)
{
	std::string head = "HTTP/1.1 200 OK\r\nX-Long: " +
			   std::string(5000, 'x') + "\r\n";
	std::string many = head;

	EXPECT_EQ(answered(head + "\r\n").outcome.step, MPROX_STEP_DONE);
	while (many.size() <= MPROX_HTTP_HEAD_MAX)
		many += "A: b\r\n";
	Answered a = answered(many + "\r\n");
	EXPECT_EQ(a.outcome.step, MPROX_STEP_MALFORMED);
	EXPECT_EQ(a.outcome.used, MPROX_HTTP_HEAD_MAX + 1u);
}

// Interim answers count: no server can keep us reading for ever.
TEST(HttpAnswer, InterimAnswersAreReadUpToTheLimit)
{
	std::string in;

	while (in.size() <= MPROX_HTTP_HEAD_MAX)
		in += "HTTP/1.1 102 Processing\r\n\r\n";
	Answered a = answered(in);
	EXPECT_EQ(a.outcome.step, MPROX_STEP_MALFORMED);
	EXPECT_EQ(a.outcome.used, MPROX_HTTP_HEAD_MAX + 1u);
}

// The last octet that is allowed may be the one that ends it.
TEST(HttpAnswer, ExactlyTheLimit)
{
	const std::string begin = "HTTP/1.1 200 OK\r\nX: ";
	const std::string end = "\r\n\r\n";

	for (size_t over : {0, 1}) {
		Answered a = answered(begin + std::string(
			MPROX_HTTP_HEAD_MAX + over - begin.size() - end.size(),
			'x') + end);
		EXPECT_EQ(a.outcome.step, over ? MPROX_STEP_MALFORMED :
						 MPROX_STEP_DONE);
	}
}

// A field of the longest length is read, one octet more and it is not.
TEST(HttpAnswer, FieldsAreReadUpToTheLimit)
{
	const std::string field = "Proxy-Authenticate: Basic realm=\"";

	for (size_t over : {0, 1}) {
		std::string realm(MPROX_HTTP_FIELD_MAX + over - field.size() - 2,
				  'x');
		// With the CR, which is a space to us.
		Answered a = answered("HTTP/1.1 407 x\r\n" + field + realm +
				      "\"\r\n\r\n");
		EXPECT_EQ(a.outcome.step, over ? MPROX_STEP_REFUSED :
						 MPROX_STEP_LOGIN);
	}
}

// Folds count, and a field that is too long does not spoil the next one.
TEST(HttpAnswer, FoldsWithoutEnd)
{
	std::string folds = "Proxy-Authenticate: Digest nonce=\"n\",\r\n";

	for (int i = 0; i < 400; i++)
		folds += i % 2 ? "\t,\n" : " ,\r\n";
	Answered a = answered("HTTP/1.1 407 x\r\n" + folds + "\r\n");
	EXPECT_EQ(a.outcome.step, MPROX_STEP_REFUSED);
	a = answered("HTTP/1.1 407 x\r\n" + folds +
		     "Proxy-Authenticate: Basic\r\n\r\n");
	EXPECT_EQ(a.outcome.step, MPROX_STEP_LOGIN);
	EXPECT_EQ(a.wants, MPROX_LOGIN_PASSWORD);
	EXPECT_FALSE(a.http.challenge.digest);
}

TEST(HttpAnswer, WhatStatusesMean)
{
	struct {
		int status, err;
		u8 blame;
	} cases[] = {
		{300, EHOSTUNREACH, MPROX_BLAME_SERVER},
		{302, EHOSTUNREACH, MPROX_BLAME_SERVER},
		{400, EHOSTUNREACH, MPROX_BLAME_SERVER},
		{403, EHOSTUNREACH, MPROX_BLAME_SERVER},
		{404, EHOSTUNREACH, MPROX_BLAME_DESTINATION},
		{405, EHOSTUNREACH, MPROX_BLAME_SERVER},
		{407, EHOSTUNREACH, MPROX_BLAME_SERVER},
		{410, EHOSTUNREACH, MPROX_BLAME_DESTINATION},
		{500, EHOSTUNREACH, MPROX_BLAME_DESTINATION},
		{501, EHOSTUNREACH, MPROX_BLAME_SERVER},
		{502, EHOSTUNREACH, MPROX_BLAME_DESTINATION},
		{503, EHOSTUNREACH, MPROX_BLAME_DESTINATION},
		{504, ETIMEDOUT, MPROX_BLAME_DESTINATION},
	};

	for (const auto &c : cases) {
		Answered a = answered("HTTP/1.1 " + std::to_string(c.status) +
				      " x\r\nContent-Length: 4\r\n\r\nbody");
		EXPECT_EQ(a.outcome.step, MPROX_STEP_REFUSED) << c.status;
		EXPECT_EQ(a.outcome.err, c.err) << c.status;
		EXPECT_EQ(a.blame, c.blame) << c.status;
		EXPECT_EQ(a.http.status, c.status);
	}
}

TEST(HttpAnswer, SquidSaysWhatConnectSaid)
{
	for (auto [number, err] : {std::pair{101, ENETUNREACH},
				   {110, ETIMEDOUT}, {111, ECONNREFUSED},
				   {113, EHOSTUNREACH}}) {
		Answered a = answered(
			"HTTP/1.1 503 Service Unavailable\r\nServer: squid\r\n"
			"x-squid-error: ERR_CONNECT_FAIL " +
			std::to_string(number) + "\r\n\r\n<html>");
		EXPECT_EQ(a.outcome.err, err);
		EXPECT_EQ(a.blame, MPROX_BLAME_DESTINATION);
	}
	for (const char *value : {"ERR_ACCESS_DENIED 0", "", "ERR_X",
				  "ERR_X 111111111111111111111", "ERR_X 367"}) {
		Answered a = answered("HTTP/1.1 403 x\r\nX-Squid-Error: " +
				      std::string(value) + "\r\n\r\n");
		EXPECT_EQ(a.outcome.err, EHOSTUNREACH) << value;
		EXPECT_EQ(a.blame, MPROX_BLAME_SERVER) << value;
	}
}

// Only a 5xx is about a connect(), and an interim answer is about nothing.
TEST(HttpAnswer, SquidsNumberIsReadWhereItBelongs)
{
	const std::string error = "X-Squid-Error: ERR_CONNECT_FAIL 111\r\n\r\n";

	for (const char *status : {"403", "404"})
		EXPECT_EQ(answered(std::string("HTTP/1.1 ") + status + " x\r\n" +
				   error).outcome.err, EHOSTUNREACH);
	EXPECT_EQ(answered("HTTP/1.1 103 x\r\n" + error +
			   "HTTP/1.1 503 x\r\n\r\n").outcome.err, EHOSTUNREACH);
	EXPECT_EQ(answered("HTTP/1.1 504 x\r\n" + error).outcome.err,
		  ECONNREFUSED);
}

TEST(HttpAnswer, Challenges)
{
	Answered basic = answered("HTTP/1.1 407 x\r\nProxy-Authenticate: "
				  "Basic realm=\"a b\"\r\n\r\n");
	EXPECT_EQ(basic.outcome.step, MPROX_STEP_LOGIN);
	EXPECT_EQ(basic.wants, MPROX_LOGIN_PASSWORD);

	Answered both = answered(
		"HTTP/1.1 407 x\r\nproxy-AUTHENTICATE: basic realm=\"a\"\r\n"
		"Proxy-Authenticate:Digest\r\n realm=\"b\",\r\n\tnonce=\"n\"\r\n"
		"\r\n");
	EXPECT_EQ(both.outcome.step, MPROX_STEP_LOGIN);
	EXPECT_EQ(both.wants, MPROX_LOGIN_DIGEST);
	EXPECT_TRUE(both.http.challenge.basic);

	for (const char *useless :
	     {"", "Proxy-Authenticate: Negotiate\r\n",
	      "Proxy-Authenticate: Digest realm=\"x\"\r\n",
	      "Proxy Authenticate: Basic\r\n", ": Basic\r\n",
	      "WWW-Authenticate: Basic realm=\"x\"\r\n"}) {
		Answered a = answered(std::string("HTTP/1.1 407 x\r\n") +
				      useless + "\r\n");
		EXPECT_EQ(a.outcome.step, MPROX_STEP_REFUSED) << useless;
	}
	// Longer than we read: passed over, and the next one is taken.
	Answered after = answered("HTTP/1.1 407 x\r\nProxy-Authenticate: "
				  "Negotiate " + std::string(600, 'A') +
				  "\r\nProxy-Authenticate: Basic\r\n\r\n");
	EXPECT_EQ(after.wants, MPROX_LOGIN_PASSWORD);
}

// RFC 9112, 2.2. It must not come back in what we send.
TEST(HttpAnswer, ACrAloneIsASpace)
{
	Answered a = answered("HTTP/1.1 407 x\r\nProxy-Authenticate: Digest "
			      "nonce=\"a\rX: y\", realm=\"\r\r\"\r\n\r\n");
	const mprox_challenge &c = a.http.challenge;

	EXPECT_EQ(a.outcome.step, MPROX_STEP_LOGIN);
	EXPECT_EQ(std::string(c.nonce, c.nonce + c.nonce_len), "a X: y");
	EXPECT_EQ(std::string(c.realm, c.realm + c.realm_len), "  ");
}

// Each field belongs to its status.
TEST(HttpAnswer, FieldsOfOtherAnswersAreNotTaken)
{
	Answered refused = answered("HTTP/1.1 407 x\r\nProxy-Authenticate: "
		"Digest nonce=a\r\nProxy-Authentication-Info: nextnonce=b\r\n"
		"\r\n");
	Answered open = answered("HTTP/1.1 200 x\r\nProxy-Authenticate: "
				 "Digest nonce=a\r\n\r\n");

	EXPECT_FALSE(refused.http.has_next);
	EXPECT_EQ(refused.http.challenge.nonce[0], 'a');
	EXPECT_FALSE(open.http.challenge.digest || open.http.has_next);
}

TEST(HttpAnswer, NextNonce)
{
	Answered a = answered("HTTP/1.1 200 x\r\nProxy-Authentication-Info: "
			      "qop=auth, nextnonce=\"abc\"\r\n\r\n");
	EXPECT_EQ(a.outcome.step, MPROX_STEP_DONE);
	EXPECT_TRUE(a.http.has_next);
	EXPECT_EQ(a.http.challenge.nonce_len, 3);
	EXPECT_EQ(memcmp(a.http.challenge.nonce, "abc", 3), 0);
	EXPECT_FALSE(answered("HTTP/1.1 200 x\r\nProxy-Authentication-Info: "
			      "nextnonce, x=y, @\r\n\r\n").http.has_next);
}

TEST(HttpAnswer, WhatIsNotHttpIsMalformedAtTheFirstWrongOctet)
{
	struct {
		const char *in;
		size_t used;
	} cases[] = {
		{"\x05\x02", 1}, {"SSH-2.0", 1}, {"HTTP/2 200", 6},
		{"HTTP/1.x 200", 8}, {"HTTP/1.1  200", 10},
		{"HTTP/1.1 2x0", 11}, {"HTTP/1.1 099 ", 12},
		{"HTTP/1.1 600 ", 12}, {"HTTP/1.1 2000", 13},
		{"HTTP/1.1 200\tOK", 13}, {"HTTP/1.1 200 O\x01", 15},
		{"HTTP/1.1 200 OK\r\nA: \x02", 21},
		{"HTTP/1.1 200 OK\r\n\x01", 18},
		{"HTTP/1.1 200 OK\r\n\rA", 19}, {"HTTP/1.1 200 OK\r\n\r\r", 19},
		{"HTTP/1.1 200 \x7f", 14},
		{"HTTP/1.1 200 OK\r\nA\x7f", 19}, {"\r\nHTTP/1.1", 1},
		{"http/1.1", 1}, {"HTTP/0.9 200", 6}, {"HTTP/1.10 200", 9},
	};

	for (const auto &c : cases) {
		Answered a = answered(c.in);
		EXPECT_EQ(a.outcome, (Outcome{MPROX_STEP_MALFORMED,
					      EHOSTUNREACH, c.used, c.used, {}}))
			<< c.in;
		EXPECT_EQ(a.blame, MPROX_BLAME_SERVER);
	}
}

TEST(HttpAnswer, NoNulAnywhere)
{
	const std::string head = "HTTP/1.1 200 OK\r\nA: b\r\n\r\n";

	for (size_t i = 0; i < head.size(); i++) {
		std::string in = head;

		in[i] = 0;
		Answered a = answered(in);
		EXPECT_EQ(a.outcome.step, MPROX_STEP_MALFORMED) << i;
		EXPECT_EQ(a.outcome.used, i + 1);
	}
}

TEST(HttpAnswer, EveryPrefixWantsMore)
{
	std::string_view in = "HTTP/1.1 407 Proxy Authentication Required\r\n"
			      "Proxy-Authenticate: Digest realm=\"a\", "
			      "nonce=\"b\", qop=\"auth\"\r\n\r\n";

	for (size_t len = 0; len < in.size(); len++) {
		Talk t(server());

		t.feed(reinterpret_cast<const uint8_t *>(in.data()), len);
		EXPECT_EQ(t.outcome(),
			  (Outcome{MPROX_STEP_MORE, 0, len, len, {}}));
	}
}

} // namespace
