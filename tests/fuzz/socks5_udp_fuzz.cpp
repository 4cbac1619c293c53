// SPDX-License-Identifier: GPL-2.0-or-later
// Any datagram as one of an association's, and its header written again. Input:
// the datagram.
#include <errno.h>

#include "check.h"

extern "C" {
#include "socks5_udp.h"
}

namespace {

mprox_target target_of(const mprox_udp_from &from)
{
	mprox_target to{};

	to.is_ipv6 = from.at.version == 6;
	to.name_len = from.name_len;
	to.port = from.at.port;
	memcpy(to.addr, from.at.addr, sizeof(to.addr));
	to.name = from.name;
	return to;
}

// Nothing less than the whole header is one, and nothing behind it matters.
void check_prefixes(const uint8_t *data, size_t header)
{
	mprox_udp_from from;

	for (size_t len = 0; len <= header; len++) {
		Piece piece(data, len);
		int got = mprox_socks5_udp_parse(piece.data.get(), len, &from);

		CHECK(got == (len < header ? -EINVAL :
					     static_cast<int>(header)));
	}
}

void check_from(const mprox_udp_from &from, const uint8_t *data, size_t header)
{
	CHECK(header <= MPROX_SOCKS5_UDP_HEADER_MAX);
	CHECK(data[header - 2] == from.at.port >> 8);
	CHECK(data[header - 1] == (from.at.port & 0xff));
	if (from.name_len) {
		CHECK(from.at.version == 0 && from.name == data + 5);
		CHECK(header == 4u + 1 + from.name_len + 2);
	} else {
		size_t len = from.at.version == 6 ? 16 : 4;

		CHECK(from.at.version == 4 || from.at.version == 6);
		CHECK(header == 4 + len + 2);
		CHECK(!memcmp(from.at.addr, data + 4, len));
	}
}

// All but RSV, into every room that there could be.
void check_again(const mprox_udp_from &from, const uint8_t *data, size_t header)
{
	const mprox_target to = target_of(from);

	CHECK(mprox_socks5_udp_header_len(&to) == header);
	for (size_t size = 0; size <= header; size++) {
		std::unique_ptr<uint8_t[]> out(new uint8_t[size]);

		CHECK(mprox_socks5_udp_header(out.get(), size, &to) ==
		      (size < header ? 0 : header));
		if (size == header) {
			CHECK(!out[0] && !out[1]);
			CHECK(!memcmp(out.get() + 2, data + 2, header - 2));
		}
	}
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Piece datagram(data, size);
	mprox_udp_from from;
	int header;

	memset(&from, 0xa5, sizeof(from));
	header = mprox_socks5_udp_parse(datagram.data.get(), size, &from);
	if (header <= 0) {
		CHECK(header == -EINVAL || header == -EMSGSIZE);
		CHECK((header == -EMSGSIZE) == (size > 4 && data[2]));
		CHECK(!from.at.version && !from.name_len && !from.name);
		// Longer than any header, not a fragment: then for its ATYP.
		if (header == -EINVAL && size >= MPROX_SOCKS5_UDP_HEADER_MAX)
			CHECK(data[3] != 1 && data[3] != 4 &&
			      (data[3] != 3 || !data[4]));
		return 0;
	}
	CHECK(static_cast<size_t>(header) <= size && !data[2]);
	check_from(from, datagram.data.get(), header);
	check_prefixes(data, header);
	check_again(from, data, header);
	return 0;
}
