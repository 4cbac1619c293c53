// SPDX-License-Identifier: GPL-2.0-or-later
// DNS: what of a resolver's message is believed, kept, and for how long.
#include "dns_driver.h"

namespace {

using namespace dns;

// www.example.com, at 12; "example" at 16, "com" at 24, the type at 29.
const Bytes kName = label("www") + label("example") + label("com") + Bytes{0};
const Bytes kOwner = pointer(12);
constexpr size_t kFirst = 33;
const Bytes kAddr{192, 0, 2, 1};
constexpr uint16_t kAnswer = 0x8180;

Query asking(uint16_t type, const Bytes &name = kName)
{
	return Query(header({1, 0, 0, 0}) + name + tail(type));
}

Bytes says(Bytes counts, const Bytes &records, uint16_t type = MPROX_DNS_A,
	   uint16_t flags = kAnswer)
{
	return header(counts, flags) + kName + tail(type) + records;
}

Bytes be32(uint32_t of)
{
	return {static_cast<uint8_t>(of >> 24), static_cast<uint8_t>(of >> 16),
		static_cast<uint8_t>(of >> 8), static_cast<uint8_t>(of)};
}

// Its names are "example.com" of the question.
Bytes soa(const Bytes &owner, uint32_t ttl, uint32_t minimum)
{
	return rr(owner, MPROX_DNS_SOA, ttl,
		  Bytes{2, 'n', 's', 0xc0, 16, 1, 'h', 0xc0, 16} + be32(1) +
			  be32(2) + be32(3) + be32(4) + be32(minimum));
}

Bytes signs(uint16_t type, uint32_t ttl, const Bytes &owner = kOwner)
{
	return rr(owner, MPROX_DNS_RRSIG, ttl,
		  Bytes{0, static_cast<uint8_t>(type), 13, 3} + be32(300) +
			  be32(9) + be32(1) + Bytes{0x11, 0x22} +
			  label("example") + label("com") +
			  Bytes{0, 0xaa, 0xbb, 0xcc});
}

void expect_kept(const Response &response, size_t kept, int answers,
		 u32 ttl, int authority = 0)
{
	EXPECT_EQ(response.err, 0);
	EXPECT_EQ(response.r.kept, kept);
	EXPECT_EQ(response.r.answers, answers);
	EXPECT_EQ(response.r.authority, authority);
	EXPECT_EQ(response.r.ttl, ttl);
}

// The answer to A of www.example.com, whole or not.
int verdict(const Bytes &msg)
{
	return Response(asking(MPROX_DNS_A), msg).err;
}

// ---- answers

TEST(DnsResponse, AWithAChain)
{
	Bytes msg{0x12, 0x34, 0x81, 0x80, 0, 1, 0, 4, 0, 1, 0, 1,
		  3, 'w', 'w', 'w', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e',
		  3, 'c', 'o', 'm', 0, 0, 1, 0, 1,
		  // 33: www.example.com CNAME www.cdn.net, its name at 45
		  0xc0, 12, 0, 5, 0, 1, 0, 0, 1, 0x2c, 0, 13,
		  3, 'w', 'w', 'w', 3, 'c', 'd', 'n', 3, 'n', 'e', 't', 0,
		  // 58: that CNAME edge.cdn.net, its name at 70
		  0xc0, 45, 0, 5, 0, 1, 0, 0, 0, 60, 0, 7,
		  4, 'e', 'd', 'g', 'e', 0xc0, 49,
		  // 77, 93: its addresses
		  0xc0, 70, 0, 1, 0, 1, 0, 0, 0, 20, 0, 4, 198, 51, 100, 1,
		  0xc0, 70, 0, 1, 0, 1, 0, 0, 0, 30, 0, 4, 198, 51, 100, 2,
		  // 109: cdn.net NS ns.cdn.net, and its address: not asked for
		  0xc0, 49, 0, 2, 0, 1, 0, 0, 0, 9, 0, 5, 2, 'n', 's', 0xc0, 49,
		  0xc0, 121, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 203, 0, 113, 9};

	expect_kept({asking(MPROX_DNS_A), msg}, 109, 4, 20);
}

TEST(DnsResponse, Aaaa)
{
	Bytes addr{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
	Bytes msg = says({1, 1, 0, 0}, rr(kOwner, 28, 300, addr), 28);

	expect_kept({asking(28), msg}, msg.size(), 1, 300);
}

// Nobody but its reader knows what a TXT record says.
TEST(DnsResponse, Txt)
{
	Bytes msg = says({1, 2, 0, 0},
			 rr(kOwner, 16, 7200, label("v=spf1 -all")) +
				 rr(kOwner, 16, 7200, {0xff, 0xc0}), 16);

	expect_kept({asking(16), msg}, msg.size(), 2, 7200);
}

TEST(DnsResponse, EachTypeThatHasNames)
{
	Bytes to{1, 'x', 0xc0, 16};

	for (auto [type, data] :
	     {std::pair{2, to}, {5, to}, {12, to}, {39, to},
	      {15, Bytes{0, 10} + to}, {33, Bytes{0, 1, 0, 2, 0, 80} + to}}) {
		auto read = [type = type](const Bytes &data) {
			return Response(asking(type),
					says({1, 1, 0, 0},
					     rr(kOwner, type, 60, data), type));
		};

		expect_kept(read(data), kFirst + 12 + data.size(), 1, 60);
		EXPECT_EQ(read(data + Bytes{0}).err, -EINVAL) << type;
		data.pop_back();
		EXPECT_EQ(read(data).err, -EINVAL) << type;
		EXPECT_EQ(read({}).err, -EINVAL) << type;
	}
}

// No name, though it has an end.
TEST(DnsResponse, LengthOfAnAddress)
{
	for (size_t len = 0; len < 20; len++) {
		Bytes a = rr(kOwner, 1, 60, Bytes(len));
		Bytes aaaa = rr(kOwner, 28, 60, Bytes(len));

		EXPECT_EQ(verdict(says({1, 1, 0, 0}, a)),
			  len == 4 ? 0 : -EINVAL);
		EXPECT_EQ(Response(asking(28), says({1, 1, 0, 0}, aaaa, 28)).err,
			  len == 16 ? 0 : -EINVAL);
		// What it lacks is not taken from the next record.
		EXPECT_EQ(verdict(says({1, 2, 0, 0}, a + a)),
			  len == 4 ? 0 : -EINVAL);
	}
}

TEST(DnsResponse, AnyHasEveryType)
{
	Bytes msg = says({1, 4, 0, 0},
			 rr(kOwner, 16, 50, {0}) + rr(kOwner, 1, 40, kAddr) +
				 signs(1, 30) + rr(kOwner, 257, 20, {1}), 255);

	expect_kept({asking(255), msg}, msg.size(), 4, 20);
}

// RFC 1034, 3.6.2: who asks for the CNAME is not led on.
TEST(DnsResponse, CnameThatIsAskedFor)
{
	Bytes cname = rr(kOwner, 5, 60, Bytes{1, 'x', 0xc0, 16});
	Bytes rest = rr(pointer(kFirst + 12), 5, 60, {0xc0, 16});

	for (uint16_t type : {5, 255}) {
		Bytes msg = says({1, 2, 0, 0}, cname + rest, type);

		expect_kept({asking(type), msg}, kFirst + cname.size(), 1, 60);
	}
}

// With the DO bit: each record has its signature.
TEST(DnsResponse, Dnssec)
{
	Bytes records = rr(kOwner, 1, 60, kAddr) + signs(1, 50);
	Bytes msg = says({1, 2, 0, 0}, records);

	expect_kept({asking(1), msg}, msg.size(), 2, 50);
	EXPECT_EQ(verdict(says({1, 1, 0, 0},
			       rr(kOwner, 46, 60, Bytes(17)))), -EINVAL);
	// The signer's name goes on behind the record.
	EXPECT_EQ(verdict(says({1, 2, 0, 0},
			       rr(kOwner, 46, 60, Bytes(18) + Bytes{6}) +
				       rr(kOwner, 1, 60, kAddr))), -EINVAL);
}

TEST(DnsResponse, ADnameAbove)
{
	Bytes above = pointer(16);
	Bytes dname = rr(above, 39, 90, label("d") + Bytes{0}) +
		      signs(39, 80, above);
	Bytes cname = rr(kOwner, 5, 0, label("www") + label("d") + Bytes{0});
	size_t to = kFirst + dname.size() + 12;
	Bytes a = rr(pointer(to), 1, 70, kAddr);
	Bytes msg = says({1, 4, 0, 0}, dname + cname + a);

	expect_kept({asking(1), msg}, msg.size(), 4, 0);
	// It is above the first name, not above the last.
	EXPECT_EQ(Response(asking(1), says({1, 4, 0, 0}, cname + dname + a))
			  .r.answers, 1);
	// Other signatures of that name are not.
	EXPECT_EQ(verdict(says({1, 1, 0, 0}, signs(1, 80, above))), -EINVAL);
	EXPECT_EQ(verdict(says({1, 1, 0, 0},
			       rr(label("org") + Bytes{0}, 39, 9, {0}))),
		  -EINVAL);
}

TEST(DnsResponse, DnameOfTheNameItself)
{
	Bytes msg = says({1, 1, 0, 0}, rr(kOwner, 39, 90, label("d") + Bytes{0}));

	expect_kept({asking(1), msg}, msg.size(), 1, 0);
}

TEST(DnsResponse, CaseDoesNotMatter)
{
	Bytes name = label("wWW") + label("EXAMPLE") + label("cOm") + Bytes{0};
	Bytes other = label("Www") + label("eXAMPLE") + label("COM") + Bytes{0};
	Bytes msg = header({1, 1, 0, 0}, kAnswer) + name + tail(1) +
		    rr(other, 1, 60, kAddr);

	expect_kept({asking(1), msg}, msg.size(), 1, 60);
	expect_kept({asking(1, other), msg}, msg.size(), 1, 60);
}

// What is behind the first stranger is not kept, whatever it is.
TEST(DnsResponse, Stranger)
{
	Bytes good = rr(kOwner, 1, 60, kAddr);
	Bytes stranger = rr(label("bank") + Bytes{0}, 1, 6, {6, 6, 6, 6});

	for (const Bytes &other :
	     {stranger, rr(pointer(16), 1, 6, {6, 6, 6, 6}),
	      rr(kOwner, 28, 6, Bytes(16)), rr(kOwner, 1, 6, kAddr, 3),
	      rr(kOwner, 1, 6, Bytes(5), 3),
	      rr(label("x") + kOwner, 1, 6, {6, 6, 6, 6})}) {
		expect_kept({asking(1), says({1, 3, 0, 0}, good + other + good)},
			    kFirst + good.size(), 1, 60);
		EXPECT_EQ(verdict(says({1, 2, 0, 0}, other + good)), -EINVAL);
		// Nothing behind it is looked at.
		expect_kept({asking(1), says({1, 9, 0, 0}, good + other)},
			    kFirst + good.size(), 1, 60);
	}
}

// A name is not led to before the CNAME says so.
TEST(DnsResponse, ChainInItsOrder)
{
	Bytes cname = rr(kOwner, 5, 60, label("x") + Bytes{0});
	Bytes a = rr(label("x") + Bytes{0}, 1, 60, kAddr);

	expect_kept({asking(1), says({1, 2, 0, 0}, cname + a)},
		    kFirst + cname.size() + a.size(), 2, 60);
	EXPECT_EQ(verdict(says({1, 2, 0, 0}, a + cname)), -EINVAL);
}

// Neither has it an address, nor may anybody remember that it has none.
TEST(DnsResponse, ChainThatLeadsNowhere)
{
	Bytes cname = rr(kOwner, 5, 60, label("x") + Bytes{0});
	Bytes back = rr(label("x") + Bytes{0}, 5, 60, kOwner);
	Bytes a = rr(kOwner, 1, 60, kAddr);
	Bytes loop = says({1, 2, 0, 0}, cname + back);
	Bytes both = says({1, 2, 0, 0}, a + cname);
	Bytes beside = says({1, 2, 0, 0}, cname + a);
	Bytes cut = says({1, 2, 1, 0}, cname +
			 rr(label("y") + Bytes{0}, 1, 60, kAddr) +
			 soa(pointer(16), 60, 60));

	expect_kept({asking(1), loop}, loop.size(), 2, 0);
	expect_kept({asking(1), both}, both.size(), 2, 0);
	expect_kept({asking(1), beside}, beside.size(), 2, 0);
	expect_kept({asking(1), cut}, kFirst + cname.size(), 1, 0);
}

TEST(DnsResponse, LongestChain)
{
	Bytes records;
	Bytes owner = kOwner;

	for (int i = 1; i < MPROX_DNS_CHAIN_MAX + 3; i++) {
		Bytes to = label(std::to_string(i)) + Bytes{0};
		Bytes a = rr(to, 1, 60, kAddr);
		bool whole = i < MPROX_DNS_CHAIN_MAX;

		records = records + rr(owner, 5, 60, to);
		EXPECT_EQ(Response(asking(1),
				   says({1, uint8_t(i + 1), 0, 0}, records + a))
				  .r.answers,
			  whole ? i + 1 : MPROX_DNS_CHAIN_MAX - 1);
		owner = to;
	}
}

TEST(DnsResponse, MostRecords)
{
	Bytes records;

	for (int i = 0; i < 255; i++)
		records = records + rr(kOwner, 1, 60, kAddr);
	expect_kept({asking(1), says({1, 128, 0, 0}, records)},
		    kFirst + 128 * 16, 128, 60);
	expect_kept({asking(1), says({1, 129, 0, 0}, records)},
		    kFirst + 128 * 16, 128, 60);
	expect_kept({asking(1), says({1, 255, 0, 0}, records)},
		    kFirst + 128 * 16, 128, 60);
}

// ---- seconds

TEST(DnsTtl, IsTheLeastAndHasALimit)
{
	for (auto [a, b, ttl] : {std::tuple{60u, 70u, 60u}, {70u, 60u, 60u},
				 {86400u, 99999u, 86400u},
				 {604800u, 604800u, 86400u}, {0u, 9u, 0u},
				 {0x7fffffffu, 9u, 9u}, {0x80000000u, 9u, 0u},
				 {0xffffffffu, 9u, 0u}}) {
		Response response(asking(1),
				  says({1, 2, 0, 0}, rr(kOwner, 1, a, kAddr) +
							rr(kOwner, 1, b, kAddr)));

		EXPECT_EQ(response.err, 0);
		EXPECT_EQ(response.r.ttl, ttl);
	}
}

TEST(DnsTtl, OfNothing)
{
	for (auto [ttl, minimum, least] :
	     {std::tuple{60u, 70u, 60u}, {70u, 60u, 60u},
	      {86400u, 86400u, 3600u}, {0u, 9u, 0u}, {9u, 0u, 0u},
	      {0x80000000u, 9u, 0u}, {9u, 0xffffffffu, 9u}}) {
		Bytes msg = says({1, 0, 1, 0}, soa(pointer(16), ttl, minimum));

		expect_kept({asking(1), msg}, msg.size(), 0, least, 1);
	}
}

// ---- negative answers

TEST(DnsNegative, NoSuchName)
{
	Bytes msg{0x12, 0x34, 0x81, 0x83, 0, 1, 0, 0, 0, 1, 0, 1,
		  3, 'w', 'w', 'w', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e',
		  3, 'c', 'o', 'm', 0, 0, 1, 0, 1,
		  // 33: com SOA
		  0xc0, 24, 0, 6, 0, 1, 0, 0, 3, 0x84, 0, 32,
		  1, 'a', 4, 'g', 't', 'l', 'd', 0xc0, 24, 1, 'n', 0,
		  0, 0, 0, 1, 0, 0, 7, 8, 0, 0, 3, 0x84, 0, 9, 0x3a, 0x80,
		  0, 0, 0, 120,
		  // 77: an OPT
		  0, 0, 41, 4, 0xd0, 0, 0, 0, 0, 0, 0};
	Response response(asking(1), msg);

	expect_kept(response, 77, 0, 120, 1);
	EXPECT_EQ(response.r.rcode, MPROX_DNS_NXDOMAIN);
}

TEST(DnsNegative, NoSuchRecord)
{
	for (const Bytes &owner : {kOwner, pointer(16), pointer(24), Bytes{0}}) {
		Bytes msg = says({1, 0, 1, 0}, soa(owner, 60, 60));

		expect_kept({asking(1), msg}, msg.size(), 0, 60, 1);
	}
}

TEST(DnsNegative, AtTheEndOfAChain)
{
	Bytes cname = rr(kOwner, 5, 30, label("x") + label("y") + Bytes{0});
	Bytes below = pointer(kFirst + 14);

	for (uint16_t rcode : {0, 3}) {
		Bytes msg = says({1, 1, 1, 0}, cname + soa(below, 60, 60), 1,
				 kAnswer | rcode);

		expect_kept({asking(1), msg}, msg.size(), 1, 30, 1);
		// Of the first name's domain, which says nothing of the last.
		expect_kept({asking(1), says({1, 1, 1, 0}, cname +
					     soa(pointer(16), 60, 60))},
			    kFirst + cname.size(), 1, 0);
	}
}

// Who says both is not believed for long.
TEST(DnsNegative, NoSuchNameWithAnAddress)
{
	Bytes msg = says({1, 1, 0, 0}, rr(kOwner, 1, 60, kAddr), 1, 0x8183);

	expect_kept({asking(1), msg}, msg.size(), 1, 0);
}

TEST(DnsNegative, WithoutItsSoa)
{
	Bytes good = soa(pointer(16), 60, 60);
	Bytes ns = rr(pointer(16), 2, 60, label("ns") + Bytes{0});

	expect_kept({asking(1), says({1, 0, 0, 0}, {})}, kFirst, 0, 0);
	for (const Bytes &other :
	     {ns, soa(label("org") + Bytes{0}, 60, 60),
	      soa(label("x") + kOwner, 60, 60),
	      rr(pointer(16), 6, 60, Bytes(22), 3)})
		expect_kept({asking(1), says({1, 0, 2, 0}, other + good)},
			    kFirst, 0, 0);
}

TEST(DnsNegative, SoaOfAnAnswerThatIsThere)
{
	Bytes a = rr(kOwner, 1, 60, kAddr);

	expect_kept({asking(1), says({1, 1, 1, 0}, a + soa(kOwner, 6, 6))},
		    kFirst + a.size(), 1, 60);
}

TEST(DnsNegative, OtherErrorsHaveNothing)
{
	for (uint16_t rcode : {1, 2, 4, 5, 6, 9, 15}) {
		Response response(asking(1),
				  says({1, 1, 1, 0}, {0xff}, 1,
				       kAnswer | rcode));

		expect_kept(response, kFirst, 0, 0);
		EXPECT_EQ(response.r.rcode, rcode);
	}
}

// ---- what is no answer

TEST(DnsNoAnswer, Header)
{
	Bytes a = rr(kOwner, 1, 60, kAddr);

	EXPECT_EQ(verdict(says({1, 1, 0, 0}, a)), 0);
	// A query, every opcode, cut off.
	EXPECT_EQ(verdict(says({1, 1, 0, 0}, a, 1, 0x0180)), -EINVAL);
	for (uint16_t opcode = 1; opcode < 16; opcode++)
		EXPECT_EQ(verdict(says({1, 1, 0, 0}, a, 1,
				       kAnswer | opcode << 11)), -EINVAL);
	EXPECT_EQ(verdict(says({1, 1, 0, 0}, a, 1, 0x8380)), -EINVAL);
	// AA, AD, CD, Z, neither RD nor RA.
	EXPECT_EQ(verdict(says({1, 1, 0, 0}, a, 1, 0x8470)), 0);
	for (u16 id : {0x1235, 0x3412, 0})
		EXPECT_EQ(Response(asking(1), says({1, 1, 0, 0}, a), id).err,
			  -EINVAL);
	for (uint8_t questions : {0, 2, 255})
		EXPECT_EQ(verdict(says({questions, 1, 0, 0}, a)), -EINVAL);
}

TEST(DnsNoAnswer, Question)
{
	auto to = [](const Bytes &name, uint8_t type = 1, uint8_t klass = 1) {
		return verdict(header({1, 0, 0, 0}, kAnswer) + name +
			       tail(type, klass));
	};
	Bytes com = label("com") + Bytes{0};

	EXPECT_EQ(to(kName), 0);
	EXPECT_EQ(to(kName, 28), -EINVAL);
	EXPECT_EQ(to(kName, 1, 3), -EINVAL);
	EXPECT_EQ(to(kName, 1, 255), -EINVAL);
	EXPECT_EQ(to({0}), -EINVAL);
	EXPECT_EQ(to(com), -EINVAL);
	EXPECT_EQ(to(label("x") + kName), -EINVAL);
	EXPECT_EQ(to(label("www") + label("example") + Bytes{0}), -EINVAL);
	EXPECT_EQ(to(label("www") + label("example") + label("con") + Bytes{0}),
		  -EINVAL);
	EXPECT_EQ(to(label("www") + label("example") + label("co") + Bytes{0}),
		  -EINVAL);
	EXPECT_EQ(to(label("www") + label("example") + label("comm") + Bytes{0}),
		  -EINVAL);
	EXPECT_EQ(to(label("www") + label("example") + com + com), -EINVAL);
	EXPECT_EQ(to(label("www") + label("example") + label("com") + com),
		  -EINVAL);
	// The same text, other labels.
	EXPECT_EQ(to(label("www.example") + com), -EINVAL);
	EXPECT_EQ(to(label("www") + label("exampl") + label("e") + com),
		  -EINVAL);
	EXPECT_EQ(to(pointer(12)), -EINVAL);
	EXPECT_EQ(to(pointer(0)), -EINVAL);
}

TEST(DnsNoAnswer, Root)
{
	Bytes msg = header({1, 1, 0, 0}, kAnswer) + Bytes{0} + tail(2) +
		    rr({0}, 2, 60, label("a") + Bytes{0});

	expect_kept({asking(2, {0}), msg}, msg.size(), 1, 60);
	EXPECT_EQ(Response(asking(2), msg).err, -EINVAL);
}

// What was never asked has no answer.
TEST(DnsNoAnswer, ToWhatCannotBeAsked)
{
	Bytes dotted = label("a.b") + Bytes{0};

	for (const Bytes &question :
	     {dotted + tail(1), kName + tail(252), kName + tail(1, 3)})
		EXPECT_EQ(Response(Query(header({1, 0, 0, 0}) + question),
				   header({1, 0, 0, 0}, kAnswer) + question)
				  .err, -EINVAL);
	EXPECT_EQ(Response(Query(header({0, 0, 0, 0})), says({1, 0, 0, 0}, {}))
			  .err, -EINVAL);
}

TEST(DnsNoAnswer, LongerThanTcpCarries)
{
	Bytes msg = says({1, 1, 0, 0}, rr(kOwner, 1, 60, kAddr));

	msg.resize(65535);
	EXPECT_EQ(verdict(msg), 0);
	msg.resize(65536);
	EXPECT_EQ(verdict(msg), -EINVAL);
}

TEST(DnsNoAnswer, CutAtEveryOctet)
{
	Bytes cname = rr(kOwner, 5, 60, Bytes{1, 'x', 0xc0, 16});
	Bytes a = rr(pointer(kFirst + 12), 1, 60, kAddr);
	Bytes positive = says({1, 2, 1, 0}, cname + a + soa(kOwner, 60, 60));
	Bytes negative = says({1, 1, 1, 0}, cname + soa(pointer(16), 60, 60));
	Bytes refused = says({1, 1, 1, 0}, cname, 1, 0x8185);

	for (auto [msg, kept] :
	     {std::pair{positive, kFirst + cname.size() + a.size()},
	      {negative, negative.size()}, {refused, kFirst}})
		for (size_t len = 0; len <= msg.size(); len++)
			EXPECT_EQ(verdict({msg.begin(), msg.begin() + len}),
				  len < kept ? -EINVAL : 0) << len;
}

// ---- names

int with_owner(const Bytes &owner)
{
	return verdict(says({1, 2, 0, 0}, rr(kOwner, 1, 60, kAddr) +
						  rr(owner, 1, 60, kAddr)));
}

TEST(DnsPointer, OnlyBackwards)
{
	constexpr size_t second = kFirst + 16;

	EXPECT_EQ(with_owner(pointer(12)), 0);
	EXPECT_EQ(with_owner(pointer(kFirst)), 0);
	// To itself, within itself, ahead, beyond the end.
	for (size_t to : {second, second + 1, second + 2, second + 100})
		EXPECT_EQ(with_owner(pointer(to)), -EINVAL) << to;
	EXPECT_EQ(with_owner(label("x") + pointer(second)), -EINVAL);
	EXPECT_EQ(with_owner(label("x") + pointer(second + 2)), -EINVAL);
	EXPECT_EQ(with_owner(Bytes{0x40}), -EINVAL);
	EXPECT_EQ(with_owner(Bytes{0x80, 12}), -EINVAL);
	EXPECT_EQ(with_owner(Bytes{0xff, 0xff}), -EINVAL);
}

// A pointer to a label that ends behind the pointer itself.
TEST(DnsPointer, NotAroundItself)
{
	Bytes txt = rr(kOwner, 16, 60, {0xc0, 12, 3});
	Bytes msg = says({1, 2, 0, 0}, txt + rr(pointer(kFirst + 14), 16, 60,
						Bytes(9)), 16);

	EXPECT_EQ(Response(asking(16), msg).err, -EINVAL);
	msg[kFirst + 14] = 0;
	EXPECT_EQ(Response(asking(16), msg).r.answers, 1);
}

// What another answer made of this message has otherwise: its header, the
// class that the client asked for, and each TTL.
TEST(DnsPointer, NotThroughWhatChanges)
{
	for (size_t to = 0; to < kFirst + 10; to++) {
		bool changes = to < 12 || (to >= 29 && to < kFirst) ||
			       to >= kFirst + 6;

		if (changes) {
			EXPECT_EQ(with_owner(pointer(to)), -EINVAL) << to;
		}
	}
	for (size_t to : {12, 16, 24, 28})
		EXPECT_EQ(with_owner(pointer(to)), 0) << to;
	// Type and class, up to the TTL: the root twice, and a label of one
	// octet with another behind it.
	EXPECT_EQ(with_owner(pointer(kFirst + 2)), 0);
	EXPECT_EQ(with_owner(pointer(kFirst + 3)), -EINVAL);
	EXPECT_EQ(with_owner(pointer(kFirst + 4)), 0);
	EXPECT_EQ(with_owner(pointer(kFirst + 5)), -EINVAL);
}

TEST(DnsPointer, LongestName)
{
	Bytes label63 = label(std::string(63, 'x'));
	// With the question's 17 octets: 255, and 256.
	Bytes owner = label63 + label63 + label63 + label(std::string(45, 'y'));
	Bytes longer = label63 + label63 + label63 + label(std::string(46, 'y'));

	EXPECT_EQ(owner.size() + 17, 255u);
	EXPECT_EQ(with_owner(owner + kOwner), 0);
	EXPECT_EQ(with_owner(longer + kOwner), -EINVAL);
}

// Each leads to the one before it.
TEST(DnsPointer, ManyInARow)
{
	for (size_t many : {127, 128}) {
		Bytes data{0xc0, 12};
		Bytes msg;

		for (size_t i = 1; i < many; i++)
			data = data + pointer(kFirst + 12 + 2 * (i - 1));
		msg = says({1, 2, 0, 0},
			   rr(kOwner, 16, 60, data) +
				   rr(pointer(kFirst + 12 + 2 * (many - 2)), 16,
				      60, {0}), 16);
		// The first of RDATA is one more.
		EXPECT_EQ(Response(asking(16), msg).err,
			  many < 128 ? 0 : -EINVAL);
	}
}

} // namespace
