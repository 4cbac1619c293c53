// SPDX-License-Identifier: GPL-2.0-or-later
#include "net.h"

#include <cstdio>
#include <cstdlib>

#include <CLI/CLI.hpp>
#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <time.h>

namespace bench {

Endpoint Endpoint::parse(const std::string &text)
{
	Endpoint e;
	auto colon = text.rfind(':');
	std::string host = text.substr(0, colon);
	int port = colon == std::string::npos
			   ? 0
			   : atoi(text.c_str() + colon + 1);
	auto *v4 = reinterpret_cast<sockaddr_in *>(&e.addr);
	auto *v6 = reinterpret_cast<sockaddr_in6 *>(&e.addr);

	if (host.size() > 2 && host.front() == '[' && host.back() == ']')
		host = host.substr(1, host.size() - 2);
	if (inet_pton(AF_INET, host.c_str(), &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		e.len = sizeof(*v4);
	} else if (inet_pton(AF_INET6, host.c_str(), &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
		e.len = sizeof(*v6);
	}
	if (!e.len || port < 1 || port > 65535)
		throw CLI::ValidationError(text, "not ADDRESS:PORT");
	return e;
}

Endpoint Endpoint::at(const std::string &address, uint16_t port)
{
	bool is_ipv6 = address.find(':') != std::string::npos;

	return parse((is_ipv6 ? "[" + address + "]" : address) + ":" +
		     std::to_string(port));
}

uint16_t Endpoint::port() const
{
	// The port stands at the same place in both.
	return ntohs(reinterpret_cast<const sockaddr_in *>(&addr)->sin_port);
}

mprox_target Endpoint::target() const
{
	mprox_target t{};

	t.is_ipv6 = is_ipv6();
	t.port = port();
	if (t.is_ipv6)
		memcpy(t.addr,
		       &reinterpret_cast<const sockaddr_in6 *>(&addr)->sin6_addr,
		       16);
	else
		memcpy(t.addr,
		       &reinterpret_cast<const sockaddr_in *>(&addr)->sin_addr,
		       4);
	return t;
}

void Goal::start(Conversation *with) const
{
	static const char kAnswer[] =
		"Digest username=\"u\", realm=\"bench\", nonce=\"n\", "
		"uri=\"10.77.2.2:9\", qop=auth, nc=00000001, cnonce=\"c\", "
		"response=\"00000000000000000000000000000000\"";
	const bool http = speak == Speak::kBasic || speak == Speak::kDigest;
	mprox_hop hops[2]{};
	mprox_hop &hop = hops[0];

	hop.command = command;
	hop.protocol = http ? MPROX_PROTO_HTTP : MPROX_PROTO_SOCKS5;
	// Nobody knows yet where the datagrams of an association come from.
	if (command != MPROX_COMMAND_ASSOCIATE)
		hop.to = to.target();
	hop.login = user.empty() ? MPROX_LOGIN_NONE : MPROX_LOGIN_PASSWORD;
	hop.cred = {
		static_cast<u8>(user.size()), static_cast<u8>(password.size()),
		reinterpret_cast<const u8 *>(user.data()),
		reinterpret_cast<const u8 *>(password.data())};
	if (speak == Speak::kDigest) {
		hop.login = MPROX_LOGIN_DIGEST;
		hop.digest = reinterpret_cast<const u8 *>(kAnswer);
		hop.digest_len = sizeof(kAnswer) - 1;
	}
	hops[1] = hop;
	if (speak == Speak::kChain)
		hop.to = proxy.target();
	mprox_talk_init(&with->talk, hops, speak == Speak::kChain ? 2 : 1,
			false, with->out, sizeof(with->out));
}

void die(const std::string &what)
{
	fprintf(stderr, "%s: %s\n", what.c_str(), strerror(errno));
	exit(1);
}

void raise_file_limit()
{
	rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	if (limit.rlim_max < 65536)
		limit.rlim_cur = limit.rlim_max = 65536;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int stream_socket(const Endpoint &to)
{
	return socket(to.addr.ss_family,
		      SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

void reset_close(Fd &fd)
{
	linger now{1, 0};

	setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	fd.reset();
}

static bool handshake(int fd, const Goal &goal, Conversation *with)
{
	mprox_talk &s = with->talk;
	mprox_step step = MPROX_STEP_SEND;
	uint8_t in;
	size_t used, sent = 0;

	goal.start(with);
	// One octet at a time: what follows the reply belongs to the caller.
	while (step == MPROX_STEP_SEND || step == MPROX_STEP_MORE) {
		ssize_t todo = s.out_ready - sent;

		if (todo && write(fd, s.out + sent, todo) != todo)
			return false;
		sent = s.out_ready;
		if (read(fd, &in, 1) != 1)
			return false;
		step = mprox_talk_feed(&s, &in, 1, &used);
	}
	errno = s.err;
	return step == MPROX_STEP_DONE;
}

static bool take_port(int fd, const Endpoint &to, uint16_t port)
{
	Endpoint from = Endpoint::at(to.is_ipv6() ? "::" : "0.0.0.0", port);
	int on = 1;

	return !setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) &&
	       !bind(fd, from.sa(), from.len);
}

static Fd dial(const Goal &goal, Conversation *with)
{
	const Endpoint &hop = goal.first_hop();
	Fd fd(socket(hop.addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));

	if (!fd)
		die("socket");
	if ((goal.from && !take_port(fd.get(), hop, goal.from)) ||
	    connect(fd.get(), hop.sa(), hop.len) ||
	    (goal.socks && !handshake(fd.get(), goal, with)))
		return Fd();
	return fd;
}

Fd dial(const Goal &goal)
{
	Conversation with;

	return dial(goal, &with);
}

Fd associate(Goal goal, Endpoint *relay)
{
	Conversation with;

	goal.command = MPROX_COMMAND_ASSOCIATE;
	Fd fd = dial(goal, &with);
	if (!fd)
		return fd;
	const mprox_bound &bound = with.talk.bound;
	char text[INET6_ADDRSTRLEN];

	inet_ntop(bound.version == 4 ? AF_INET : AF_INET6, bound.addr, text,
		  sizeof(text));
	*relay = Endpoint::at(text, bound.port);
	return fd;
}

double busy_seconds()
{
	const double cpus = sysconf(_SC_NPROCESSORS_ONLN);
	const double hz = sysconf(_SC_CLK_TCK);
	unsigned long long idle = 0, iowait = 0;
	timespec now;
	FILE *file = fopen("/proc/stat", "re");

	// Counted as what was not idle: idle time is measured, all else only
	// sampled at each tick.
	if (!file || fscanf(file, "cpu %*u %*u %*u %llu %llu", &idle, &iowait) != 2)
		die("/proc/stat");
	fclose(file);
	clock_gettime(CLOCK_BOOTTIME, &now);
	return (now.tv_sec + now.tv_nsec / 1e9) * cpus - (idle + iowait) / hz;
}

std::string json_errors(const Errors &errors)
{
	std::string out = "{";

	for (const auto &[what, count] : errors)
		out += (out.size() > 1 ? ", \"" : "\"") + what +
		       "\": " + std::to_string(count);
	return out + "}";
}

} // namespace bench
