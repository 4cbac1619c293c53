// SPDX-License-Identifier: GPL-2.0-or-later
// Connections by blocking calls, as most programs make them, and as libraries that
// replace connect() expect them: how many per second, how long each takes, and
// many held at once.
#include <cstdio>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "client.h"

namespace bench {
namespace {

// Up when the destination is known to be there, as in rate.cpp.
Fd open(const Goal &goal)
{
	Fd fd = dial(goal);
	char octet;

	errno = fd ? ECONNRESET : errno;
	if (fd && goal.to.port() == kGreet && recv(fd.get(), &octet, 1, 0) != 1)
		return Fd();
	return fd;
}

// One thread's share.
struct Dialler {
	uint64_t up = 0;
	Errors errors;

	void run(const Options &options, Clock::time_point start)
	{
		while (seconds_since(start) < options.seconds) {
			Fd fd = open(options.goal);

			if (!fd)
				errors[strerror(errno)]++;
			else if (seconds_since(start) < options.seconds)
				up++;
			reset_close(fd);
		}
	}
};

// Says how many and how long it took.
void open_more(const Options &options, unsigned count, std::vector<Fd> &held)
{
	const size_t before = held.size();
	std::vector<std::thread> threads;
	double busy = busy_seconds();
	auto start = Clock::now();

	held.resize(before + count);
	for (unsigned t = 0; t < options.threads; t++)
		threads.emplace_back([&, t] {
			Goal goal = options.goal;

			for (size_t i = before + t; i < held.size();
			     i += options.threads) {
				if (options.goal.from)
					goal.from = options.goal.from + i;
				held[i] = open(goal);
				if (!held[i])
					die("connect number " +
					    std::to_string(i));
			}
		});
	for (auto &thread : threads)
		thread.join();
	printf("{\"mode\": \"hold\", \"connections\": %zu, \"more\": %u, "
	       "\"seconds\": %.3f, \"busy\": %.3f}\n",
	       held.size(), count, seconds_since(start), busy_seconds() - busy);
	fflush(stdout);
}

} // namespace

int dial_rate(const Options &options)
{
	std::vector<Dialler> diallers(options.threads);
	std::vector<std::thread> threads;
	double busy = busy_seconds();
	auto start = Clock::now();
	uint64_t up = 0;
	Errors errors;

	for (Dialler &dialler : diallers)
		threads.emplace_back([&] { dialler.run(options, start); });
	for (auto &thread : threads)
		thread.join();
	double took = seconds_since(start);
	busy = busy_seconds() - busy;
	for (const Dialler &dialler : diallers) {
		up += dialler.up;
		for (const auto &[what, count] : dialler.errors)
			errors[what] += count;
	}
	printf("{\"mode\": \"dial-rate\", \"threads\": %u, \"seconds\": %.3f, "
	       "\"connections\": %ju, \"rate\": %.3f, \"unit\": \"1/s\", "
	       "\"busy\": %.3f, \"errors\": %s}\n",
	       options.threads, took, uintmax_t{up}, up / options.seconds, busy,
	       json_errors(errors).c_str());
	return 0;
}

int delays(const Options &options)
{
	const double patience = 5 * options.seconds;
	const auto begun = Clock::now();
	std::string times;

	// Two at least, so that there is something between them.
	for (unsigned i = 0; i < options.count; i++) {
		if (i >= 2 && seconds_since(begun) > patience)
			break;
		auto start = Clock::now();
		Fd fd = open(options.goal);
		double took = seconds_since(start);

		if (!fd)
			die("connect number " + std::to_string(i));
		reset_close(fd);
		times += (i ? ", " : "") + std::to_string(int(took * 1e6));
	}
	printf("{\"mode\": \"delays\", \"unit\": \"us\", \"times\": [%s]}\n",
	       times.c_str());
	return 0;
}

int hold(const Options &options)
{
	std::vector<Fd> held;
	unsigned more;

	open_more(options, options.count, held);
	while (std::cin >> more)
		open_more(options, more, held);
	for (Fd &fd : held)
		reset_close(fd);
	return 0;
}

} // namespace bench
