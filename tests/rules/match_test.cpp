// SPDX-License-Identifier: GPL-2.0-or-later
// Which rule a destination falls under, and what stands behind the last one.
#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

extern "C" {
#include "match.h"
}

namespace {

using Octets = std::array<uint8_t, 16>;

uint16_t family_of(const std::string &text)
{
	return text.find(':') == std::string::npos ? AF_INET : AF_INET6;
}

Octets octets(const std::string &text)
{
	Octets addr{};

	EXPECT_EQ(inet_pton(family_of(text), text.c_str(), addr.data()), 1) << text;
	return addr;
}

struct To {
	Octets addr;
	mprox_destination to{};

	explicit To(const std::string &text, uint16_t port = 80,
		    uint8_t proto = IPPROTO_TCP)
		: addr(octets(text))
	{
		to.family = family_of(text);
		to.proto = proto;
		to.port = port;
		to.addr = addr.data();
	}
};

/* "10.0.0.0/8", or "" for every address. */
mutex_proxy_rule rule(uint32_t verdict, const std::string &net = "")
{
	mutex_proxy_rule r{};

	r.verdict = verdict;
	if (net.empty())
		return r;
	const auto slash = net.find('/');
	const auto addr = octets(net.substr(0, slash));

	r.family = family_of(net);
	r.prefix = static_cast<uint8_t>(std::stoi(net.substr(slash + 1)));
	std::copy(addr.begin(), addr.end(), r.addr);
	return r;
}

mutex_proxy_rule ports(mutex_proxy_rule r, uint8_t proto, uint16_t first,
		       uint16_t last)
{
	r.proto = proto;
	r.port_first = first;
	r.port_last = last;
	return r;
}

constexpr uint32_t kDirect = MUTEX_PROXY_VERDICT_DIRECT;
constexpr uint32_t kProxy = MUTEX_PROXY_VERDICT_PROXY;
constexpr uint32_t kBlock = MUTEX_PROXY_VERDICT_BLOCK;

bool matches(const mutex_proxy_rule &r, const To &to)
{
	return mprox_match_rule(&r, &to.to);
}

uint32_t verdict(const std::vector<mutex_proxy_rule> &rules, const To &to,
		 bool local = false)
{
	return mprox_match_verdict(rules.data(), static_cast<uint32_t>(rules.size()),
				   &to.to, local);
}

/* Each bit of a prefix counts, and no bit behind it. */
TEST(Match, PrefixesOfEveryLength)
{
	for (const std::string net : {"203.0.113.181", "2001:db8:5555:aaaa::35"}) {
		const int bits = family_of(net) == AF_INET ? 32 : 128;

		for (int length = 0; length <= bits; length++) {
			mutex_proxy_rule r = rule(kBlock, net + "/" +
						  std::to_string(length));
			To to(net);

			for (int bit = length; bit < bits; bit++)
				r.addr[bit / 8] &= ~(0x80 >> bit % 8);
			EXPECT_TRUE(matches(r, to)) << net << "/" << length;
			if (length < bits) {
				to.addr[length / 8] ^= 0x80 >> length % 8;
				EXPECT_TRUE(matches(r, to)) << net << "/" << length;
				to.addr[length / 8] ^= 0x80 >> length % 8;
			}
			if (length) {
				to.addr[(length - 1) / 8] ^= 0x80 >> (length - 1) % 8;
				EXPECT_FALSE(matches(r, to)) << net << "/" << length;
			}
		}
	}
}

TEST(Match, FamiliesDoNotMix)
{
	EXPECT_FALSE(matches(rule(kBlock, "0.0.0.0/0"), To("2001:db8::1")));
	EXPECT_FALSE(matches(rule(kBlock, "::/0"), To("192.0.2.1")));
	EXPECT_TRUE(matches(rule(kBlock), To("192.0.2.1")));
	EXPECT_TRUE(matches(rule(kBlock), To("2001:db8::1")));
}

TEST(Match, PortsAndProtocols)
{
	const auto web = ports(rule(kBlock), IPPROTO_TCP, 80, 443);

	EXPECT_FALSE(matches(web, To("192.0.2.1", 79)));
	EXPECT_TRUE(matches(web, To("192.0.2.1", 80)));
	EXPECT_TRUE(matches(web, To("192.0.2.1", 443)));
	EXPECT_FALSE(matches(web, To("192.0.2.1", 444)));
	EXPECT_FALSE(matches(web, To("192.0.2.1", 80, IPPROTO_UDP)));
	EXPECT_TRUE(matches(ports(rule(kBlock), IPPROTO_TCP, 0, 65535), To("192.0.2.1", 0)));
	EXPECT_TRUE(matches(ports(rule(kBlock), IPPROTO_ICMP, 0, 0),
			    To("192.0.2.1", 0, IPPROTO_ICMP)));
}

TEST(Match, TheFirstRuleWins)
{
	const std::vector<mutex_proxy_rule> rules{
		rule(kProxy, "10.1.0.0/16"), rule(kDirect, "10.0.0.0/8"), rule(kBlock)};

	EXPECT_EQ(verdict(rules, To("10.1.2.3")), kProxy);
	EXPECT_EQ(verdict(rules, To("10.2.2.3")), kDirect);
	EXPECT_EQ(verdict(rules, To("192.0.2.1")), kBlock);
	EXPECT_EQ(verdict(rules, To("127.0.0.1")), kBlock) << "rules come before what is built in";
}

TEST(Match, BehindTheLastRule)
{
	for (const char *here : {"127.0.0.1", "127.255.255.255", "169.254.1.1", "224.0.0.1",
				 "239.255.255.255", "255.255.255.255", "0.0.0.0", "0.1.2.3", "::1", "::",
				 "fe80::1", "febf::1", "ff02::1"})
		EXPECT_EQ(verdict({}, To(here)), kDirect) << here;
	for (const char *away : {"126.255.255.255", "128.0.0.1", "169.253.1.1", "169.255.0.1",
				 "223.255.255.255", "240.0.0.1", "255.255.255.254", "1.0.0.0", "::2",
				 "1::1", "fec0::1", "fe7f::1", "fd00::1", "::ffff:127.0.0.1"})
		EXPECT_EQ(verdict({}, To(away)), kProxy) << away;
	EXPECT_EQ(verdict({}, To("192.0.2.1"), true), kDirect) << "the machine's own";
	EXPECT_EQ(verdict({rule(kProxy)}, To("192.0.2.1"), true), kProxy);
}

TEST(Match, Reach)
{
	const auto reach = [](const char *text) {
		return mprox_match_reach(family_of(text), octets(text).data());
	};

	EXPECT_EQ(reach("127.9.9.9"), MPROX_REACH_HERE);
	EXPECT_EQ(reach("::1"), MPROX_REACH_HERE);
	EXPECT_EQ(reach("169.254.0.1"), MPROX_REACH_LINK);
	EXPECT_EQ(reach("fe80::1"), MPROX_REACH_LINK);
	EXPECT_EQ(reach("224.0.0.1"), MPROX_REACH_NOBODY);
	EXPECT_EQ(reach("::"), MPROX_REACH_NOBODY);
	EXPECT_EQ(reach("192.0.2.1"), MPROX_REACH_ANYWHERE);
	EXPECT_EQ(reach("2001:db8::1"), MPROX_REACH_ANYWHERE);
}

/* A bypassed network was not written for the resolver in it. */
TEST(Match, RulesForThisVeryPort)
{
	const auto names = [](const mutex_proxy_rule &r, const To &to) {
		return mprox_match_names_port(&r, 1, &to.to);
	};

	EXPECT_FALSE(names(rule(kDirect, "192.0.2.0/24"), To("192.0.2.1", 53)));
	EXPECT_TRUE(names(ports(rule(kDirect), IPPROTO_TCP, 53, 53), To("192.0.2.1", 53)));
	EXPECT_FALSE(names(ports(rule(kDirect), IPPROTO_UDP, 53, 53), To("192.0.2.1", 53)));
	EXPECT_FALSE(names(ports(rule(kDirect), IPPROTO_TCP, 54, 99), To("192.0.2.1", 53)));
}

} // namespace
