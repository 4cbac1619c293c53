// SPDX-License-Identifier: GPL-2.0-or-later
// The near end: connects directly, or speaks SOCKS5 itself with --socks. Below
// mprox-run or proxychains it is an unmodified program like any other.
#include <csignal>

#include <CLI/CLI.hpp>

#include "client.h"

int main(int argc, char **argv)
{
	bench::Options options;
	CLI::App app("measures one thing, prints one line of JSON");
	std::string to, proxy, cred;

	app.add_option("--to", to, "destination, ADDRESS:PORT")->required();
	app.add_option("--socks", proxy, "speak SOCKS5 to ADDRESS:PORT");
	app.add_option("--cred", cred, "USER:PASSWORD for the proxy");
	app.add_option("--speak", options.goal.speak, "what to the proxy")
		->transform(CLI::CheckedTransformer(
			std::map<std::string, bench::Speak>{
				{"socks5", bench::Speak::kSocks5},
				{"basic", bench::Speak::kBasic},
				{"digest", bench::Speak::kDigest},
				{"chain", bench::Speak::kChain}}));
	app.add_option("--seconds", options.seconds);
	app.require_subcommand(1);

	auto *up = app.add_subcommand("up", "bulk to port 9");
	auto *down = app.add_subcommand("down", "bulk from port 19");
	for (auto *bulk : {up, down})
		bulk->add_option("--streams", options.streams);
	auto *ping = app.add_subcommand("ping-pong", "one octet, with port 7");
	auto *rate = app.add_subcommand("rate", "connections per second");
	rate->add_option("--concurrent", options.concurrent);
	auto *dials = app.add_subcommand("dial-rate", "the same, blocking");
	auto *delays = app.add_subcommand("delays", "of one after the other");
	auto *hold = app.add_subcommand(
		"hold", "open connections, and as many more as each line of "
			"standard input says, until it ends");
	for (auto *sub : {hold, delays})
		sub->add_option("--count", options.count);
	for (auto *sub : {rate, dials, hold})
		sub->add_option("--threads", options.threads)
			->check(CLI::PositiveNumber);
	// The fewer are left, the longer the kernel would look for one.
	hold->add_option("--from", options.goal.from, "local ports from this on");
	auto *udp = app.add_subcommand("datagrams", "as fast as may be");
	auto *way = app.add_subcommand("one-way", "datagrams to port 11, in bursts");
	auto *echo = app.add_subcommand("exchange", "datagrams, with port 7");
	for (auto *sub : {udp, way, echo})
		sub->add_option("--size", options.size);
	for (auto *sub : {way, echo})
		sub->add_option("--concurrent", options.concurrent);
	auto *dns = app.add_subcommand("queries", "DNS answers per second");
	dns->add_option("--concurrent", options.concurrent);
	dns->add_option("--threads", options.threads)
		->check(CLI::PositiveNumber);

	try {
		app.parse(argc, argv);
		options.goal.to = bench::Endpoint::parse(to);
		options.goal.socks = !proxy.empty();
		if (options.goal.socks)
			options.goal.proxy = bench::Endpoint::parse(proxy);
	} catch (const CLI::Error &e) {
		return app.exit(e);
	}
	if (auto colon = cred.find(':'); colon != cred.npos) {
		options.goal.user = cred.substr(0, colon);
		options.goal.password = cred.substr(colon + 1);
	}

	signal(SIGPIPE, SIG_IGN);
	bench::raise_file_limit();
	return *up     ? bench::upload(options)
	       : *down ? bench::download(options)
	       : *ping ? bench::ping_pong(options)
	       : *rate ? bench::connect_rate(options)
	       : *dials ? bench::dial_rate(options)
	       : *delays ? bench::delays(options)
	       : *hold ? bench::hold(options)
	       : *dns  ? bench::queries(options)
	       : *way  ? bench::one_way(options)
	       : *echo ? bench::exchange(options)
		       : bench::datagrams(options);
}
