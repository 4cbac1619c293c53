// SPDX-License-Identifier: GPL-2.0-or-later
// Makes so many enabled contexts, says how long that took and holds them until its
// standard input ends. Each process is in the scope of as many of them as one may be;
// or, if they are to have connections, of one, and opens those.
#include <algorithm>
#include <cstdio>
#include <deque>
#include <vector>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include <linux/mutex_proxy.h>

#include "net.h"

namespace {

bench::Fd make_context(int door, const mutex_proxy_config &config)
{
	mutex_proxy_scope scope{};
	bench::Fd fd(ioctl(door, MUTEX_PROXY_IOC_CREATE, MUTEX_PROXY_CLOEXEC));

	scope.size = sizeof(scope);
	scope.scope = MUTEX_PROXY_SCOPE_PROCESS;
	if (!fd)
		bench::die("MUTEX_PROXY_IOC_CREATE");
	if (ioctl(fd.get(), MUTEX_PROXY_IOC_SET_SCOPE, &scope))
		bench::die("MUTEX_PROXY_IOC_SET_SCOPE");
	if (ioctl(fd.get(), MUTEX_PROXY_IOC_SET_CONFIG, &config))
		bench::die("MUTEX_PROXY_IOC_SET_CONFIG");
	if (ioctl(fd.get(), MUTEX_PROXY_IOC_ENABLE, 0))
		bench::die("MUTEX_PROXY_IOC_ENABLE");
	return fd;
}

mutex_proxy_config config_for(const bench::Endpoint &proxy)
{
	mutex_proxy_config config{};
	mprox_target target = proxy.target();

	config.version = MUTEX_PROXY_CONFIG_VERSION;
	config.proxy_type = MUTEX_PROXY_TYPE_SOCKS5;
	config.proxy_port = target.port;
	if (target.is_ipv6) {
		memcpy(config.proxy_addr, target.addr, 16);
	} else {
		config.proxy_addr[10] = config.proxy_addr[11] = 0xff;
		memcpy(config.proxy_addr + 12, target.addr, 4);
	}
	return config;
}

struct Options {
	std::string proxy = "10.77.1.1:1080", to = "10.77.2.2:7";
	unsigned count = 1000, flows = 0;
	uint16_t from = 0;
};

class Holder {
public:
	explicit Holder(const Options &options)
		: options_(options), door_(open("/dev/mprox", O_RDWR | O_CLOEXEC)),
		  config_(config_for(bench::Endpoint::parse(options.proxy)))
	{
		if (!door_)
			bench::die("/dev/mprox");
		goal_.to = bench::Endpoint::parse(options.to);
	}

	// So many, from this number on, in a process of their own, which lives until
	// nobody writes to stay.
	void make(unsigned number, unsigned count, const int stay[2])
	{
		int up[2];
		char octet;

		if (making_.size() >= kAtOnce)
			wait_for_one();
		if (pipe(up))
			bench::die("pipe");
		switch (fork()) {
		case -1:
			bench::die("fork");
		case 0:
			close(stay[1]);
			close(up[0]);
			for (unsigned i = 0; i < count; i++)
				held_.push_back(make_context(door_.get(), config_));
			for (unsigned i = 0; i < options_.flows; i++)
				connect(number * options_.flows + i);
			(void)!write(up[1], "!", 1);
			(void)!read(stay[0], &octet, 1);
			for (bench::Fd &flow : flows_)
				bench::reset_close(flow);
			_exit(0);
		}
		close(up[1]);
		making_.emplace_back(up[0]);
	}

	void wait_for_all()
	{
		while (!making_.empty())
			wait_for_one();
	}

private:
	static constexpr size_t kAtOnce = 8;

	void wait_for_one()
	{
		char octet;

		if (read(making_.front().get(), &octet, 1) != 1)
			exit(1);	// it has said why
		making_.pop_front();
	}

	void connect(unsigned number)
	{
		goal_.from = options_.from ? options_.from + number : 0;
		flows_.push_back(bench::dial(goal_));
		if (!flows_.back())
			bench::die("connect number " +
				   std::to_string(flows_.size()));
	}

	const Options &options_;
	bench::Fd door_;
	mutex_proxy_config config_;
	bench::Goal goal_;
	std::vector<bench::Fd> held_, flows_;
	std::deque<bench::Fd> making_;	// pipes from processes that are not ready
};

void hold(const Options &options)
{
	Holder holder(options);
	double busy = bench::busy_seconds();
	auto start = bench::Clock::now();
	const unsigned at_once = options.flows ? 1 : MUTEX_PROXY_MAX_MEMBERSHIPS;
	int stay[2];
	char octet;

	if (pipe(stay))
		bench::die("pipe");
	for (unsigned i = 0; i < options.count; i += at_once)
		holder.make(i, std::min(at_once, options.count - i), stay);
	holder.wait_for_all();
	printf("{\"mode\": \"contexts\", \"contexts\": %u, \"flows\": %u, "
	       "\"seconds\": %.3f, \"busy\": %.3f}\n",
	       options.count, options.count * options.flows,
	       bench::seconds_since(start), bench::busy_seconds() - busy);
	fflush(stdout);
	while (read(0, &octet, 1) > 0)
		;
	close(stay[1]);
	while (wait(nullptr) > 0)
		;
}

} // namespace

int main(int argc, char **argv)
{
	CLI::App app("holds contexts, idle or with connections");
	Options options;

	app.add_option("--count", options.count);
	app.add_option("--proxy", options.proxy, "their server, ADDRESS:PORT");
	app.add_option("--flows", options.flows, "connections of each");
	app.add_option("--to", options.to, "where to, ADDRESS:PORT");
	app.add_option("--from", options.from, "local ports from this on");
	CLI11_PARSE(app, argc, argv);

	bench::raise_file_limit();
	hold(options);
	return 0;
}
