// SPDX-License-Identifier: GPL-2.0-or-later
// What mprox explain says of a plan, without a machine around it.
#include "explain.hpp"

#include <cerrno>
#include <gtest/gtest.h>

#include "command.hpp"

using namespace mprox;

namespace {

Profile with_proxies(const std::vector<std::string> &urls = {"socks5://192.0.2.1"}) {
    Profile profile;
    for (const auto &url : urls)
        profile.proxies.push_back(*parse_proxy_url(url));
    return profile;
}

/// 10.1.1.1 is this machine's, "desk" stands in /etc/hosts, and user 7 asks.
Here here() {
    Here here;
    here.uid = 7;
    here.stays = [](const Address &address) { return address.text() == "10.1.1.1"; };
    here.in_hosts = [](const std::string &name) {
        return name == "desk" ? std::vector{*parse_address("10.2.2.2")} : std::vector<Address>{};
    };
    return here;
}

Json explained(const Profile &profile, const std::string &destination) {
    const auto plan = make_plan(profile);
    EXPECT_TRUE(plan) << plan.error().what;
    const auto to = parse_destination(destination);
    EXPECT_TRUE(to) << to.error().what;
    const auto said = explain(*plan, *to, here());
    EXPECT_TRUE(said) << said.error().what;
    EXPECT_FALSE(text_of(*said, *plan).empty());
    return json_of(*said, *plan);
}

std::string text(const Profile &profile, const std::string &destination) {
    const auto plan = make_plan(profile);
    return text_of(*explain(*plan, *parse_destination(destination), here()), *plan);
}

/// Verdict, reason and rule of the first way: "direct by-rule 2".
std::string gist(const Profile &profile, const std::string &destination) {
    const auto way = explained(profile, destination)["ways"].at(0);
    return way["verdict"].get<std::string>() + " " + (way["reason"].is_null() ? "-" : way["reason"].get<std::string>()) + " " +
           (way["rule"].is_null() ? "-" : way["rule"].dump());
}

std::string place(const std::string &word) {
    const auto to = parse_destination(word);
    return to ? (to->name.empty() ? to->address.text() : to->name) + " " + std::to_string(to->port) + " " +
                    std::to_string(to->proto) + (to->has_port ? "" : " assumed")
              : to.error().what;
}

} // namespace

TEST(Explain, ReadsDestinations) {
    EXPECT_EQ(place("host.example"), "host.example 443 6 assumed");
    EXPECT_EQ(place("host.example.:80"), "host.example 80 6");
    EXPECT_EQ(place("192.0.2.7"), "192.0.2.7 443 6 assumed");
    EXPECT_EQ(place("192.0.2.7:443"), "192.0.2.7 443 6");
    EXPECT_EQ(place("2001:db8::443"), "2001:db8::443 443 6 assumed");
    EXPECT_EQ(place("[2001:db8::7]:53/udp"), "2001:db8::7 53 17");
    EXPECT_EQ(place("::ffff:192.0.2.7"), "192.0.2.7 443 6 assumed");
    EXPECT_EQ(place("0.0.0.0:80/tcp"), "127.0.0.1 80 6");
    for (const char *bad : {"", ":80", "host:0", "host:http", "host:80/sctp", "http://host/", "a b", "h\xc3\xb6st"})
        EXPECT_FALSE(parse_destination(bad)) << bad;
}

TEST(Explain, FindsTheRule) {
    auto profile = with_proxies();
    profile.rules.push_back({Verdict::block, {}, IPPROTO_TCP, 25, 25});
    profile.rules.push_back({Verdict::proxy, *parse_cidr("10.9.0.0/16"), 0, 0, 0});
    profile.bypass.push_back(*parse_cidr("10.0.0.0/8"));
    EXPECT_EQ(gist(profile, "203.0.113.1:25"), "refused blocked 0");
    EXPECT_EQ(explained(profile, "203.0.113.1:25")["ways"][0]["errno"], "ECONNREFUSED");
    EXPECT_EQ(gist(profile, "10.9.1.1"), "proxied by-rule 1");
    EXPECT_EQ(gist(profile, "10.8.1.1"), "direct by-rule 2");
    EXPECT_EQ(gist(profile, "203.0.113.1"), "proxied - -");
    EXPECT_EQ(explained(profile, "10.8.1.1")["ways"][0]["rule_text"], "direct 10.0.0.0/8");
    EXPECT_EQ(text(profile, "10.8.1.1:80"), "10.8.1.1:80: direct, past the proxy\n  rule 2: direct 10.0.0.0/8\n");
}

TEST(Explain, KnowsWhatIsDirectByItself) {
    auto profile = with_proxies();
    EXPECT_EQ(gist(profile, "127.0.0.1"), "direct builtin -");
    EXPECT_EQ(gist(profile, "[fe80::1]:80"), "direct builtin -");
    EXPECT_EQ(gist(profile, "224.0.0.1:9/udp"), "direct builtin -");
    EXPECT_EQ(gist(profile, "10.1.1.1"), "direct local -");
    EXPECT_EQ(gist(profile, "192.0.2.1:1080"), "direct is-server -");
    EXPECT_EQ(gist(profile, "192.0.2.1:1081"), "proxied - -");
    EXPECT_EQ(gist(profile, "192.0.2.1:1080/udp"), "refused protocol -");
    profile.local = false;
    EXPECT_EQ(gist(profile, "10.1.1.1"), "proxied - -");
    profile.rules.push_back({Verdict::block, *parse_cidr("127.0.0.0/8"), 0, 0, 0});
    EXPECT_EQ(gist(profile, "127.0.0.1"), "refused blocked 0");
    profile.exempt_uids = {7};
    const auto said = explained(profile, "127.0.0.1");
    EXPECT_EQ(said["verdict"], "direct");
    EXPECT_EQ(said["exempt"], true);
}

