// SPDX-License-Identifier: GPL-2.0-or-later
// Any DNS message as a resolver's answer, to the question that it has itself,
// and what a client gets of it. Input: the message; its id chooses the age, the
// limit and whether there is EDNS.
#include <vector>

#include "check.h"

extern "C" {
#include "dns.h"
#include "dns_response.h"
}

namespace {

using Bytes = std::vector<uint8_t>;

constexpr size_t kHeaderLen = 12;
constexpr size_t kOptLen = 11;

uint16_t u16_at(const Bytes &from, size_t at)
{
	return from.at(at) << 8 | from.at(at + 1);
}

uint32_t u32_at(const Bytes &from, size_t at)
{
	return uint32_t{u16_at(from, at)} << 16 | u16_at(from, at + 2);
}

// What somebody asked to get such a message.
struct Asked {
	explicit Asked(const Bytes &answer) : msg(answer)
	{
		mprox_dns_query bare;

		msg[2] &= 0x01;
		for (size_t at = 4; at < kHeaderLen; at++)
			msg[at] = at == 5;
		mprox_dns_parse(&bare, msg.data(), msg.size());
		msg.resize(kHeaderLen + bare.question_len);
		if (answer[1] & 1) {
			msg[11] = 1;
			msg.insert(msg.end(), {0, 0, 41, answer[0], answer[1], 0,
					       0, answer[0], 0, 0, 0});
		}
		mprox_dns_parse(&q, msg.data(), msg.size());
		CHECK(q.udp_size >= 512 && q.udp_size <= 4096);
		CHECK(q.edns || q.udp_size == 512);
	}

	Bytes msg;
	mprox_dns_query q;
};

int read(mprox_dns_response &r, const Bytes &msg, size_t len,
	 const mprox_dns_query &q)
{
	Piece exact(msg.data(), len);

	memset(&r, 0xa5, sizeof(r));
	return mprox_dns_response_read(&r, exact.data.get(), len, &q,
				       u16_at(msg, 0));
}

Bytes write(const mprox_dns_response &r, const Bytes &msg, const Asked &asked,
	    u32 age, size_t limit, size_t size = 65536 + kOptLen)
{
	Piece kept(msg.data(), r.kept);
	Bytes to(size);

	to.resize(mprox_dns_response_write(to.data(), size, &r, kept.data.get(),
					   &asked.q, asked.msg.data(), age,
					   limit));
	return to;
}

void check_verdict(const mprox_dns_response &r, const Bytes &msg,
		   const Asked &asked)
{
	mprox_dns_response other;

	CHECK(r.rcode == (msg[3] & 0xf) && r.authority <= 1);
	CHECK(r.kept >= kHeaderLen + asked.q.question_len);
	CHECK(r.kept <= msg.size() && r.answers <= u16_at(msg, 6));
	CHECK(r.answers <= MPROX_DNS_RECORDS_MAX);
	CHECK(r.ttl <= MPROX_DNS_TTL_MAX);
	if (r.rcode || !r.answers)
		CHECK(r.ttl <= (r.authority ? MPROX_DNS_TTL_NEGATIVE_MAX : 0));
	// It needs all that it keeps.
	CHECK(read(other, msg, r.kept - 1, asked.q) == -EINVAL);
}

size_t name_end(const Bytes &msg, size_t at)
{
	for (; msg.at(at); at += 1 + msg[at])
		if (msg[at] >= 0xc0)
			return at + 2;
	return at + 1;
}

// The same records, no TTL of which has grown.
void check_records(const mprox_dns_response &r, const Bytes &msg,
		   const Bytes &out, u32 age)
{
	size_t at = kHeaderLen, from, end;
	int count = r.answers + r.authority;

	for (at = name_end(msg, at) + 4; count; count--, at = end) {
		from = name_end(msg, at) + 4;
		end = from + 6 + u16_at(msg, from + 4);
		CHECK(end <= r.kept);
		CHECK(!memcmp(&msg[at], &out.at(at), from - at));
		CHECK(!memcmp(&msg[from + 4], &out.at(from + 4), end - from - 4));
		uint32_t before = u32_at(msg, from), after = u32_at(out, from);

		if (before & 0x80000000)
			before = 0;
		CHECK(after <= (before > age ? before - age : 0));
		if (count > r.authority)
			CHECK(after == (before > age ? before - age : 0));
	}
	CHECK(at == r.kept);
}

void check_written(const mprox_dns_response &r, const Bytes &msg,
		   const Asked &asked, u32 age)
{
	Bytes out = write(r, msg, asked, age, 65536 + kOptLen);
	mprox_dns_response again;
	mprox_dns_query q;

	CHECK(out.size() == r.kept + (asked.q.edns ? kOptLen : 0));
	CHECK(!mprox_dns_parse(&q, out.data(), out.size()));
	CHECK(!memcmp(&out[kHeaderLen], &asked.msg[kHeaderLen],
		      asked.q.question_len));
	check_records(r, msg, out, age);
	CHECK(read(again, out, out.size(), asked.q) == 0);
	CHECK(again.rcode == r.rcode && again.kept == r.kept);
	CHECK(again.answers == r.answers && again.authority == r.authority);
	CHECK(again.ttl <= r.ttl);
	CHECK(write(r, msg, asked, age, out.size()) == out);
	CHECK(write(r, msg, asked, age, out.size(), out.size() - 1).empty());
}

void check_limit(const mprox_dns_response &r, const Bytes &msg,
		 const Asked &asked)
{
	Bytes out = write(r, msg, asked, 0, asked.q.udp_size);
	size_t whole = r.kept + (asked.q.edns ? kOptLen : 0);
	size_t least = kHeaderLen + asked.q.question_len +
		       (asked.q.edns ? kOptLen : 0);
	mprox_dns_response again;

	CHECK(out.size() == (whole <= asked.q.udp_size ? whole : least));
	CHECK(!(out[2] & 2) == (whole <= asked.q.udp_size));
	CHECK(out[2] & 2 ? read(again, out, out.size(), asked.q) == -EINVAL :
			   read(again, out, out.size(), asked.q) == 0);
}

void check_asked(const Asked &asked)
{
	uint8_t out[MPROX_DNS_ASK_MAX];
	size_t len = mprox_dns_ask(out, sizeof(out), &asked.q, 7);
	mprox_dns_query q;

	CHECK(!len == (asked.q.rcode || asked.q.is_dotted ||
		       !asked.q.question_len));
	if (!len)
		return;
	CHECK(len == 2u + (out[0] << 8 | out[1]));
	CHECK(mprox_dns_parse(&q, out + 2, len - 2));
	CHECK(!q.rcode && q.id == 7 && q.type == asked.q.type);
	CHECK(q.question_len == asked.q.question_len);
	CHECK(q.name_len == asked.q.name_len);
	CHECK(!memcmp(q.name, asked.q.name, q.name_len));
	CHECK(q.edns == asked.q.edns && q.dnssec_ok == asked.q.dnssec_ok);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Bytes msg(data, data + size);
	mprox_dns_response r;

	if (size < kHeaderLen)
		return 0;
	Asked asked(msg);
	int err = read(r, msg, size, asked.q);

	check_asked(asked);
	CHECK(err == 0 || err == -EINVAL);
	if (err)
		return 0;
	check_verdict(r, msg, asked);
	for (u32 age : {u32{0}, u32{u16_at(msg, 0)}, ~u32{0}})
		check_written(r, msg, asked, age);
	check_limit(r, msg, asked);
	return 0;
}
