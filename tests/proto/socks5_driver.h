// SPDX-License-Identifier: GPL-2.0-or-later
// Conversations with one SOCKS5 server, and what it says.
#pragma once

#include "talk_driver.h"

namespace socks5 {

using namespace talk;

// One SOCKS5 server, spoken to message by message.
class Handshake : public Talk {
public:
	explicit Handshake(const mprox_target &to, const mprox_cred *cred = nullptr)
		: Talk({hop(MPROX_PROTO_SOCKS5, to, cred)})
	{
	}
};

// The server's side, put together from its parts.
inline Bytes method_reply(uint8_t method)
{
	return {5, method};
}

inline const Bytes kAuthOk{1, 0};

inline Bytes ipv4_reply(uint8_t rep)
{
	return {5, rep, 0, 1, 10, 1, 2, 3, 0x1f, 0x90};
}

inline Bytes ipv6_reply(uint8_t rep)
{
	return Bytes{5, rep, 0, 4} + Bytes(16, 0xfe) + Bytes{0xab, 0xcd};
}

inline Bytes domain_reply(uint8_t rep, size_t length)
{
	return Bytes{5, rep, 0, 3, static_cast<uint8_t>(length)} +
	       Bytes(length, 'x') + Bytes{0, 80};
}

} // namespace socks5
