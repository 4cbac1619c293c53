// SPDX-License-Identifier: GPL-2.0-or-later
// Sockets for both ends of the benchmarks.
#pragma once

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <utility>

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

extern "C" {
#include "talk.h"
}

namespace bench {

// What the peer does with a connection, by the port that was asked for. The
// numbers are those of discard, chargen and echo, as far as there are any.
enum Role : uint16_t {
	kEcho = 7,	// says what it hears, so mostly nothing
	kSink = 9,	// reads, and at kEnd says how much it was (8 octets)
	kCounted = 11,	// datagrams only: counts them
	kSource = 19,	// from the first octet on, writes until the other goes
	kGreet = 25,	// says one octet, keeps it open
};

constexpr char kEnd = '.';	// what a sink is sent ends with this alone

using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point start)
{
	return std::chrono::duration<double>(Clock::now() - start).count();
}

class Fd {
public:
	explicit Fd(int fd = -1) : fd_(fd) {}
	Fd(Fd &&other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
	Fd &operator=(Fd &&other) noexcept
	{
		std::swap(fd_, other.fd_);
		return *this;
	}
	~Fd() { reset(); }
	void reset()
	{
		if (fd_ >= 0)
			close(std::exchange(fd_, -1));
	}
	int get() const { return fd_; }
	explicit operator bool() const { return fd_ >= 0; }

private:
	int fd_;
};

// An address and a port: "10.0.0.1:80" or "[fd00::1]:80".
struct Endpoint {
	sockaddr_storage addr{};
	socklen_t len = 0;

	static Endpoint parse(const std::string &text); // throws CLI::Error
	static Endpoint at(const std::string &address, uint16_t port);
	const sockaddr *sa() const
	{
		return reinterpret_cast<const sockaddr *>(&addr);
	}
	bool is_ipv6() const { return addr.ss_family == AF_INET6; }
	uint16_t port() const;
	mprox_target target() const;
};

// What is said to the proxy, message by message; does not move.
struct Conversation {
	mprox_talk talk;
	uint8_t out[1200]; // two messages with the longest password each
};

// What is spoken to the proxy. kDigest answers a challenge that is known;
// kChain is SOCKS5 twice, the second time through the first.
enum class Speak { kSocks5, kBasic, kDigest, kChain };

// What the client connects to, and how.
struct Goal {
	Endpoint to;
	Endpoint proxy;		// used if socks
	uint16_t from = 0;	// local port; 0: any
	bool socks = false;
	Speak speak = Speak::kSocks5;
	std::string user, password;
	mprox_command command = MPROX_COMMAND_CONNECT;

	const Endpoint &first_hop() const { return socks ? proxy : to; }
	void start(Conversation *with) const;
};

// Errors by their text, for the report.
using Errors = std::map<std::string, uint64_t>;

[[noreturn]] void die(const std::string &what);	 // errno is appended
void raise_file_limit();
int stream_socket(const Endpoint &to);		 // non-blocking
void reset_close(Fd &fd);			 // with RST: no TIME_WAIT

// Connects and shakes hands, blocking. Empty Fd: errno says why.
Fd dial(const Goal &goal);

// The same for a relay of datagrams, which lives as long as the Fd.
Fd associate(Goal goal, Endpoint *relay);

std::string json_errors(const Errors &errors);

// Of all CPUs together, since boot, whoever spent them: every process, the
// kernel's threads, interrupts. In steps of 10 ms (USER_HZ).
double busy_seconds();

} // namespace bench