TEST(Explain, TellsTheNameToTheProxy) {
    auto profile = with_proxies();
    auto said = explained(profile, "Host.Example");
    EXPECT_EQ(said["verdict"], "proxied");
    EXPECT_EQ(said["query"]["source"], "fake");
    EXPECT_EQ(said["ways"].size(), 1U);
    EXPECT_EQ(said["ways"][0]["told"], "name");
    EXPECT_TRUE(said["ways"][0]["address"].is_null());
    profile.bypass.push_back(*parse_cidr("0.0.0.0/0")); // what stands for a name is nobody else's
    EXPECT_EQ(gist(profile, "host.example"), "proxied - -");
    profile.rules.push_back({Verdict::block, {}, IPPROTO_TCP, 25, 25});
    EXPECT_EQ(gist(profile, "host.example:25"), "refused blocked 0");
    profile.dns_ipv6 = true;
    EXPECT_EQ(explained(profile, "host.example")["ways"].size(), 2U);
    EXPECT_EQ(gist(with_proxies(), "198.18.0.9"), "refused no-name -");
    EXPECT_EQ(gist(with_proxies(), "host.example/udp"), "refused protocol -");
}

TEST(Explain, FollowsTheRulesForNames) {
    auto profile = with_proxies();
    profile.dns_rules = {{"ads.example", Dns::block},
                         {"*.corp.example", Dns::proxy, *parse_endpoint("10.0.0.53", 53)},
                         {"*.lan", Dns::direct}};
    profile.rules.push_back({Verdict::direct, *parse_cidr("10.0.0.0/8"), 0, 0, 0});
    auto said = explained(profile, "ads.example");
    EXPECT_EQ(said["verdict"], "refused");
    EXPECT_EQ(said["query"]["rule"], 0);
    EXPECT_TRUE(said["ways"].empty());
    said = explained(profile, "git.corp.example");
    EXPECT_EQ(said["query"]["resolver"], "10.0.0.53:53");
    EXPECT_EQ(said["query"]["through_proxy"], true);
    EXPECT_EQ(said["verdict"], "depends");
    EXPECT_EQ(said["ways"][0]["unless"], Json::array({0}));
    EXPECT_EQ(said["ways"][1]["unless"], Json::array());
    said = explained(profile, "nas.lan");
    EXPECT_EQ(said["query"]["source"], "direct");
    EXPECT_EQ(explained(profile, "desk")["query"]["source"], "hosts");
    EXPECT_EQ(gist(profile, "desk"), "direct by-rule 0");
    EXPECT_EQ(gist(profile, "a.localhost"), "direct builtin -");
    EXPECT_EQ(explained(profile, "use-application-dns.net")["query"]["source"], "none");
    EXPECT_EQ(explained(profile, "corp.example")["query"]["source"], "fake");
    EXPECT_FALSE(explain(*make_plan(profile), *parse_destination(std::string(64, 'a') + ".example"), here()));
    profile.rules.insert(profile.rules.begin(), {Verdict::block, {}, 0, 0, 0});
    EXPECT_EQ(explained(profile, "nas.lan")["verdict"], "refused");
}

TEST(Explain, TakesQueriesForWhatTheyAre) {
    auto profile = with_proxies();
    profile.bypass.push_back(*parse_cidr("10.0.0.0/8"));
    EXPECT_EQ(gist(profile, "10.0.0.53:53/udp"), "query - -");
    EXPECT_EQ(gist(profile, "10.0.0.53:53"), "query - -");
    profile.rules.push_back({Verdict::direct, *parse_cidr("10.0.0.53"), IPPROTO_UDP, 53, 53});
    EXPECT_EQ(gist(profile, "10.0.0.53:53/udp"), "direct by-rule 0");
}

TEST(Explain, NamesTheServers) {
    auto profile = with_proxies({"socks4://id@192.0.2.1", "http://me:sesame@[2001:db8::9]:3128", "socks5://192.0.2.3"});
    auto servers = explained(profile, "203.0.113.1")["ways"][0]["servers"];
    ASSERT_EQ(servers.size(), 3U);
    EXPECT_EQ(servers[0]["index"], 0);
    EXPECT_EQ(servers[1]["index"], 2);
    EXPECT_EQ(servers[2]["server"], "[2001:db8::9]:3128");
    servers = explained(profile, "2001:db8::1")["ways"][0]["servers"];
    EXPECT_EQ(servers[0]["index"], 1);
    EXPECT_EQ(servers[1]["leads"], false);
    EXPECT_EQ(text(profile, "2001:db8::1").find("sesame"), std::string::npos);
    EXPECT_EQ(gist(with_proxies({"socks4://id@192.0.2.1"}), "2001:db8::1"), "refused no-server -");
    profile.udp = Udp::proxy;
    servers = explained(profile, "203.0.113.1:123/udp")["ways"][0]["servers"];
    EXPECT_EQ(servers[0]["leads"], false);
    EXPECT_EQ(servers[1]["leads"], true);
    EXPECT_EQ(servers[2]["leads"], false);
    profile = with_proxies({"socks5://192.0.2.1", "http://inner:3128"});
    profile.chain = true;
    servers = explained(profile, "host.example")["ways"][0]["servers"];
    ASSERT_EQ(servers.size(), 1U);
    EXPECT_EQ(servers[0]["chain"], Json::array({"socks5 192.0.2.1:1080", "http inner:3128"}));
}
