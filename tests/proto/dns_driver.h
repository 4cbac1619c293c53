// SPDX-License-Identifier: GPL-2.0-or-later
// DNS messages, put together from their parts, and queries that were read.
#pragma once

#include "talk_driver.h"

extern "C" {
#include "dns.h"
#include "dns_response.h"
}

namespace dns {

using namespace talk;

// A copy of the message has no octet to spare, so ASan sees one too many.
struct Query {
	explicit Query(const Bytes &from) : msg(from)
	{
		memset(&q, 0xa5, sizeof(q));
		ok = mprox_dns_parse(&q, msg.data(), msg.size());
	}

	std::string name() const
	{
		return std::string(q.name, q.name + q.name_len);
	}

	Bytes answer(u8 rcode, const mprox_dns_record &record = {}) const
	{
		Bytes to(MPROX_DNS_ANSWER_MAX);

		to.resize(mprox_dns_answer(to.data(), to.size(), &q, msg.data(),
					   rcode, &record));
		return to;
	}

	Bytes answer(const mprox_dns_record &record = {}) const
	{
		return answer(q.rcode, record);
	}

	Bytes msg;
	bool ok;
	mprox_dns_query q;
};

// Id 0x1234; @counts: of questions, answers, authority and extra records.
inline Bytes header(Bytes counts, uint16_t flags = 0x0100)
{
	Bytes out{0x12, 0x34, static_cast<uint8_t>(flags >> 8),
		  static_cast<uint8_t>(flags)};

	for (uint8_t count : counts)
		out = out + Bytes{0, count};
	return out;
}

inline Bytes label(std::string_view of)
{
	return Bytes{static_cast<uint8_t>(of.size())} + text(of);
}

inline Bytes tail(uint8_t type, uint8_t klass = 1)
{
	return {0, type, 0, klass};
}

// Of class IN; @owner is mostly a pointer.
inline Bytes rr(const Bytes &owner, uint16_t type, uint32_t ttl,
		const Bytes &data, uint8_t klass = 1)
{
	auto octet = [](size_t of) { return static_cast<uint8_t>(of); };

	return owner + Bytes{octet(type >> 8), octet(type), 0, klass,
			     octet(ttl >> 24), octet(ttl >> 16),
			     octet(ttl >> 8), octet(ttl),
			     octet(data.size() >> 8), octet(data.size())} + data;
}

inline Bytes pointer(size_t to)
{
	return {static_cast<uint8_t>(0xc0 | to >> 8), static_cast<uint8_t>(to)};
}

// A resolver's message, read as the answer to a query.
struct Response {
	Response(const Query &query, const Bytes &from, u16 id = 0x1234)
		: msg(from)
	{
		memset(&r, 0xa5, sizeof(r));
		err = mprox_dns_response_read(&r, msg.data(), msg.size(),
					      &query.q, id);
	}

	// All that a cache holds is what was kept.
	Bytes write(const Query &query, u32 age = 0, size_t limit = 65535,
		    size_t size = 65535) const
	{
		Bytes to(size), copy(msg.begin(), msg.begin() + r.kept);

		to.resize(mprox_dns_response_write(
			to.data(), size, &r, copy.data(), &query.q,
			query.msg.data(), age, limit));
		return to;
	}

	Bytes msg;
	mprox_dns_response r;
	int err;
};

} // namespace dns
