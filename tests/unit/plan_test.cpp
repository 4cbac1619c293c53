// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan.hpp"

#include <cstring>
#include <gtest/gtest.h>
#include <netinet/in.h>

using namespace mprox;

namespace {

Profile with_proxy(const char *url) {
    Profile profile;
    profile.proxies.push_back(*parse_proxy_url(url));
    return profile;
}

} // namespace

TEST(Plan, NeedsAProxy) {
    auto plan = make_plan({});
    ASSERT_FALSE(plan);
    EXPECT_EQ(plan.error().what, "no proxy is named");
}

TEST(Plan, MakesServers) {
    auto plan = make_plan(with_proxy("socks5://me:word@192.0.2.1:99"));
    ASSERT_TRUE(plan);
    ASSERT_EQ(plan->servers.size(), 1U);
    const auto &server = plan->servers[0];
    EXPECT_EQ(server.type, static_cast<__u32>(MUTEX_PROXY_TYPE_SOCKS5));
    EXPECT_EQ(server.family, AF_INET);
    EXPECT_EQ(server.port, 99);
    EXPECT_EQ(std::memcmp(server.addr, "\xc0\x00\x02\x01\0\0\0\0\0\0\0\0\0\0\0\0", 16), 0);
    EXPECT_EQ(server.user_len, 2);
    EXPECT_EQ(server.pass_len, 4);
    EXPECT_EQ(std::memcmp(server.user, "me\0", 3), 0);
}

TEST(Plan, PointsThePolicyAtItself) {
    auto profile = with_proxy("socks5://[2001:db8::1]");
    profile.handshake_ms = 1234;
    profile.exempt_uids = {7};
    auto plan = make_plan(profile);
    ASSERT_TRUE(plan);
    const auto policy = plan->policy();
    EXPECT_EQ(policy.size, sizeof(policy));
    EXPECT_EQ(policy.servers, reinterpret_cast<std::uintptr_t>(plan->servers.data()));
    EXPECT_EQ(policy.nr_servers, 1U);
    EXPECT_EQ(policy.nr_exempt, 1U);
    EXPECT_EQ(policy.handshake_ms, 1234U);
    EXPECT_EQ(plan->exempt[0].kind, static_cast<__u32>(MUTEX_PROXY_EXEMPT_UID));
}

TEST(Plan, OrdersTheRules) {
    auto profile = with_proxy("socks5://192.0.2.1");
    profile.rules.push_back({Verdict::block, {}, IPPROTO_TCP, 25, 25});
    profile.bypass.push_back(*parse_cidr("10.0.0.0/8"));
    auto plan = make_plan(profile);
    ASSERT_TRUE(plan);
    ASSERT_EQ(plan->rules.size(), 2U);
    EXPECT_EQ(plan->rules[0].verdict, static_cast<__u32>(MUTEX_PROXY_VERDICT_BLOCK));
    EXPECT_EQ(plan->rules[1].family, AF_INET);
    EXPECT_EQ(plan->rules[1].prefix, 8);
}

