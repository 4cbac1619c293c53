// SPDX-License-Identifier: GPL-2.0-or-later
// DNS: what a resolver is asked, and what a client gets of its answer.
#include "dns_driver.h"

namespace {

using namespace dns;

const Bytes kName = label("a") + label("example") + Bytes{0};
const Bytes kOwner = pointer(12);
const Bytes kAddr{192, 0, 2, 1};
const Bytes kOpt{0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0};
const Bytes kOptDo{0, 0, 41, 0x04, 0xd0, 0, 0, 0x80, 0, 0, 0};

Query asking(uint8_t type, const Bytes &opt = {}, uint16_t flags = 0x0100)
{
	return Query(header({1, 0, 0, !opt.empty()}, flags) + kName +
		     tail(type) + opt);
}

Bytes says(Bytes counts, const Bytes &records, uint8_t type = MPROX_DNS_A,
	   uint16_t flags = 0x8180)
{
	return header(counts, flags) + kName + tail(type) + records;
}

Bytes soa(uint32_t ttl, uint8_t minimum)
{
	return rr(pointer(14), MPROX_DNS_SOA, ttl,
		  Bytes{0, 0} + Bytes(16) + Bytes{0, 0, 0, minimum});
}

Bytes addresses(int count, uint32_t ttl = 60)
{
	Bytes out;

	for (int i = 0; i < count; i++)
		out = out + rr(kOwner, MPROX_DNS_A, ttl, kAddr);
	return out;
}

// ---- what the client gets

TEST(DnsWrite, Octets)
{
	// AA and AD of the resolver are not ours to say.
	Response response(asking(1), {0x12, 0x34, 0x85, 0xa0, 0, 1, 0, 1, 0, 1,
				      0, 1, 1, 'a', 7, 'e', 'x', 'a', 'm', 'p',
				      'l', 'e', 0, 0, 1, 0, 1,
				      0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 0x2c, 0, 4,
				      192, 0, 2, 1,
				      0xc0, 14, 0, 2, 0, 1, 0, 0, 0, 9, 0, 2,
				      0xc0, 14,
				      0, 0, 41, 4, 0xd0, 0, 0, 0x80, 0, 0, 0});

	EXPECT_EQ(response.write(asking(1), 0x1c),
		  (Bytes{0x12, 0x34, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0,
			 1, 'a', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0,
			 0, 1, 0, 1,
			 0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 0x10, 0, 4,
			 192, 0, 2, 1}));
}

TEST(DnsWrite, WhatTheNextClientAsks)
{
	Response response(asking(1), says({1, 1, 0, 0}, addresses(1)));
	// Another id and case, every class, RD, AD and CD, and EDNS.
	Bytes question = label("A") + label("eXample") + Bytes{0} + tail(1, 255);
	Query next(Bytes{0x77, 0x88, 0x01, 0x30, 0, 1, 0, 0, 0, 0, 0, 1} +
		   question + kOptDo);

	EXPECT_EQ(response.write(next),
		  (Bytes{0x77, 0x88, 0x81, 0x90, 0, 1, 0, 1, 0, 0, 0, 1}) +
			  question + addresses(1) + kOptDo);
	EXPECT_EQ(response.write(asking(1, {}, 0))[2], 0x80);
}

TEST(DnsWrite, TtlsAtEachAge)
{
	Response response(asking(1),
			  says({1, 3, 0, 0},
			       addresses(1, 300) + addresses(1, 100) +
				       addresses(1, 0x80000000)));

	for (auto [age, first, second] :
	     {std::tuple{0u, 300u, 100u}, {1u, 299u, 99u}, {99u, 201u, 1u},
	      {100u, 200u, 0u}, {300u, 0u, 0u}, {0xffffffffu, 0u, 0u}})
		EXPECT_EQ(response.write(asking(1), age),
			  says({1, 3, 0, 0},
			       addresses(1, first) + addresses(1, second) +
				       addresses(1, 0)));
}

// RFC 2308, 5: no longer than the least of both.
TEST(DnsWrite, TtlOfNothing)
{
	Response response(asking(1), says({1, 0, 1, 0}, soa(900, 60), 1, 0x8183));

	EXPECT_EQ(response.write(asking(1)),
		  says({1, 0, 1, 0}, soa(60, 60), 1, 0x8183));
	EXPECT_EQ(response.write(asking(1), 59),
		  says({1, 0, 1, 0}, soa(1, 60), 1, 0x8183));
	EXPECT_EQ(response.write(asking(1), 60),
		  says({1, 0, 1, 0}, soa(0, 60), 1, 0x8183));
}

TEST(DnsWrite, ChainAndItsEnd)
{
	Bytes cname = rr(kOwner, MPROX_DNS_CNAME, 30, {1, 'b', 0xc0, 14});
	Response response(asking(1), says({1, 1, 1, 1}, cname + soa(90, 90) +
							kOpt));

	EXPECT_EQ(response.write(asking(1), 10),
		  says({1, 1, 1, 0},
		       rr(kOwner, MPROX_DNS_CNAME, 20, {1, 'b', 0xc0, 14}) +
			       soa(20, 90)));
}

TEST(DnsWrite, Dnssec)
{
	Bytes data = Bytes{0, 1, 13, 2} + Bytes(14) + kName + Bytes(64, 0xaa);
	Bytes records = addresses(1) + rr(kOwner, MPROX_DNS_RRSIG, 60, data);
	Response response(asking(1, kOptDo), says({1, 2, 0, 1}, records + kOptDo));

	EXPECT_EQ(response.write(asking(1, kOptDo)),
		  header({1, 2, 0, 1}, 0x8180) + kName + tail(1) + records +
			  kOptDo);
}

TEST(DnsWrite, ErrorsAndTheirOpt)
{
	for (uint16_t rcode : {2, 5}) {
		Response response(asking(1), says({1, 0, 0, 0}, {}, 1,
						  0x8180 | rcode));

		EXPECT_EQ(response.write(asking(1, kOpt)),
			  header({1, 0, 0, 1}, 0x8180 | rcode) + kName +
				  tail(1) + kOpt);
	}
}

// ---- how long it may be

TEST(DnsWrite, LongerThanTheClientTakes)
{
	Response response(asking(1), says({1, 40, 0, 0}, addresses(40)));
	Bytes whole = says({1, 40, 0, 0}, addresses(40));

	EXPECT_EQ(response.write(asking(1), 0, whole.size()), whole);
	for (size_t limit : {size_t{512}, whole.size() - 1}) {
		EXPECT_EQ(response.write(asking(1), 0, limit),
			  says({1, 0, 0, 0}, {}, 1, 0x8380));
		EXPECT_EQ(response.write(asking(1, kOpt), 0, limit),
			  header({1, 0, 0, 1}, 0x8380) + kName + tail(1) + kOpt);
	}
	// That is the least that there is.
	EXPECT_EQ(response.write(asking(1), 0, 27).size(), 27u);
	EXPECT_EQ(response.write(asking(1), 0, 26).size(), 0u);
	EXPECT_EQ(response.write(asking(1), 0, 512, 27).size(), 27u);
	EXPECT_EQ(response.write(asking(1), 0, 512, 26).size(), 0u);
}

TEST(DnsWrite, ExactlyAsLongAsTheClientSays)
{
	Bytes opt = kOpt;
	// 12 + 15 + 30 * 16 + 11 = 518
	opt[3] = 2;
	opt[4] = 6;
	Query fits = asking(1, opt);
	Response response(fits, says({1, 30, 0, 0}, addresses(30)));

	EXPECT_EQ(response.write(fits, 0, fits.q.udp_size).size(), 518u);
	opt[4] = 5;
	Query shorter = asking(1, opt);

	EXPECT_EQ(response.write(shorter, 0, shorter.q.udp_size).size(), 38u);
}

TEST(DnsWrite, TooLittleRoom)
{
	Response response(asking(1), says({1, 1, 0, 0}, addresses(1)));
	Query query = asking(1, kOpt);
	size_t whole = 12 + 15 + 16 + 11;

	for (size_t size = 0; size <= whole + 1; size++)
		EXPECT_EQ(response.write(query, 0, 65535, size).size(),
			  size < whole ? 0 : whole);
}

// ---- what is no answer to this query

TEST(DnsWrite, AnotherQuestion)
{
	Response response(asking(1), says({1, 1, 0, 0}, addresses(1)));
	auto asks = [](const Bytes &name, uint8_t type) {
		return Query(header({1, 0, 0, 0}) + name + tail(type));
	};

	for (const Query &query :
	     {asking(28), asks(label("b") + label("example") + Bytes{0}, 1),
	      asks(label("a.example") + Bytes{0}, 1), asks({0}, 1),
	      asks(label("aexampl") + label("e") + Bytes{0}, 1),
	      asks(label("a") + kName, 1),
	      asks(label("axxxxxxxxxxxxxxxxxxxxxxxxxx") + kName, 1),
	      asking(252), Query(header({0, 0, 0, 0}))})
		EXPECT_EQ(response.write(query).size(), 0u) << query.name();
}

// Type 'A' and type 'a' are not the same.
TEST(DnsWrite, CaseOfAType)
{
	Response response(asking('A'), says({1, 0, 0, 0}, {}, 'A'));

	EXPECT_EQ(response.err, 0);
	EXPECT_NE(response.write(asking('A')).size(), 0u);
	EXPECT_EQ(response.write(asking('a')).size(), 0u);
}

TEST(DnsWrite, CopyThatIsTooShort)
{
	Response response(asking(1), says({1, 2, 0, 0}, addresses(2)));

	for (; response.r.kept; response.r.kept--)
		EXPECT_EQ(response.write(asking(1)).empty(),
			  response.r.kept < 12 + 15 + 32);
}

TEST(DnsWrite, ReadAgain)
{
	Response first(asking(1), says({1, 2, 1, 0}, addresses(2) + soa(9, 9)));
	Response again(asking(1), first.write(asking(1), 10));

	EXPECT_EQ(again.err, 0);
	EXPECT_EQ(again.r.kept, first.r.kept);
	EXPECT_EQ(again.r.answers, 2);
	EXPECT_EQ(again.r.ttl, 50u);
}

// ---- what the resolver is asked

Bytes ask(const Query &query, size_t size = MPROX_DNS_ASK_MAX)
{
	Bytes to(size);

	to.resize(mprox_dns_ask(to.data(), size, &query.q, 0xbeef));
	return to;
}

TEST(DnsAsk, Octets)
{
	Query query(Bytes{0x12, 0x34, 0, 0x20, 0, 1, 0, 0, 0, 0, 0, 0,
			  1, 'A', 7, 'e', 'X', 'a', 'm', 'p', 'l', 'e', 0,
			  1, 1, 0, 255});

	EXPECT_EQ(ask(query), (Bytes{0, 27, 0xbe, 0xef, 1, 0, 0, 1, 0, 0, 0, 0,
				     0, 0, 1, 'a', 7, 'e', 'x', 'a', 'm', 'p',
				     'l', 'e', 0, 1, 1, 0, 1}));
}

TEST(DnsAsk, EdnsAndCd)
{
	for (const Bytes &opt : {kOpt, kOptDo})
		EXPECT_EQ(ask(asking(28, opt, 0x07bf)),
			  (Bytes{0, 38, 0xbe, 0xef, 1, 0x10, 0, 1, 0, 0, 0, 0,
				 0, 1}) + kName + tail(28) + opt);
}

TEST(DnsAsk, Root)
{
	Query query(header({1, 0, 0, 0}) + Bytes{0} + tail(2));

	EXPECT_EQ(ask(query), (Bytes{0, 17, 0xbe, 0xef, 1, 0, 0, 1, 0, 0, 0, 0,
				     0, 0, 0, 0, 2, 0, 1}));
}

TEST(DnsAsk, Longest)
{
	Bytes name = label(std::string(63, 'a')) + label(std::string(63, 'b')) +
		     label(std::string(63, 'c')) + label(std::string(61, 'd')) +
		     Bytes{0};
	Query query(header({1, 0, 0, 1}) + name + tail(1) + kOpt);

	EXPECT_EQ(ask(query).size(), size_t{MPROX_DNS_ASK_MAX});
	for (size_t size = 0; size < MPROX_DNS_ASK_MAX; size++)
		EXPECT_EQ(ask(query, size).size(), 0u);
}

// What was asked is a query like any other.
TEST(DnsAsk, IsAQuery)
{
	Bytes out = ask(asking(65, kOptDo));
	Query again(Bytes(out.begin() + 2, out.end()));

	EXPECT_TRUE(again.ok);
	EXPECT_EQ(again.name(), "a.example");
	EXPECT_EQ(again.q.type, 65);
	EXPECT_TRUE(again.q.dnssec_ok);
	EXPECT_EQ(again.q.rcode, 0);
}

TEST(DnsAsk, WhatNobodyIsAsked)
{
	Bytes later = kOpt;

	later[6] = 1;
	for (const Query &query :
	     {asking(252), asking(1, later), Query(header({0, 0, 0, 0})),
	      Query(header({1, 0, 0, 0}, 0x2800) + kName + tail(1)),
	      Query(header({1, 0, 0, 0}) + label("a.b") + Bytes{0} + tail(1))})
		EXPECT_EQ(ask(query).size(), 0u);
}

TEST(DnsAsk, SameQuestion)
{
	auto same = [](const Query &other, const Query &query = asking(1)) {
		return mprox_dns_asks_same(&query.q, &other.q);
	};

	EXPECT_TRUE(same(asking(1)));
	EXPECT_TRUE(same(Query(header({1, 0, 0, 0}) + label("A") +
			       label("Example") + Bytes{0} + tail(1))));
	EXPECT_FALSE(same(asking(28)));
	EXPECT_FALSE(same(asking(1, kOpt)));
	EXPECT_FALSE(same(asking(1, kOpt), asking(1, kOptDo)));
	EXPECT_FALSE(same(asking(1, {}, 0x0110)));
	EXPECT_FALSE(same(Query(header({1, 0, 0, 0}) + label("b") +
				label("example") + Bytes{0} + tail(1))));
	EXPECT_FALSE(same(Query(header({1, 0, 0, 0}) + label("a.example") +
				Bytes{0} + tail(1))));
}

} // namespace
