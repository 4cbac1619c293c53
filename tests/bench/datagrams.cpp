// SPDX-License-Identifier: GPL-2.0-or-later
// Small datagrams as fast as one thread can send them: what a packet costs that
// passes by the hooks. The CPU time is the sender's, softirqs included.
#include <cstdio>
#include <vector>

#include <sys/resource.h>

#include "client.h"

namespace bench {
namespace {

double cpu_seconds()
{
	rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

} // namespace

int datagrams(const Options &options)
{
	const Endpoint &to = options.goal.to;
	Fd fd(socket(to.addr.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	std::vector<char> payload(options.size);
	uint64_t sent = 0;

	if (!fd || connect(fd.get(), to.sa(), to.len))
		die("connect");
	auto start = Clock::now();
	double cpu = cpu_seconds();
	while (seconds_since(start) < options.seconds)
		for (int i = 0; i < 64; i++, sent++)
			if (send(fd.get(), payload.data(), payload.size(), 0) < 0)
				die("send");
	cpu = cpu_seconds() - cpu;
	double took = seconds_since(start);
	printf("{\"mode\": \"datagrams\", \"seconds\": %.3f, \"packets\": %ju, "
	       "\"rate\": %.3f, \"unit\": \"1/s\", \"cpu_ns\": %.1f}\n",
	       took, uintmax_t{sent}, sent / took, cpu * 1e9 / sent);
	return 0;
}

} // namespace bench