TEST(Plan, SaysHowNamesAreResolved) {
    auto profile = with_proxy("socks5://192.0.2.1");
    profile.dns_rules = {{"*.corp.example", Dns::direct}, {"ads.example", Dns::block}};
    profile.dns_ipv6 = true;
    profile.dns_ttl = 60;
    ASSERT_TRUE(add_range(profile, *parse_cidr("100.64.0.0/16")));
    auto plan = make_plan(profile);
    ASSERT_TRUE(plan);
    const auto policy = plan->policy();
    const auto &dns = *reinterpret_cast<const mutex_proxy_dns *>(policy.dns);
    EXPECT_EQ(dns.size, sizeof(dns));
    EXPECT_EQ(dns.mode, static_cast<__u32>(MUTEX_PROXY_DNS_FAKE));
    EXPECT_EQ(dns.flags, MUTEX_PROXY_DNS_IPV6);
    EXPECT_EQ(dns.ttl, 60U);
    EXPECT_EQ(dns.fake4[0], 100);
    EXPECT_EQ(dns.fake4_prefix, 16);
    EXPECT_EQ(dns.fake6_prefix, 0);
    ASSERT_EQ(dns.nr_rules, 2U);
    const auto *rules = reinterpret_cast<const mutex_proxy_dns_rule *>(dns.rules);
    EXPECT_EQ(rules[0].mode, static_cast<__u32>(MUTEX_PROXY_DNS_DIRECT));
    EXPECT_EQ(rules[1].name_len, 11);
    EXPECT_EQ(plan->describe_dns()[0], "*.corp.example direct: the resolver hears them");
    EXPECT_FALSE(add_range(profile, *parse_cidr("100.64.0.0/30")));
    EXPECT_FALSE(add_range(profile, *parse_cidr("fd00::/120")));
    profile.dns_rules.resize(MUTEX_PROXY_MAX_DNS_RULES + 1);
    EXPECT_FALSE(make_plan(profile));
}

TEST(Plan, NamesResolvers) {
    auto profile = with_proxy("socks5://192.0.2.1");
    profile.dns = Dns::proxy;
    EXPECT_EQ(make_plan(profile).error().what, "dns = \"proxy\": nobody is named who could be asked");
    profile.dns_server = *parse_resolver("2001:db8::53");
    EXPECT_TRUE(make_plan(profile)) << "a proxy leads to both families";
    profile.dns_server_direct = true;
    EXPECT_TRUE(make_plan(profile));
    profile.dns_rules = {{"*.corp.example", Dns::proxy, *parse_resolver("10.0.0.53")},
                         {"*.lan.example", Dns::direct, *parse_resolver("192.0.2.53:5353")},
                         {"*.other.example", Dns::proxy}};
    auto plan = make_plan(profile);
    ASSERT_TRUE(plan);
    const auto policy = plan->policy();
    const auto &dns = *reinterpret_cast<const mutex_proxy_dns *>(policy.dns);
    EXPECT_EQ(dns.flags, MUTEX_PROXY_DNS_DIRECT_RESOLVER);
    EXPECT_EQ(dns.resolver_family, AF_INET6);
    const auto *rules = reinterpret_cast<const mutex_proxy_dns_rule *>(dns.rules);
    EXPECT_EQ(rules[0].resolver_port, 53);
    EXPECT_EQ(rules[0].resolver_addr[3], 53);
    EXPECT_EQ(rules[1].resolver_port, 5353);
    EXPECT_EQ(rules[2].resolver_family, 0);
    const std::vector<std::string> lines = {"*.corp.example asked of 10.0.0.53:53 through the proxy",
                                            "*.lan.example asked of 192.0.2.53:5353, directly",
                                            "*.other.example asked of [2001:db8::53]:53, directly",
                                            "others asked of [2001:db8::53]:53, directly"};
    EXPECT_EQ(plan->describe_dns(), lines);
    profile.dns_server.reset();
    EXPECT_EQ(make_plan(profile).error().what, "dns_server_direct, and no dns_server");
}

TEST(Plan, AsksForTheRecordsOfNamesThatAreFake) {
    auto profile = with_proxy("socks5://192.0.2.1");
    profile.dns_records = true;
    EXPECT_EQ(make_plan(profile).error().what, "dns_records: nobody is named who could be asked");
    profile.dns_server = *parse_resolver("192.0.2.53");
    auto plan = make_plan(profile);
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->dns.flags, MUTEX_PROXY_DNS_ASK_RECORDS);
    EXPECT_EQ(plan->dns.mode, MUTEX_PROXY_DNS_FAKE);
    const std::vector<std::string> lines = {
        "by the proxy: queries are answered here, and no packet leaves",
        "other records than addresses asked of 192.0.2.53:53 through the proxy"};
    EXPECT_EQ(plan->describe_dns(), lines);
}

