// SPDX-License-Identifier: GPL-2.0-or-later
// What the client can measure. Each prints one line of JSON.
#pragma once

#include "net.h"

namespace bench {

struct Options {
	Goal goal;
	double seconds = 2;
	unsigned streams = 1;
	unsigned concurrent = 1;
	unsigned threads = 1;
	unsigned count = 1000;
	unsigned size = 64;
};

int upload(const Options &options);
int download(const Options &options);
int ping_pong(const Options &options);
int connect_rate(const Options &options);
int dial_rate(const Options &options);	// likewise, by blocking calls
int delays(const Options &options);	// what each connection takes
int hold(const Options &options);	// as many as it is told to, until then
int datagrams(const Options &options);
int one_way(const Options &options);	// datagrams, acknowledged in bursts
int exchange(const Options &options);	// datagrams and their answers
int queries(const Options &options);	// DNS

} // namespace bench
