// SPDX-License-Identifier: GPL-2.0-or-later
// What real proxies said, as tests/fuzz/capture recorded it.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "talk_driver.h"

namespace {

using namespace talk;
namespace fs = std::filesystem;

Bytes read(const fs::path &path)
{
	std::ifstream in(path, std::ios::binary);

	return Bytes(std::istreambuf_iterator<char>(in), {});
}

struct Meaning {
	mprox_step step;
	int err;
	u8 blame, wants;
};

constexpr Meaning kTunnel{MPROX_STEP_DONE, 0, 0, 0};
constexpr Meaning kServer{MPROX_STEP_REFUSED, EHOSTUNREACH, MPROX_BLAME_SERVER, 0};

constexpr Meaning wants(u8 login)
{
	return {MPROX_STEP_LOGIN, EHOSTUNREACH, MPROX_BLAME_SERVER, login};
}

constexpr Meaning cannot(int err)
{
	return {MPROX_STEP_REFUSED, err, MPROX_BLAME_DESTINATION, 0};
}

const std::map<std::string, Meaning> kMeanings = {
	{"http/privoxy-open-banner", kTunnel},
	{"http/privoxy-open-no-such-name", cannot(EHOSTUNREACH)},
	{"http/privoxy-open-refused", cannot(EHOSTUNREACH)},
	{"http/squid-basic-banner", kTunnel},
	{"http/squid-basic-required", wants(MPROX_LOGIN_PASSWORD)},
	{"http/squid-basic-wrong", wants(MPROX_LOGIN_PASSWORD)},
	{"http/squid-digest-required", wants(MPROX_LOGIN_DIGEST)},
	{"http/squid-open-banner", kTunnel},
	{"http/squid-open-denied", kServer},
	{"http/squid-open-no-such-name", cannot(EHOSTUNREACH)},
	{"http/squid-open-refused", cannot(ECONNREFUSED)},
	{"http/squid-open-unreachable", cannot(ENETUNREACH)},
	{"http/tinyproxy-basic-banner", kTunnel},
	{"http/tinyproxy-basic-required", wants(MPROX_LOGIN_PASSWORD)},
	{"http/tinyproxy-basic-wrong", kServer},
	{"http/tinyproxy-open-no-such-name", cannot(EHOSTUNREACH)},
	{"http/tinyproxy-open-port-denied", kServer},
	{"http/tinyproxy-open-refused", cannot(EHOSTUNREACH)},
	{"socks4/danted-open-banner", kTunnel},
	{"socks4/danted-open-name", cannot(ECONNREFUSED)},
	{"socks4/danted-open-refused", cannot(ECONNREFUSED)},
	{"socks4/danted-open-ruleset", cannot(ECONNREFUSED)},
	{"socks4/danted-open-user", kTunnel},
	{"socks5/danted-auth-required", wants(MPROX_LOGIN_PASSWORD)},
	{"socks5/danted-auth-wrong", kServer},
	{"socks5/danted-open-name", kTunnel},
	{"socks5/danted-open-refused", cannot(ECONNREFUSED)},
	{"socks5/danted-open-ruleset", kServer},
	{"socks5/danted-open-unreachable", cannot(ENETUNREACH)},
	{"socks5/danted-open-unreachable-v6", cannot(ENETUNREACH)},
	{"socks5/danted-open-v4-banner", kTunnel},
	{"socks5/microsocks-auth-required", wants(MPROX_LOGIN_PASSWORD)},
	{"socks5/microsocks-auth-v4-banner", kTunnel},
	{"socks5/microsocks-auth-wrong", kServer},
	{"socks5/microsocks-open-refused", cannot(ECONNREFUSED)},
	{"socks5/microsocks-open-unreachable", cannot(ENETUNREACH)},
	{"socks5/microsocks-open-unreachable-v6", cannot(ENETUNREACH)},
	{"socks5/microsocks-open-v4-banner", kTunnel},
	{"socks5/microsocks-open-v6-banner", kTunnel},
};

mprox_protocol protocol_of(const std::string &name)
{
	return name.starts_with("http/") ? MPROX_PROTO_HTTP :
	       name.starts_with("socks4/") ? MPROX_PROTO_SOCKS4 :
					     MPROX_PROTO_SOCKS5;
}

TEST(Captured, MeansWhatItMeant)
{
	static const Password password{text("u"), text("p")};
	const mprox_cred cred = password.cred();

	for (const auto &[name, meaning] : kMeanings) {
		Bytes file = read(fs::path(CORPUS_DIR) / name);
		ASSERT_GT(file.size(), 2u) << name;
		const Bytes in(file.begin() + 2, file.end());
		const Hops hops{hop(protocol_of(name),
				    file[0] & 1 ? kV6 : kV4,
				    file[0] & 2 ? &cred : nullptr)};
		Talk talk(hops);

		talk.feed(in.data(), in.size());
		EXPECT_EQ(talk.outcome().step, meaning.step) << name;
		EXPECT_EQ(talk.state().err, meaning.err) << name;
		EXPECT_EQ(talk.state().blame, meaning.blame) << name;
		EXPECT_EQ(talk.state().wants, meaning.wants) << name;
		if (name.ends_with("-banner")) {
			EXPECT_EQ(in[talk.outcome().used], 'S') << name;
		}
		EXPECT_EQ(at_every_split(hops, in), talk.outcome()) << name;
	}
}

// A new recording needs a meaning, too.
TEST(Captured, AllOfThem)
{
	for (const char *type : {"http", "socks4", "socks5"})
		for (const auto &entry :
		     fs::directory_iterator(fs::path(CORPUS_DIR) / type)) {
			std::string name = entry.path().filename().string();

			EXPECT_TRUE(name.starts_with("made-") ||
				    kMeanings.contains(type + ("/" + name)))
				<< name;
		}
}

} // namespace