TEST(Plan, HasARoomForWhoAsksWithTls) {
    auto profile = with_proxy("socks5://192.0.2.1");
    profile.dns_rules = {{"*", Dns::proxy}};
    ASSERT_TRUE(set_dns_server(profile, "https://Dns.Example./q"));
    profile.dns_ca = "/ca.pem";
    auto plan = make_plan(profile);
    ASSERT_TRUE(plan);
    const std::vector<std::string> lines = {"dns.example by the proxy: queries are answered here, and no packet leaves",
                                            "* asked of https://dns.example:443/q through the proxy",
                                            "others by the proxy: queries are answered here, and no packet leaves"};
    EXPECT_EQ(plan->describe_dns(), lines);
    EXPECT_EQ(plan->dns_ca, "/ca.pem");
    EXPECT_EQ(plan->dns.resolver_family, 0);
    plan->set_helper(1234);
    EXPECT_EQ(plan->dns.flags, MUTEX_PROXY_DNS_DIRECT_RESOLVER);
    EXPECT_EQ(plan->dns.resolver_family, AF_INET);
    EXPECT_EQ(plan->dns.resolver_port, 1234);
    EXPECT_EQ(plan->dns.resolver_addr[0], 127);
    EXPECT_EQ(plan->dns.resolver_addr[3], 1);

    profile.dns_rules.assign(MUTEX_PROXY_MAX_DNS_RULES, {"a.example", Dns::proxy});
    EXPECT_FALSE(make_plan(profile)) << "no room for the rule of dns.example";
    ASSERT_TRUE(set_dns_server(profile, "tls://192.0.2.53"));
    EXPECT_TRUE(make_plan(profile)) << "an address needs none";
    profile.dns_rules.clear();
    EXPECT_FALSE(make_plan(profile)->dns_url) << "nobody asks it";
    profile.dns_server_direct = true;
    EXPECT_FALSE(make_plan(profile));
    profile.dns_server_direct.reset();
    ASSERT_TRUE(set_dns_server(profile, "192.0.2.53"));
    EXPECT_FALSE(make_plan(profile)) << "certificates for nothing";
}

TEST(Plan, KnowsNamesThatNobodyHereLooksAt) {
    auto profile = with_proxy("socks5://192.0.2.1");
    profile.dns = Dns::direct;
    EXPECT_TRUE(make_plan(profile)->resolves_directly());
    profile.dns_rules = {{"*.lan.example", Dns::direct, *parse_resolver("192.0.2.53")}};
    EXPECT_FALSE(make_plan(profile)->resolves_directly());
}

TEST(Plan, HasBounds) {
    Profile profile;
    profile.proxies.assign(257, *parse_proxy_url("socks5://192.0.2.1"));
    EXPECT_EQ(make_plan(profile).error().what, "257 servers; 256 is the most");
    profile.proxies.resize(256);
    EXPECT_TRUE(make_plan(profile));
    profile.proxies.resize(1);
    profile.bypass.assign(4096, *parse_cidr("10.0.0.0/8"));
    EXPECT_TRUE(make_plan(profile));
    profile.bypass.assign(4097, *parse_cidr("10.0.0.0/8"));
    EXPECT_FALSE(make_plan(profile));
    profile.bypass.clear();
    profile.exempt_pids.assign(17, 1);
    EXPECT_FALSE(make_plan(profile));
}

TEST(Plan, RefusesALinkLocalServerWithoutInterface) {
    EXPECT_FALSE(make_plan(with_proxy("socks5://[fe80::1]")));
    EXPECT_TRUE(make_plan(with_proxy("socks5://[fe80::1%25lo]")));
}

TEST(Plan, RefusesWhatIsNoHostsAddress) {
    for (const char *host : {"0.0.0.0", "0.1.2.3", "224.0.0.1", "255.255.255.255", "[::]", "[ff02::1]",
                             "[::ffff:192.0.2.1]", "[2001:db8::1%25lo]"}) {
        const auto url = std::string("http://") + host;
        EXPECT_FALSE(make_plan(with_proxy(url.c_str()))) << host;
        auto chain = with_proxy("socks5://192.0.2.1");
        chain.proxies.push_back(*parse_proxy_url(url));
        chain.chain = true;
        EXPECT_FALSE(make_plan(chain)) << host;
    }
}

