// SPDX-License-Identifier: GPL-2.0-or-later
// Makes so many enabled contexts, says "ready" and holds them until its
// standard input ends. Each has this process alone in its scope.
#include <cstdio>
#include <vector>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <sys/ioctl.h>

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

} // namespace

int main(int argc, char **argv)
{
	CLI::App app("holds idle contexts");
	std::string proxy = "10.77.1.1:1080";
	unsigned count = 1000;
	std::vector<bench::Fd> held;
	char octet;

	app.add_option("--count", count);
	app.add_option("--proxy", proxy, "their server, ADDRESS:PORT");
	CLI11_PARSE(app, argc, argv);

	bench::raise_file_limit();
	bench::Fd door(open("/dev/mprox", O_RDWR | O_CLOEXEC));
	if (!door)
		bench::die("/dev/mprox");
	auto config = config_for(bench::Endpoint::parse(proxy));
	while (held.size() < count)
		held.push_back(make_context(door.get(), config));
	puts("ready");
	fflush(stdout);
	while (read(0, &octet, 1) > 0)
		;
	return 0;
}
