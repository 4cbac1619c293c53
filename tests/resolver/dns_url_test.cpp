// SPDX-License-Identifier: GPL-2.0-or-later
#include "dns_url.hpp"

#include <gtest/gtest.h>

using mprox::parse_dns_url;

namespace {

std::string in_full(std::string_view text) {
    const auto url = parse_dns_url(text);
    return url ? url->text() : "";
}

} // namespace

TEST(DnsUrl, HasPortsAndAPathByDefault) {
    EXPECT_EQ(in_full("tls://9.9.9.9"), "tls://9.9.9.9:853");
    EXPECT_EQ(in_full("tls://DNS.Example:8853/"), "tls://dns.example:8853");
    EXPECT_EQ(in_full("tls://[2620:fe::fe]"), "tls://[2620:fe::fe]:853");
    EXPECT_EQ(in_full("https://dns.example"), "https://dns.example:443/dns-query");
    EXPECT_EQ(in_full("https://[2620:fe::fe]:444/x?y=1"), "https://[2620:fe::fe]:444/x?y=1");
    EXPECT_EQ(in_full("https://dns.example/"), "https://dns.example:443/");
}

TEST(DnsUrl, TakesATemplate) {
    EXPECT_EQ(in_full("https://dns.example/q{?dns}"), "https://dns.example:443/q");
    EXPECT_EQ(in_full("https://dns.example{?dns}"), "https://dns.example:443/dns-query");
}

TEST(DnsUrl, TellsAnAddressFromAName) {
    EXPECT_TRUE(parse_dns_url("tls://9.9.9.9")->has_address());
    EXPECT_TRUE(parse_dns_url("https://[::1]/q")->has_address());
    EXPECT_FALSE(parse_dns_url("https://one.one.one.one")->has_address());
}

TEST(DnsUrl, IsRefused) {
    for (const auto *text :
         {"9.9.9.9", "udp://9.9.9.9", "http://dns.example", "tls://", "tls://:853", "tls://9.9.9.9:0", "tls://9.9.9.9:",
          "tls://9.9.9.9:65536", "tls://9.9.9.9/path", "tls://2620:fe::fe", "tls://[2620:fe::fe", "tls://[9.9.9.9]",
          "tls://[fe80::1%25lo]", "tls://[::1]x", "tls://user@dns.example", "https://user:password@dns.example/",
          "https://dns.example/a b", "https://dns.example/a#b", "https://dns.example/{x}/y", "tls://d\xc3\xb6ns.example",
          "tls://dns example"}) {
        const auto url = parse_dns_url(text);
        EXPECT_FALSE(url) << text << " became " << url->text();
    }
}

TEST(DnsUrl, IsToldFromAnAddress) {
    EXPECT_TRUE(mprox::is_dns_url("tls://9.9.9.9"));
    EXPECT_TRUE(mprox::is_dns_url("udp://9.9.9.9"));
    EXPECT_FALSE(mprox::is_dns_url("9.9.9.9:53"));
    EXPECT_FALSE(mprox::is_dns_url("[2620:fe::fe]:53"));
}