TEST(Plan, AHopHasNoInterfaceOfOurs) {
    auto profile = with_proxy("socks5://192.0.2.1");
    profile.chain = true;
    profile.proxies.push_back(*parse_proxy_url("http://[fe80::1%25lo]"));
    EXPECT_FALSE(make_plan(profile));
    profile.proxies[1] = *parse_proxy_url("http://[fe80::1]");
    EXPECT_TRUE(make_plan(profile));
}

TEST(Plan, RefusesNamesThatNoHopCouldResolve) {
    auto profile = with_proxy("socks5://192.0.2.1");
    profile.chain = true;
    profile.proxies.push_back(*parse_proxy_url("http://inner_1.example."));
    EXPECT_TRUE(make_plan(profile));
    for (const std::string &host : {std::string("in ner"), std::string("b\xc3\xbc" "cher"), std::string(256, 'x')}) {
        profile.proxies[1].host = host;
        EXPECT_FALSE(make_plan(profile)) << host;
    }
    profile.proxies[1].host.assign(255, 'x');
    EXPECT_TRUE(make_plan(profile));
}

TEST(Plan, BindNeedsSocksAtTheEnd) {
    auto profile = with_proxy("http://192.0.2.1");
    profile.bind = true;
    EXPECT_FALSE(make_plan(profile));
    profile.proxies.push_back(*parse_proxy_url("socks4://192.0.2.2"));
    profile.bind_ms = 9000;
    auto plan = make_plan(profile);
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->policy().flags, MUTEX_PROXY_POLICY_BIND);
    EXPECT_EQ(plan->policy().bind_ms, 9000U);
    EXPECT_EQ(plan->describe().back(), "bind       ports on the proxy, 9000 ms for the peer");
    profile.chain = true;
    EXPECT_TRUE(make_plan(profile));
    std::swap(profile.proxies[0], profile.proxies[1]);
    EXPECT_FALSE(make_plan(profile));
}

TEST(Plan, UdpNeedsASocks5ProxyByItself) {
    auto profile = with_proxy("http://192.0.2.1");
    profile.udp = Udp::proxy;
    ASSERT_FALSE(make_plan(profile));
    EXPECT_EQ(make_plan(profile).error().what, "udp = \"proxy\": no proxy here carries UDP");
    EXPECT_NE(make_plan(profile).error().advice.find("SOCKS5"), std::string::npos);
    profile.proxies[0] = *parse_proxy_url("socks4://192.0.2.1");
    EXPECT_FALSE(make_plan(profile));
    profile.proxies.push_back(*parse_proxy_url("socks5://192.0.2.2"));
    auto plan = make_plan(profile);
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->policy().flags, MUTEX_PROXY_POLICY_UDP);
    plan->local = false;
    EXPECT_EQ(plan->policy().flags, MUTEX_PROXY_POLICY_UDP | MUTEX_PROXY_POLICY_NO_LOCAL);
    EXPECT_EQ(plan->policy().relay_family, 0);
    EXPECT_TRUE(plan->rules.empty());
    EXPECT_EQ(plan->describe().back(), "udp        through the proxy");
}

TEST(Plan, AChainCarriesNoUdp) {
    auto profile = with_proxy("socks5://192.0.2.1");
    profile.udp = Udp::proxy;
    profile.proxies.push_back(*parse_proxy_url("socks5://inner"));
    profile.chain = true;
    EXPECT_FALSE(make_plan(profile));
    profile.chain = false;
    profile.proxies[1].hop = true;
    EXPECT_FALSE(make_plan(profile));
    profile.proxies.push_back(*parse_proxy_url("socks5://192.0.2.3"));
    EXPECT_TRUE(make_plan(profile));
}

