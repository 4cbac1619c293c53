// SPDX-License-Identifier: GPL-2.0-or-later
// Any DNS message as a query, and the answer to it. Input: the message; its id
// chooses what the answer holds.
#include <string>

#include "check.h"

extern "C" {
#include "dns.h"
}

namespace {

constexpr size_t kHeaderLen = 12;

// 253 octets, none of the labels too long.
std::string longest_name()
{
	std::string name(MPROX_DNS_NAME_MAX, 'x');

	for (size_t at : {63, 127, 191})
		name[at] = '.';
	return name;
}

bool is_host_octet(u8 c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
	       c == '_' || c == '.';
}

void check_name(const mprox_dns_query &q)
{
	bool host = q.name_len;

	CHECK(q.name_len <= MPROX_DNS_NAME_MAX);
	for (size_t i = 0; i < q.name_len; i++) {
		CHECK(q.name[i] < 'A' || q.name[i] > 'Z');
		host = host && is_host_octet(q.name[i]);
	}
	// A dot within a label looks like any other.
	CHECK(!q.is_host || host);
}

void check_query(const mprox_dns_query &q, size_t size)
{
	check_name(q);
	CHECK(size >= kHeaderLen + q.question_len);
	CHECK(!(q.flags & 0x8000) && (q.edns || !q.dnssec_ok));
	CHECK(q.rcode <= MPROX_DNS_REFUSED || q.rcode == MPROX_DNS_BADVERS);
	CHECK(q.rcode != MPROX_DNS_BADVERS || q.edns);
	// As labels it is one octet longer, and has the root; type and class.
	if (q.question_len)
		CHECK(q.question_len == q.name_len + (q.name_len ? 2 : 1) + 4);
	else
		CHECK(q.rcode == MPROX_DNS_FORMERR ||
		      q.rcode == MPROX_DNS_NOTIMP);
}

int check_reverse(const mprox_dns_query &q)
{
	Piece name(q.name, q.name_len);
	u8 addr[16];
	int version = mprox_dns_reverse(name.data.get(), q.name_len, addr);

	CHECK(version == 0 || version == 4 || version == 6);
	return version;
}

bool matches(const mprox_dns_query &q, const std::string &pattern)
{
	Piece name(q.name, q.name_len);
	Piece exact(reinterpret_cast<const u8 *>(pattern.data()),
		    pattern.size());

	return mprox_dns_matches(name.data.get(), q.name_len, exact.data.get(),
				 pattern.size());
}

void check_matches(const mprox_dns_query &q)
{
	std::string name(q.name, q.name + q.name_len);

	CHECK(matches(q, "*") && matches(q, name));
	CHECK(!matches(q, "*." + name) && !matches(q, "x." + name));
	for (size_t dot = name.find('.', 1); dot != std::string::npos;
	     dot = name.find('.', dot + 1))
		CHECK(matches(q, "*" + name.substr(dot)));
}

mprox_dns_record record_for(const mprox_dns_query &q, const std::string &name)
{
	mprox_dns_record record{};

	if (check_reverse(q)) {
		record.type = MPROX_DNS_PTR;
		record.name = reinterpret_cast<const u8 *>(name.data());
		record.name_len = 1 + q.id % name.size();
		// No empty label at the end.
		record.name_len -= name[record.name_len - 1] == '.';
	} else {
		record.type = q.id & 1 ? MPROX_DNS_A : MPROX_DNS_AAAA;
	}
	if (q.id & 2)
		record.type = 0;
	return record;
}

// The answer with its QR bit cleared asks the same, and nothing behind it.
void check_asks_the_same(const mprox_dns_query &q, uint8_t *out, size_t len)
{
	mprox_dns_query again;

	out[2] &= 0x7f;
	CHECK(mprox_dns_parse(&again, out, len));
	check_query(again, len);
	CHECK(again.question_len == q.question_len);
	if (!q.question_len)
		return;
	CHECK(again.rcode == 0 || again.rcode == MPROX_DNS_REFUSED);
	CHECK(again.type == q.type && again.is_host == q.is_host);
	CHECK(again.name_len == q.name_len);
	CHECK(!memcmp(again.name, q.name, q.name_len));
	CHECK(again.edns == q.edns && again.dnssec_ok == q.dnssec_ok);
	CHECK(mprox_dns_parse(&again, out, len - 1));
	CHECK(again.rcode == MPROX_DNS_FORMERR);
}

void check_answer(const mprox_dns_query &q, const uint8_t *msg, u8 rcode)
{
	static const std::string name = longest_name();
	const mprox_dns_record record = record_for(q, name);
	uint8_t whole[MPROX_DNS_ANSWER_MAX];
	size_t len = mprox_dns_answer(whole, sizeof(whole), &q, msg, rcode,
				      &record);
	mprox_dns_query again;

	CHECK(len >= kHeaderLen + q.question_len + 11 * q.edns);
	CHECK(len <= sizeof(whole));
	for (size_t size = 0; size <= len; size++) {
		std::unique_ptr<uint8_t[]> out(new uint8_t[size]);

		CHECK(mprox_dns_answer(out.get(), size, &q, msg, rcode,
				       &record) == (size < len ? 0 : len));
		if (size == len)
			CHECK(!memcmp(out.get(), whole, len));
	}
	Piece out(whole, len);
	CHECK(!mprox_dns_parse(&again, out.data.get(), len));
	CHECK(!memcmp(whole, msg, 2) && (whole[3] & 0xf) == (rcode & 0xf));
	CHECK(!memcmp(whole + kHeaderLen, msg + kHeaderLen, q.question_len));
	if (q.edns)
		CHECK(whole[len - 6] == rcode >> 4);
	check_asks_the_same(q, out.data.get(), len);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Piece msg(data, size);
	mprox_dns_query q;

	if (!mprox_dns_parse(&q, msg.data.get(), size)) {
		CHECK(size < kHeaderLen || data[2] & 0x80);
		return 0;
	}
	CHECK(q.id == (data[0] << 8 | data[1]));
	check_query(q, size);
	check_matches(q);
	check_answer(q, msg.data.get(), q.rcode);
	if (!q.rcode)
		check_answer(q, msg.data.get(), MPROX_DNS_NXDOMAIN);
	return 0;
}
