// SPDX-License-Identifier: GPL-2.0-or-later
#include "mirror.h"

#include <memory>
#include <thread>

extern "C" {
#include "socks5_udp.h"
}

namespace bench {
namespace {

class Mirror {
public:
	Mirror(const Endpoint &at, bool is_relay)
		: fd_(socket(at.addr.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0)),
		  port_(at.port()), is_relay_(is_relay)
	{
		int large = 4 << 20;

		setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &large,
			   sizeof(large));
		if (bind(fd_.get(), at.sa(), at.len))
			die("datagrams");
	}

	[[noreturn]] void run()
	{
		for (;;) {
			from_.len = sizeof(from_.addr);
			ssize_t got = recvfrom(
				fd_.get(), buffer_, sizeof(buffer_), 0,
				reinterpret_cast<sockaddr *>(&from_.addr),
				&from_.len);
			if (got >= 0)
				take(got);
		}
	}

private:
	void take(size_t len)
	{
		uint16_t port = port_;
		size_t header = 0;

		if (is_relay_) {
			mprox_udp_from to;
			int n = mprox_socks5_udp_parse(buffer_, len, &to);

			if (n < 0)
				return;
			header = n;
			port = to.at.port;
		}
		if (port == kEcho) {
			answer(len);
		} else if (len != header + 1) {
			count_++;
		} else {
			memcpy(buffer_ + header, &count_, sizeof(count_));
			answer(header + sizeof(count_));
		}
	}

	// A relay's header says in the answer what it said in the request.
	void answer(size_t len)
	{
		sendto(fd_.get(), buffer_, len, 0, from_.sa(), from_.len);
	}

	Fd fd_;
	uint16_t port_;
	bool is_relay_;
	Endpoint from_;
	uint64_t count_ = 0;
	uint8_t buffer_[65536];
};

void begin(const Endpoint &at, bool is_relay)
{
	std::thread([mirror = std::make_unique<Mirror>(at, is_relay)] {
		mirror->run();
	}).detach();
}

} // namespace

void mirror_datagrams(const std::string &address, uint16_t relay_port)
{
	for (uint16_t role : {kEcho, kCounted})
		begin(Endpoint::at(address, role), false);
	begin(Endpoint::at(address, relay_port), true);
}

} // namespace bench