TEST(Plan, SaysWhereTheRelayIs) {
    auto profile = with_proxy("socks5://192.0.2.1");
    profile.udp = Udp::proxy;
    profile.udp_relay = *parse_address("192.0.2.7");
    auto plan = make_plan(profile);
    ASSERT_TRUE(plan);
    auto policy = plan->policy();
    EXPECT_EQ(policy.relay_family, AF_INET);
    EXPECT_EQ(std::memcmp(policy.relay_addr, "\xc0\x00\x02\x07\0\0\0\0\0\0\0\0\0\0\0\0", 16), 0);
    EXPECT_EQ(policy.reserved, 0);
    EXPECT_EQ(policy.max_connects_per_second, 0U);
    EXPECT_EQ(plan->describe().back(), "udp        through the proxy, whose relay is at 192.0.2.7");
    profile.udp_relay = *parse_address("2001:db8::7");
    plan = make_plan(profile);
    ASSERT_TRUE(plan);
    policy = plan->policy();
    EXPECT_EQ(policy.relay_family, AF_INET6);
    EXPECT_EQ(policy.relay_addr[15], 7);
    for (const char *where : {"0.0.0.0", "0.0.0.1", "224.0.0.1", "255.255.255.255", "::", "ff02::1", "::ffff:192.0.2.7",
                              "fe80::1%lo"}) {
        profile.udp_relay = *parse_address(where);
        ASSERT_FALSE(make_plan(profile)) << where;
        EXPECT_EQ(make_plan(profile).error().what.find("udp_relay: "), 0U) << where;
    }
}

TEST(Plan, UdpIsBlockedUnlessSomebodySaysSo) {
    auto profile = with_proxy("socks5://192.0.2.1");
    profile.bypass.push_back(*parse_cidr("10.0.0.0/8"));
    auto plan = make_plan(profile);
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->policy().flags, 0U);
    const auto blocked = plan->describe();
    profile.udp = Udp::block;
    EXPECT_EQ(make_plan(profile)->describe(), blocked);

    // Behind what was written: a rule may still block some of it.
    profile.udp = Udp::direct;
    plan = make_plan(profile);
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->policy().flags, 0U);
    ASSERT_EQ(plan->rules.size(), 2U);
    EXPECT_EQ(plan->rules[1].verdict, static_cast<__u32>(MUTEX_PROXY_VERDICT_DIRECT));
    EXPECT_EQ(plan->rules[1].proto, IPPROTO_UDP);
    EXPECT_EQ(plan->rules[1].family, 0);
    EXPECT_EQ(plan->rules[1].port_first, 0);
    EXPECT_EQ(plan->describe()[2], "rule       direct everything udp");
    // Needs nothing of the proxy.
    profile.proxies[0] = *parse_proxy_url("http://192.0.2.1");
    EXPECT_TRUE(make_plan(profile));
    profile.bypass.assign(4096, *parse_cidr("10.0.0.0/8"));
    EXPECT_FALSE(make_plan(profile));
}

TEST(Plan, WantsARouteUnlessToldNotTo) {
    auto profile = with_proxy("socks5://192.0.2.1");
    EXPECT_TRUE(make_plan(profile)->route);
    profile.route = true;
    EXPECT_TRUE(make_plan(profile)->route);
    profile.route = false;
    EXPECT_FALSE(make_plan(profile)->route);
}

