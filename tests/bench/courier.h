// SPDX-License-Identifier: GPL-2.0-or-later
// Datagrams with one peer: directly, or through a SOCKS5 relay that is asked for
// and spoken to here.
#pragma once

#include <vector>

#include "client.h"

extern "C" {
#include "socks5_udp.h"
}

namespace bench {

class Courier {
public:
	explicit Courier(const Goal &goal); // dies if it cannot be

	// Datagrams of this size, until told otherwise.
	void size(size_t octets) { payload_.resize(octets); }
	bool send();
	// Octets of the peer's next one, or -1: none within a moment.
	ssize_t receive();
	const char *received() const { return data_; }

private:
	Fd control_;		// as long as it is open there is a relay
	Fd fd_;
	uint8_t header_[MPROX_SOCKS5_UDP_HEADER_MAX];
	size_t header_len_ = 0;	// 0: no relay
	std::vector<char> payload_;
	char buffer_[65536];
	const char *data_ = buffer_;
};

} // namespace bench
