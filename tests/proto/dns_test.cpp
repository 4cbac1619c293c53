// SPDX-License-Identifier: GPL-2.0-or-later
// DNS: what is read from a query, and the answer's octets.
#include <algorithm>
#include <cctype>
#include <memory>

#include "dns_driver.h"

namespace {

using namespace dns;

const Bytes kHost = label("a") + label("example") + Bytes{0};
const Bytes kQuestion = kHost + tail(MPROX_DNS_A);
const Bytes kOpt{0, 0, 41, 0x10, 0, 0, 0, 0, 0, 0, 0};
// With the DO bit, and a cookie (RFC 7873).
const Bytes kOptLong{0, 0, 41, 0x04, 0xd0, 0, 0, 0x80, 0, 0, 12,
		     0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8};

Bytes asks(const Bytes &name, uint8_t type = MPROX_DNS_A)
{
	return header({1, 0, 0, 0}) + name + tail(type);
}

mprox_dns_record record(u16 type, const Bytes &addr)
{
	mprox_dns_record r{};

	r.type = type;
	r.ttl = 0x01020304;
	std::copy(addr.begin(), addr.end(), r.addr);
	return r;
}

// The name must outlive the record.
mprox_dns_record ptr_to(std::string_view name)
{
	mprox_dns_record r = record(MPROX_DNS_PTR, {});

	r.name = reinterpret_cast<const u8 *>(name.data());
	r.name_len = name.size();
	return r;
}

// As long as a name can be: 255 octets, and 253 as text.
Bytes longest_name(size_t more = 0)
{
	return label(std::string(63, 'a')) + label(std::string(63, 'b')) +
	       label(std::string(63, 'c')) +
	       label(std::string(61 + more, 'd')) + Bytes{0};
}

std::string longest_text()
{
	return std::string(63, 'a') + "." + std::string(63, 'b') + "." +
	       std::string(63, 'c') + "." + std::string(61, 'd');
}

u8 rcode_of(const Bytes &msg)
{
	Query query(msg);

	EXPECT_TRUE(query.ok);
	return query.q.rcode;
}

// ---- what is asked

// As dig asks: RD and AD.
TEST(DnsQuery, A)
{
	Query query({0x12, 0x34, 0x01, 0x20, 0, 1, 0, 0, 0, 0, 0, 0,
		     3, 'w', 'w', 'w', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0,
		     0, 1, 0, 1});

	EXPECT_TRUE(query.ok);
	EXPECT_EQ(query.q.id, 0x1234);
	EXPECT_EQ(query.q.flags, 0x0120);
	EXPECT_EQ(query.q.type, MPROX_DNS_A);
	EXPECT_EQ(query.q.rcode, MPROX_DNS_NOERROR);
	EXPECT_EQ(query.q.question_len, 17);
	EXPECT_EQ(query.name(), "www.example");
	EXPECT_TRUE(query.q.is_host);
	EXPECT_FALSE(query.q.edns || query.q.dnssec_ok);
}

TEST(DnsQuery, EveryType)
{
	for (uint8_t type : {1, 2, 5, 6, 12, 15, 16, 28, 33, 64, 65, 255}) {
		Query query(asks(kHost, type));

		EXPECT_TRUE(query.ok);
		EXPECT_EQ(query.q.type, type);
		EXPECT_EQ(query.q.rcode, MPROX_DNS_NOERROR) << int(type);
		EXPECT_EQ(query.name(), "a.example");
	}
}

TEST(DnsQuery, TypeHasTwoOctets)
{
	EXPECT_EQ(Query(header({1, 0, 0, 0}) + kHost + Bytes{0x80, 1, 0, 1})
			  .q.type, 0x8001);
}

TEST(DnsQuery, NameIsInLowerCase)
{
	Query query(asks(label("wWw") + label("eXaMPLE") + Bytes{0}));

	EXPECT_EQ(query.name(), "www.example");
	EXPECT_TRUE(query.q.is_host);
}

TEST(DnsQuery, Root)
{
	Query query(asks({0}));

	EXPECT_EQ(query.q.rcode, MPROX_DNS_NOERROR);
	EXPECT_EQ(query.q.name_len, 0);
	EXPECT_EQ(query.q.question_len, 5);
	EXPECT_FALSE(query.q.is_host);
}

TEST(DnsQuery, WhatAHostsNameIsMadeOf)
{
	for (int octet = 0; octet < 256; octet++) {
		char c = static_cast<char>(octet);
		bool host = octet < 128 && (isalnum(octet) || c == '-' ||
					    c == '_');
		Query query(asks(label({&c, 1}) + label("b") + Bytes{0}));

		EXPECT_EQ(query.q.rcode, MPROX_DNS_NOERROR);
		EXPECT_EQ(query.q.is_host, host) << octet;
		EXPECT_EQ(query.name().size(), 3u);
	}
	EXPECT_TRUE(Query(asks(label("_x") + label("tcp") + Bytes{0}))
			    .q.is_host);
}

// "a.b" and "example" are no three labels.
TEST(DnsQuery, DotWithinALabel)
{
	Query query(asks(label("a.b") + label("example") + Bytes{0}));

	EXPECT_EQ(query.name(), "a.b.example");
	EXPECT_TRUE(query.q.is_dotted);
	EXPECT_FALSE(query.q.is_host);
	EXPECT_FALSE(Query(asks(kHost)).q.is_dotted);
}

TEST(DnsQuery, LongestLabel)
{
	EXPECT_EQ(Query(asks(label(std::string(63, 'x')) + Bytes{0})).name(),
		  std::string(63, 'x'));
	EXPECT_EQ(rcode_of(asks(label(std::string(64, 'x')) + Bytes{0})),
		  MPROX_DNS_FORMERR);
}

TEST(DnsQuery, LongestName)
{
	Query query(asks(longest_name()));

	EXPECT_EQ(longest_name().size(), 255u);
	EXPECT_EQ(query.q.rcode, MPROX_DNS_NOERROR);
	EXPECT_EQ(query.name(), longest_text());
	EXPECT_EQ(query.q.question_len, 259);
	EXPECT_TRUE(query.q.is_host);
}

TEST(DnsQuery, NameThatIsTooLong)
{
	Bytes many;

	EXPECT_EQ(rcode_of(asks(longest_name(1))), MPROX_DNS_FORMERR);
	EXPECT_EQ(rcode_of(asks(longest_name(2))), MPROX_DNS_FORMERR);
	for (int i = 0; i < 127; i++)
		many = many + label("x");
	EXPECT_EQ(Query(asks(many + Bytes{0})).q.name_len, 253);
	EXPECT_EQ(rcode_of(asks(many + label("x") + Bytes{0})),
		  MPROX_DNS_FORMERR);
}

// ---- EDNS

TEST(DnsEdns, Present)
{
	Query query(header({1, 0, 0, 1}) + kQuestion + kOpt);

	EXPECT_EQ(query.q.rcode, MPROX_DNS_NOERROR);
	EXPECT_TRUE(query.q.edns);
	EXPECT_FALSE(query.q.dnssec_ok);
}

TEST(DnsEdns, DnssecOkAndOptions)
{
	Query query(header({1, 0, 0, 1}) + kQuestion + kOptLong);

	EXPECT_EQ(query.q.rcode, MPROX_DNS_NOERROR);
	EXPECT_TRUE(query.q.edns && query.q.dnssec_ok);
}

TEST(DnsEdns, LaterVersion)
{
	Bytes opt = kOpt;

	opt[6] = 1;
	Query query(header({1, 0, 0, 1}) + kQuestion + opt);

	EXPECT_EQ(query.q.rcode, MPROX_DNS_BADVERS);
	EXPECT_TRUE(query.q.edns);
}

TEST(DnsEdns, LaterVersionOfWhatIsRefusedAnyway)
{
	Bytes opt = kOpt;

	opt[6] = 1;
	EXPECT_EQ(rcode_of(header({1, 0, 0, 1}) + kHost + tail(MPROX_DNS_AXFR) +
			   opt), MPROX_DNS_REFUSED);
}

TEST(DnsEdns, Twice)
{
	Query query(header({1, 0, 0, 2}) + kQuestion + kOpt + kOpt);

	EXPECT_EQ(query.q.rcode, MPROX_DNS_FORMERR);
	EXPECT_EQ(query.q.question_len, kQuestion.size());
}

TEST(DnsEdns, OnlyOfTheRootAndOnlyAmongTheExtraRecords)
{
	Bytes owned = Bytes{0xc0, 12} + Bytes(kOpt.begin() + 1, kOpt.end());

	for (const Bytes &msg : {header({1, 0, 0, 1}) + kQuestion + owned,
				 header({1, 1, 0, 0}) + kQuestion + kOpt,
				 header({1, 0, 1, 0}) + kQuestion + kOpt}) {
		Query query(msg);

		EXPECT_EQ(query.q.rcode, MPROX_DNS_NOERROR);
		EXPECT_FALSE(query.q.edns);
	}
}

TEST(DnsEdns, AfterOtherRecords)
{
	// TTL 1, 4 octets.
	Bytes rest{0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 192, 0, 2, 1};
	Query query(header({1, 1, 1, 2}) + kQuestion + kHost + rest +
		    Bytes{0xc0, 12} + rest + Bytes{1, 'x', 0xc0, 14} + rest +
		    kOptLong);

	EXPECT_EQ(query.q.rcode, MPROX_DNS_NOERROR);
	EXPECT_TRUE(query.q.edns && query.q.dnssec_ok);
}

TEST(DnsEdns, LengthOfAnAnswerInADatagram)
{
	for (auto [said, taken] : {std::pair{0, 512}, {511, 512}, {512, 512},
				   {513, 513}, {1232, 1232}, {4096, 4096},
				   {4097, 4096}, {65535, 4096}}) {
		Bytes opt = kOpt;

		opt[3] = said >> 8;
		opt[4] = said;
		EXPECT_EQ(Query(header({1, 0, 0, 1}) + kQuestion + opt)
				  .q.udp_size, taken);
	}
	EXPECT_EQ(Query(asks(kHost)).q.udp_size, 512);
	EXPECT_EQ(Query(header({0, 0, 0, 0})).q.udp_size, 512);
}

// ---- what is not answered, and what is answered with an error

TEST(DnsError, TooShortForAHeader)
{
	Bytes whole = header({0, 0, 0, 0});

	for (size_t len = 0; len < 12; len++)
		EXPECT_FALSE(Query({whole.begin(), whole.begin() + len}).ok);
	EXPECT_TRUE(Query(whole).ok);
}

TEST(DnsError, Response)
{
	EXPECT_FALSE(Query(header({1, 0, 0, 0}, 0x8180) + kQuestion).ok);
	EXPECT_FALSE(Query(header({0, 0, 0, 0}, 0xffff)).ok);
}

TEST(DnsError, NumberOfQuestions)
{
	EXPECT_EQ(rcode_of(header({0, 0, 0, 0})), MPROX_DNS_FORMERR);
	EXPECT_EQ(rcode_of(header({0, 0, 0, 0}) + kQuestion), MPROX_DNS_FORMERR);
	EXPECT_EQ(rcode_of(header({0, 0, 0, 1}) + kOpt), MPROX_DNS_FORMERR);
	EXPECT_EQ(rcode_of(header({2, 0, 0, 0}) + kQuestion + kQuestion),
		  MPROX_DNS_FORMERR);
}

TEST(DnsError, Opcode)
{
	for (uint16_t opcode = 1; opcode < 16; opcode++) {
		Query query(header({1, 0, 0, 0}, opcode << 11) + kQuestion);

		EXPECT_TRUE(query.ok);
		EXPECT_EQ(query.q.rcode, MPROX_DNS_NOTIMP) << opcode;
		EXPECT_EQ(query.q.question_len, 0);
	}
}

TEST(DnsError, Class)
{
	for (int klass = 0; klass < 256; klass++)
		EXPECT_EQ(rcode_of(header({1, 0, 0, 0}) + kHost +
				   tail(MPROX_DNS_A, klass)),
			  klass == 1 || klass == 255 ? MPROX_DNS_NOERROR :
						       MPROX_DNS_REFUSED)
			<< klass;
}

TEST(DnsError, ZoneTransfer)
{
	for (uint8_t type : {MPROX_DNS_AXFR, MPROX_DNS_IXFR}) {
		Query query(asks(kHost, type));

		EXPECT_EQ(query.q.rcode, MPROX_DNS_REFUSED);
		EXPECT_EQ(query.q.question_len, kQuestion.size());
	}
}

TEST(DnsError, PointerInTheQuestion)
{
	for (const Bytes &name : {Bytes{0xc0, 12}, Bytes{0xc0, 0},
				  Bytes{1, 'x', 0xc0, 12},
				  Bytes{0x40, 0}, Bytes{0x80, 0}}) {
		Query query(asks(name));

		EXPECT_TRUE(query.ok);
		EXPECT_EQ(query.q.rcode, MPROX_DNS_FORMERR);
		EXPECT_EQ(query.q.question_len, 0);
		EXPECT_FALSE(query.q.is_host);
	}
}

TEST(DnsError, OwnerOfAnExtraRecord)
{
	Bytes rest{0, 16, 0, 1, 0, 0, 0, 0, 0, 0};

	for (uint8_t octet : {0, 0x3f, 0x40, 0x80, 0xbf, 0xc0, 0xff}) {
		Bytes owner{octet};

		if (octet == 0x3f)
			owner = label(std::string(63, 'x')) + Bytes{0};
		else if (octet)
			owner.push_back(12);
		EXPECT_EQ(rcode_of(header({1, 0, 0, 1}) + kQuestion + owner +
				   rest),
			  octet >= 0x40 && octet < 0xc0 ? MPROX_DNS_FORMERR :
							  MPROX_DNS_NOERROR)
			<< int(octet);
	}
}

TEST(DnsError, MoreRecordsThanThereAre)
{
	for (int section = 1; section < 4; section++) {
		Bytes msg = header({1, 0, 0, 0}) + kQuestion;

		msg[4 + 2 * section] = msg[5 + 2 * section] = 0xff;
		EXPECT_EQ(rcode_of(msg), MPROX_DNS_FORMERR);
		EXPECT_EQ(rcode_of(msg + kOpt), MPROX_DNS_FORMERR);
	}
}

TEST(DnsError, CutAtEveryOctet)
{
	Bytes rest{0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 192, 0, 2, 1};
	Bytes whole = header({1, 1, 1, 2}) + kQuestion + kHost + rest +
		      Bytes{1, 'x', 0xc0, 14} + rest + Bytes{0xc0, 12} + rest +
		      kOptLong;

	EXPECT_EQ(rcode_of(whole), MPROX_DNS_NOERROR);
	for (size_t len = 0; len < whole.size(); len++) {
		Query query(Bytes(whole.begin(), whole.begin() + len));

		EXPECT_EQ(query.ok, len >= 12);
		if (query.ok) {
			EXPECT_EQ(query.q.rcode, MPROX_DNS_FORMERR) << len;
			EXPECT_EQ(query.q.question_len, len < 27 ? 0 : 15);
		}
	}
}

TEST(DnsError, WhatFollowsIsNotRead)
{
	EXPECT_EQ(rcode_of(asks(kHost) + Bytes{0xff, 0xff}), MPROX_DNS_NOERROR);
}

// ---- answers

TEST(DnsAnswer, A)
{
	Query query({0x12, 0x34, 0x01, 0x20, 0, 1, 0, 0, 0, 0, 0, 0,
		     1, 'a', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0,
		     0, 1, 0, 1});

	EXPECT_EQ(query.answer(record(MPROX_DNS_A, {198, 18, 0, 7})),
		  (Bytes{0x12, 0x34, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0,
			 1, 'a', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0,
			 0, 1, 0, 1,
			 0xc0, 12, 0, 1, 0, 1, 1, 2, 3, 4, 0, 4,
			 198, 18, 0, 7}));
}

TEST(DnsAnswer, Aaaa)
{
	Bytes addr{0xfd, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
	Query query({0, 9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 'a', 0,
		     0, 28, 0, 1});

	EXPECT_EQ(query.answer(record(MPROX_DNS_AAAA, addr)),
		  (Bytes{0, 9, 0x80, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, 1, 'a', 0,
			 0, 28, 0, 1,
			 0xc0, 12, 0, 28, 0, 1, 1, 2, 3, 4, 0, 16}) + addr);
}

TEST(DnsAnswer, Ptr)
{
	Query query({0, 9, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0,
		     1, '7', 1, '0', 2, '1', '8', 3, '1', '9', '8',
		     7, 'i', 'n', '-', 'a', 'd', 'd', 'r',
		     4, 'a', 'r', 'p', 'a', 0, 0, 12, 0, 1});

	EXPECT_EQ(query.name(), "7.0.18.198.in-addr.arpa");
	EXPECT_EQ(query.answer(ptr_to("a.example")),
		  (Bytes{0, 9, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0,
			 1, '7', 1, '0', 2, '1', '8', 3, '1', '9', '8',
			 7, 'i', 'n', '-', 'a', 'd', 'd', 'r',
			 4, 'a', 'r', 'p', 'a', 0, 0, 12, 0, 1,
			 0xc0, 12, 0, 12, 0, 1, 1, 2, 3, 4, 0, 11,
			 1, 'a', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0}));
}

// HTTPS (RFC 9460): the name is there, but no such record.
TEST(DnsAnswer, HttpsIsEmpty)
{
	Query query({0, 9, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1, 'a', 0,
		     0, 65, 0, 1,
		     0, 0, 41, 4, 0xd0, 0, 0, 0, 0, 0, 0});

	EXPECT_EQ(query.answer(),
		  (Bytes{0, 9, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 1, 1, 'a', 0,
			 0, 65, 0, 1,
			 0, 0, 41, 4, 0xd0, 0, 0, 0, 0, 0, 0}));
}

TEST(DnsAnswer, CaseIsKept)
{
	Bytes name = label("wWw") + label("eXaMPLE") + Bytes{0};
	Bytes out = Query(asks(name)).answer(record(MPROX_DNS_A, {1, 2, 3, 4}));

	ASSERT_GT(out.size(), 12 + name.size());
	EXPECT_TRUE(std::equal(name.begin(), name.end(), out.begin() + 12));
}

TEST(DnsAnswer, DnssecOkIsRepeated)
{
	Query query(header({1, 0, 0, 1}) + kQuestion + kOptLong);

	EXPECT_EQ(query.answer(),
		  header({1, 0, 0, 1}, 0x8180) + kQuestion +
			  (Bytes{0, 0, 41, 4, 0xd0, 0, 0, 0x80, 0, 0, 0}));
}

TEST(DnsAnswer, BadVersionIsInTheOpt)
{
	Bytes opt = kOpt;

	opt[6] = 1;
	Query query(header({1, 0, 0, 1}) + kQuestion + opt);

	EXPECT_EQ(query.answer(record(MPROX_DNS_A, {1, 2, 3, 4})),
		  header({1, 0, 0, 1}, 0x8180) + kQuestion +
			  (Bytes{0, 0, 41, 4, 0xd0, 1, 0, 0, 0, 0, 0}));
}

// RFC 1035, 4.1.1; RFC 4035, 3.2.2: OPCODE, RD and CD.
TEST(DnsAnswer, FlagsThatAreRepeated)
{
	EXPECT_EQ(Query(header({1, 0, 0, 0}, 0x07ff) + kQuestion).answer(),
		  header({1, 0, 0, 0}, 0x8190) + kQuestion);
	EXPECT_EQ(Query(header({1, 0, 0, 0}, 0x2800) + kQuestion).answer(),
		  header({0, 0, 0, 0}, 0xa884));
}

TEST(DnsAnswer, ErrorHasNoRecord)
{
	Query query(asks(kHost));

	for (u8 rcode : {MPROX_DNS_SERVFAIL, MPROX_DNS_NXDOMAIN,
			 MPROX_DNS_REFUSED})
		EXPECT_EQ(query.answer(rcode, record(MPROX_DNS_A, {1, 2, 3, 4})),
			  header({1, 0, 0, 0}, 0x8180 | rcode) + kQuestion);
}

TEST(DnsAnswer, QuestionThatCannotBeRepeated)
{
	EXPECT_EQ(Query(header({2, 0, 0, 0}) + kQuestion + kQuestion).answer(),
		  header({0, 0, 0, 0}, 0x8181));
	EXPECT_EQ(Query(asks({0xc0, 12})).answer(),
		  header({0, 0, 0, 0}, 0x8181));
	EXPECT_EQ(Query(header({0, 0, 0, 0}))
			  .answer(MPROX_DNS_NOERROR,
				  record(MPROX_DNS_A, {1, 2, 3, 4})),
		  header({0, 0, 0, 0}, 0x8180));
}

TEST(DnsAnswer, IsNoQuery)
{
	EXPECT_FALSE(Query(Query(asks(kHost)).answer()).ok);
	EXPECT_FALSE(Query(Query(header({0, 0, 0, 0})).answer()).ok);
}

TEST(DnsAnswer, TooLittleRoom)
{
	Query query(header({1, 0, 0, 1}) + kQuestion + kOpt);
	mprox_dns_record to = ptr_to("b.example");
	size_t whole = query.answer(to).size();

	EXPECT_EQ(whole, 12u + 15 + 12 + 11 + 11);
	for (size_t size = 0; size <= whole; size++) {
		Bytes room(size);

		EXPECT_EQ(mprox_dns_answer(room.data(), size, &query.q,
					   query.msg.data(), 0, &to),
			  size < whole ? 0 : whole);
	}
}

TEST(DnsAnswer, LongestOfEachFits)
{
	std::string name = longest_text();
	Bytes reverse;

	for (int i = 0; i < 32; i++)
		reverse = reverse + label("f");
	reverse = reverse + label("ip6") + label("arpa") + Bytes{0};
	Query ptr(header({1, 0, 0, 1}) + reverse + tail(MPROX_DNS_PTR) + kOpt);
	Query aaaa(header({1, 0, 0, 1}) + longest_name() +
		   tail(MPROX_DNS_AAAA) + kOpt);

	EXPECT_EQ(ptr.answer(ptr_to(name)),
		  header({1, 1, 0, 1}, 0x8180) + reverse + tail(MPROX_DNS_PTR) +
			  (Bytes{0xc0, 12, 0, 12, 0, 1, 1, 2, 3, 4, 0, 255}) +
			  longest_name() +
			  (Bytes{0, 0, 41, 4, 0xd0, 0, 0, 0, 0, 0, 0}));
	EXPECT_EQ(aaaa.answer(record(MPROX_DNS_AAAA, {})).size(),
		  12u + 259 + 28 + 11);
}

// ---- names that mean addresses

struct Reverse {
	explicit Reverse(std::string_view name)
	{
		Bytes exact = text(name);

		version = mprox_dns_reverse(exact.data(), exact.size(), addr);
	}

	Bytes octets() const
	{
		return Bytes(addr, addr + (version == 4 ? 4 : 16));
	}

	int version;
	u8 addr[16] = {};
};

TEST(DnsReverse, Ipv4)
{
	for (auto [name, octets] :
	     {std::pair{"7.2.0.192", Bytes{192, 0, 2, 7}},
	      {"0.0.0.0", {0, 0, 0, 0}},
	      {"255.255.255.255", {255, 255, 255, 255}},
	      {"100.99.10.1", {1, 10, 99, 100}}}) {
		Reverse r(std::string(name) + ".in-addr.arpa");

		EXPECT_EQ(r.version, 4) << name;
		EXPECT_EQ(r.octets(), octets);
	}
}

TEST(DnsReverse, NotIpv4)
{
	for (const char *name :
	     {"in-addr.arpa", ".in-addr.arpa", "1.in-addr.arpa",
	      "3.2.1.in-addr.arpa", "5.4.3.2.1.in-addr.arpa",
	      "4.3.2.1.x.in-addr.arpa", "x.4.3.2.1.in-addr.arpa",
	      "04.3.2.1.in-addr.arpa", "4.3.2.01.in-addr.arpa",
	      "00.3.2.1.in-addr.arpa", "000.3.2.1.in-addr.arpa",
	      "256.3.2.1.in-addr.arpa", "4.3.2.256.in-addr.arpa",
	      "999.3.2.1.in-addr.arpa", "1000.3.2.1.in-addr.arpa",
	      "4.3.2.1000.in-addr.arpa", "4..2.1.in-addr.arpa",
	      ".3.2.1.in-addr.arpa", "4.3.2..in-addr.arpa",
	      "4.3.2.1..in-addr.arpa", "4.3.2.a.in-addr.arpa",
	      "4-3.2.1.in-addr.arpa", "+4.3.2.1.in-addr.arpa",
	      "4.3.2.1.in-addr.arpa.", "4.3.2.1xin-addr.arpa",
	      "4.3.2.1.in-addr.example", "4.3.2.1", "arpa", "", "a.example"})
		EXPECT_EQ(Reverse(name).version, 0) << name;
}

const std::string kReverse6 = "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0."
			      "0.0.0.0.1.2.3.4.ip6.arpa";

// The example of RFC 3596, 2.5.
TEST(DnsReverse, Ipv6)
{
	Reverse r(kReverse6);

	EXPECT_EQ(r.version, 6);
	EXPECT_EQ(r.octets(), (Bytes{0x43, 0x21, 0, 0, 0, 1, 0, 2,
				     0, 3, 0, 4, 0x05, 0x67, 0x89, 0xab}));
}

TEST(DnsReverse, Ipv6Digits)
{
	for (int octet = 0; octet < 256; octet++) {
		char c = static_cast<char>(octet);
		bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
		std::string first = kReverse6, last = kReverse6;

		first[0] = last[62] = c;
		EXPECT_EQ(Reverse(first).version, digit ? 6 : 0) << octet;
		EXPECT_EQ(Reverse(last).version, digit ? 6 : 0) << octet;
	}
}

TEST(DnsReverse, NotIpv6)
{
	std::string dash = kReverse6, last = kReverse6;

	dash[1] = last[61] = '-';
	for (const std::string &name :
	     {dash, last, kReverse6.substr(1), kReverse6.substr(2),
	      "0." + kReverse6, "0" + kReverse6, kReverse6 + ".",
	      std::string("ip6.arpa"), std::string(".ip6.arpa"),
	      std::string(63, '0') + ".ip6.arpa",
	      kReverse6.substr(0, 63) + ".ip6.int",
	      kReverse6.substr(0, 63) + ".in-addr.arpa"})
		EXPECT_EQ(Reverse(name).version, 0) << name;
}

// ---- patterns

bool matches(std::string_view name, std::string_view pattern)
{
	auto n = std::make_unique<u8[]>(name.size());
	auto p = std::make_unique<u8[]>(pattern.size());

	std::copy(name.begin(), name.end(), n.get());
	std::copy(pattern.begin(), pattern.end(), p.get());
	return mprox_dns_matches(n.get(), name.size(), p.get(), pattern.size());
}

TEST(DnsMatches, TheNameAlone)
{
	EXPECT_TRUE(matches("host.example", "host.example"));
	EXPECT_FALSE(matches("a.host.example", "host.example"));
	EXPECT_FALSE(matches("host.example", "a.host.example"));
	EXPECT_FALSE(matches("host.examplf", "host.example"));
	EXPECT_FALSE(matches("host.example.com", "host.example"));
	EXPECT_FALSE(matches("", "host.example"));
	EXPECT_FALSE(matches("host.example", ""));
}

TEST(DnsMatches, EverythingBelow)
{
	EXPECT_TRUE(matches("a.example", "*.example"));
	EXPECT_TRUE(matches("a.b.example", "*.example"));
	EXPECT_FALSE(matches("example", "*.example"));
	EXPECT_FALSE(matches(".example", "*.example"));
	EXPECT_FALSE(matches("aexample", "*.example"));
	EXPECT_FALSE(matches("a.examples", "*.example"));
	EXPECT_FALSE(matches("", "*.example"));
}

TEST(DnsMatches, Everything)
{
	EXPECT_TRUE(matches("a.example", "*"));
	EXPECT_TRUE(matches("", "*"));
}

} // namespace