TEST(Plan, SaysWhatWasSaid) {
    auto profile = with_proxy("http://192.0.2.1");
    ASSERT_TRUE(set_bearer(profile.proxies[0], "secret"));
    ASSERT_TRUE(add_header(profile.proxies[0], "X-A", "secret"));
    profile.proxies[0].weight = 7;
    profile.proxies.push_back(*parse_proxy_url("http://u:secret@inner"));
    profile.proxies[1].hop = true;
    profile.proxies[1].auth = ProxyAuth::digest;
    profile.strategy = Strategy::random;
    profile.handshake_ms = 1000;
    profile.attempt_ms = 2000;
    profile.fail_ms = 3000;
    profile.rounds = 4;
    profile.pipeline = false;
    profile.fastopen = true;
    profile.probe_ms = 5000;
    profile.proxies[0].tries = 3;
    profile.proxies[0].attempt_ms = 700;
    auto plan = make_plan(profile);
    ASSERT_TRUE(plan);
    // One chain is one server: nothing to choose from.
    const std::vector<std::string> one = {
        "proxy      http 192.0.2.1:1080 weight 7, 3 tries, 700 ms each, headers Proxy-Authorization, X-A",
        "  then to  http inner:1080 as u, by Digest",
        "names      by the proxy: queries are answered here, and no packet leaves",
        "scope      tree",
        "time-out   1000 ms for the handshake",
        "time-out   2000 ms for one server",
        "time-out   3000 ms for a server that failed",
        "rounds     4",
        "pipeline   never",
        "fastopen   where a server offers it",
        "probes     every 5000 ms"};
    EXPECT_EQ(plan->describe(), one);
    const auto policy = plan->policy();
    EXPECT_EQ(policy.flags, MUTEX_PROXY_POLICY_STEPWISE | MUTEX_PROXY_POLICY_FASTOPEN);
    EXPECT_EQ(policy.probe_ms, 5000U);
    EXPECT_EQ(plan->servers[0].tries, 3);
    EXPECT_EQ(plan->servers[0].attempt_ms, 700U);
    EXPECT_EQ(plan->servers[1].tries, 0);
    EXPECT_EQ(policy.strategy, static_cast<__u32>(MUTEX_PROXY_STRATEGY_RANDOM));
    EXPECT_EQ(policy.attempt_ms, 2000U);
    EXPECT_EQ(policy.fail_ms, 3000U);
    EXPECT_EQ(policy.rounds, 4U);
    EXPECT_EQ(plan->servers[0].weight, 7);
    EXPECT_EQ(plan->servers[1].weight, 0);
    EXPECT_EQ(plan->servers[1].auth, MUTEX_PROXY_AUTH_DIGEST);

    profile.proxies[1].hop = false;
    profile.proxies[1].host = "192.0.2.2";
    plan = make_plan(profile);
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->describe()[2], "strategy   random");
}

TEST(Plan, DescribesItselfWithoutThePassword) {
    auto plan = make_plan(with_proxy("socks5://me:secret@[2001:db8::1]"));
    ASSERT_TRUE(plan);
    std::string all;
    for (const auto &line : plan->describe())
        all += line + "\n";
    EXPECT_NE(all.find("socks5 [2001:db8::1]:1080 as me"), std::string::npos) << all;
    EXPECT_EQ(all.find("secret"), std::string::npos);
}

TEST(Plan, LeavesTheNamesOfHopsToTheHopBefore) {
    Profile profile = with_proxy("socks5://192.0.2.1");
    profile.proxies.push_back(*parse_proxy_url("http://u:p@inner.example:3128"));
    profile.proxies.push_back(*parse_proxy_url("socks4://me@192.0.2.3"));
    profile.chain = true;
    auto plan = make_plan(profile);
    ASSERT_TRUE(plan) << plan.error().what;
    ASSERT_EQ(plan->servers.size(), 3U);
    EXPECT_EQ(plan->servers[0].flags, 0U);
    EXPECT_EQ(plan->servers[1].flags, MUTEX_PROXY_SERVER_HOP);
    EXPECT_EQ(plan->servers[1].family, 0);
    EXPECT_EQ(plan->servers[1].name_len, 13);
    EXPECT_EQ(plan->servers[1].type, static_cast<__u32>(MUTEX_PROXY_TYPE_HTTP));
    EXPECT_EQ(plan->servers[2].family, AF_INET);
    EXPECT_EQ(plan->servers[2].type, static_cast<__u32>(MUTEX_PROXY_TYPE_SOCKS4));
}
