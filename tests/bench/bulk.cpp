// SPDX-License-Identifier: GPL-2.0-or-later
// What an established connection carries: bulk over some streams, one thread
// each, or one octet to and fro.
#include <cstdio>
#include <thread>
#include <vector>

#include <netinet/tcp.h>

#include "client.h"

namespace bench {
namespace {

constexpr size_t kBuffer = 256 * 1024;

std::vector<Fd> dial_all(const Options &options)
{
	std::vector<Fd> fds;

	for (unsigned i = 0; i < options.streams; i++) {
		fds.push_back(dial(options.goal));
		if (!fds.back())
			die("connect");
	}
	return fds;
}

uint64_t push(int fd, double seconds, Clock::time_point start)
{
	std::vector<char> buffer(kBuffer, 'x');
	uint64_t total = 0, heard = 0;

	while (seconds_since(start) < seconds) {
		ssize_t n = send(fd, buffer.data(), kBuffer, MSG_NOSIGNAL);
		if (n < 0)
			die("send");
		total += n;
	}
	// The sink's own count is the proof that all of it has arrived. Not every
	// relay passes on that one direction has ended, so the end is an octet.
	if (send(fd, &kEnd, 1, MSG_NOSIGNAL) != 1 ||
	    recv(fd, &heard, sizeof(heard), MSG_WAITALL) != sizeof(heard))
		die("the sink's count");
	if (heard != total + 1) {
		fprintf(stderr, "sent %ju, the sink has %ju\n",
			uintmax_t{total}, uintmax_t{heard});
		exit(1);
	}
	return total;
}

uint64_t pull(int fd, double seconds, Clock::time_point start)
{
	std::vector<char> buffer(kBuffer);
	uint64_t total = 0;

	if (send(fd, "x", 1, MSG_NOSIGNAL) != 1)
		die("send");
	while (seconds_since(start) < seconds) {
		ssize_t n = recv(fd, buffer.data(), kBuffer, 0);
		if (n <= 0)
			die("recv");
		total += n;
	}
	return total;
}

int transfer(const Options &options, const char *name,
	     uint64_t (*move)(int, double, Clock::time_point))
{
	std::vector<Fd> fds = dial_all(options);
	std::vector<uint64_t> bytes(fds.size());
	std::vector<std::thread> threads;
	double busy = busy_seconds();
	auto start = Clock::now();
	uint64_t total = 0;

	for (size_t i = 0; i < fds.size(); i++)
		threads.emplace_back([&, i] {
			bytes[i] = move(fds[i].get(), options.seconds, start);
		});
	for (auto &thread : threads)
		thread.join();
	double took = seconds_since(start);
	busy = busy_seconds() - busy;
	for (uint64_t b : bytes)
		total += b;
	for (Fd &fd : fds)
		reset_close(fd);
	printf("{\"mode\": \"%s\", \"streams\": %u, \"seconds\": %.3f, "
	       "\"bytes\": %ju, \"rate\": %.3f, \"unit\": \"Mbit/s\", \"busy\": %.3f}\n",
	       name, options.streams, took, uintmax_t{total},
	       total * 8 / took / 1e6, busy);
	return 0;
}

} // namespace

int upload(const Options &options)
{
	return transfer(options, "up", push);
}

int download(const Options &options)
{
	return transfer(options, "down", pull);
}

int ping_pong(const Options &options)
{
	Fd fd = dial(options.goal);
	uint64_t turns = 0;
	char octet = 'x';
	int on = 1;

	if (!fd)
		die("connect");
	setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	double busy = busy_seconds();
	auto start = Clock::now();
	for (; seconds_since(start) < options.seconds; turns++)
		if (send(fd.get(), &octet, 1, MSG_NOSIGNAL) != 1 ||
		    recv(fd.get(), &octet, 1, 0) != 1)
			die("ping-pong");
	double took = seconds_since(start);
	busy = busy_seconds() - busy;
	reset_close(fd);
	printf("{\"mode\": \"ping-pong\", \"seconds\": %.3f, "
	       "\"turns\": %ju, \"rate\": %.3f, \"unit\": \"1/s\", "
	       "\"busy\": %.3f}\n",
	       took, uintmax_t{turns}, turns / took, busy);
	return 0;
}

} // namespace bench
