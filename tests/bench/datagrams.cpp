// SPDX-License-Identifier: GPL-2.0-or-later
// What datagrams cost: as fast as one thread can send them, in bursts that the
// far end says it has, and as requests with their answers.
#include <cstdio>

#include <sys/resource.h>

#include "courier.h"

namespace bench {
namespace {

double cpu_seconds()
{
	rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

// How many datagrams the far end has counted. See mirror.h.
uint64_t ask_count(Courier &courier, size_t size)
{
	uint64_t count;

	courier.size(1);
	for (int i = 0; i < 50; i++) {
		if (!courier.send())
			die("send");
		if (courier.receive() == sizeof(count)) {
			memcpy(&count, courier.received(), sizeof(count));
			courier.size(size);
			return count;
		}
	}
	die("the far end does not say how many it has");
}

void print(const char *mode, double took, uint64_t packets, uint64_t lost,
	   double cpu)
{
	printf("{\"mode\": \"%s\", \"seconds\": %.3f, \"packets\": %ju, "
	       "\"lost\": %ju, \"rate\": %.3f, \"unit\": \"1/s\", "
	       "\"cpu_ns\": %.1f}\n",
	       mode, took, uintmax_t{packets}, uintmax_t{lost}, packets / took,
	       cpu * 1e9 / packets);
}

} // namespace

// The CPU time is the sender's, softirqs included.
int datagrams(const Options &options)
{
	Courier courier(options.goal);
	uint64_t sent = 0;

	if (options.goal.to.port() == kCounted)
		ask_count(courier, 0);
	courier.size(options.size);
	auto start = Clock::now();
	double cpu = cpu_seconds();
	while (seconds_since(start) < options.seconds)
		for (int i = 0; i < 64; i++, sent++)
			if (!courier.send())
				die("send");
	cpu = cpu_seconds() - cpu;
	print("datagrams", seconds_since(start), sent, 0, cpu);
	return 0;
}

// What has arrived per second, of bursts that wait for each other.
int one_way(const Options &options)
{
	Courier courier(options.goal);
	uint64_t before = ask_count(courier, options.size);
	uint64_t sent = 0, now = before;

	auto start = Clock::now();
	double cpu = cpu_seconds();
	while (seconds_since(start) < options.seconds) {
		for (unsigned i = 0; i < options.concurrent; i++, sent++)
			if (!courier.send())
				die("send");
		now = ask_count(courier, options.size);
	}
	cpu = cpu_seconds() - cpu;
	print("one-way", seconds_since(start), now - before,
	      sent - (now - before), cpu);
	return 0;
}

// Answers per second, so many outstanding. What does not come for a moment is
// lost, with all that was outstanding.
int exchange(const Options &options)
{
	Courier courier(options.goal);
	uint64_t answered = 0, lost = 0;
	unsigned outstanding = 0;

	courier.size(options.size);
	for (int i = 0; i < 50 && courier.receive() < 0; i++)
		if (!courier.send())
			die("send");
	auto start = Clock::now();
	double cpu = cpu_seconds();
	while (seconds_since(start) < options.seconds) {
		for (; outstanding < options.concurrent; outstanding++)
			if (!courier.send())
				die("send");
		if (courier.receive() == static_cast<ssize_t>(options.size)) {
			answered++;
			outstanding--;
		} else {
			lost += outstanding;
			outstanding = 0;
		}
	}
	cpu = cpu_seconds() - cpu;
	print("exchange", seconds_since(start), answered, lost, cpu);
	return 0;
}

} // namespace bench
