// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan_profile.hpp"

#include <algorithm>
#include <array>
#include <sys/socket.h>

#include "settings.hpp"

namespace mprox {
namespace {

// The kernel's defaults: struct mutex_proxy_policy and struct mutex_proxy_dns.
constexpr std::array<std::pair<std::uint32_t mutex_proxy_policy::*, std::uint32_t>, 5> kDefaults = {{
    {&mutex_proxy_policy::handshake_ms, 60000},
    {&mutex_proxy_policy::attempt_ms, 10000},
    {&mutex_proxy_policy::rounds, 2},
    {&mutex_proxy_policy::fail_ms, 1000},
    {&mutex_proxy_policy::bind_ms, 180000},
}};
constexpr std::uint32_t kTtl = 10;

template <std::size_t size> Address address_of(int family, const __u8 (&bytes)[size], std::uint32_t scope_id = 0) {
    Address address{.family = family, .scope_id = scope_id};
    std::copy_n(bytes, size, address.bytes.begin());
    return address;
}

template <typename T> std::string text_at(const T &octets, std::size_t len) {
    return {reinterpret_cast<const char *>(octets), len};
}

ProxyUrl url_of(const mutex_proxy_server &server) {
    ProxyUrl url;
    url.scheme = server.type == MUTEX_PROXY_TYPE_HTTP     ? "http"
                 : server.type == MUTEX_PROXY_TYPE_SOCKS4 ? "socks4"
                                                          : "socks5";
    url.host = server.name_len ? text_at(server.name, server.name_len)
                               : address_of(server.family, server.addr, server.scope_id).text();
    url.port = server.port;
    url.user = text_at(server.user, server.user_len);
    url.password = text_at(server.pass, server.pass_len);
    url.headers = text_at(server.headers, server.headers_len);
    url.auth = static_cast<ProxyAuth>(server.auth);
    url.weight = server.weight > 1 ? server.weight : 0;
    url.tries = server.tries > 1 ? server.tries : 0;
    url.attempt_ms = server.attempt_ms;
    url.hop = (server.flags & MUTEX_PROXY_SERVER_HOP) != 0;
    return url;
}

Rule rule_of(const mutex_proxy_rule &from) {
    Rule rule;
    rule.verdict = from.verdict == MUTEX_PROXY_VERDICT_DIRECT  ? Verdict::direct
                   : from.verdict == MUTEX_PROXY_VERDICT_PROXY ? Verdict::proxy
                                                               : Verdict::block;
    if (from.family)
        rule.to = Cidr{address_of(from.family, from.addr), from.prefix};
    rule.proto = from.proto;
    rule.port_first = from.port_first;
    rule.port_last = from.port_last;
    return rule;
}

Dns mode_of(__u32 mode) {
    return mode == MUTEX_PROXY_DNS_FAKE     ? Dns::fake
           : mode == MUTEX_PROXY_DNS_DIRECT ? Dns::direct
           : mode == MUTEX_PROXY_DNS_PROXY  ? Dns::proxy
                                            : Dns::block;
}

template <typename T> std::optional<Endpoint> resolver_of(const T &from) {
    if (!from.resolver_family)
        return {};
    return Endpoint{address_of(from.resolver_family, from.resolver_addr), from.resolver_port};
}

DnsRule dns_rule_of(const mutex_proxy_dns_rule &from) {
    return {text_at(from.name, from.name_len), mode_of(from.mode), resolver_of(from)};
}

/// None: it is the default.
template <std::size_t size> std::optional<Cidr> range_of(int family, const __u8 (&bytes)[size], std::uint8_t prefix) {
    if (!prefix)
        return {};
    const Cidr range{address_of(family, bytes), prefix};
    Plan other;
    other.dns.mode = MUTEX_PROXY_DNS_FAKE;
    return range.text() == other.fake_range(family).text() ? std::nullopt : std::optional(range);
}

std::optional<bool> if_true(bool value) { return value ? std::optional(true) : std::nullopt; }

void take_numbers(Profile &profile, const Plan &plan) {
    for (const auto &setting : settings()) {
        if (!setting.kernel)
            continue;
        const auto number = plan.numbers.*setting.kernel;
        const bool is_default = std::any_of(kDefaults.begin(), kDefaults.end(), [&](const auto &one) {
            return one.first == setting.kernel && one.second == number;
        });
        if (number && !is_default)
            profile.*setting.access.number = number;
    }
}

void take_flags(Profile &profile, const Plan &plan) {
    if (plan.strategy != Strategy::failover)
        profile.strategy = plan.strategy;
    if (plan.scope != Scope::tree)
        profile.scope = plan.scope;
    if (plan.stepwise)
        profile.pipeline = false;
    if (!plan.local)
        profile.local = false;
    profile.fastopen = if_true(plan.fastopen);
    profile.bind = if_true(plan.bind);
    if (plan.udp)
        profile.udp = Udp::proxy;
    profile.udp_relay = plan.udp_relay;
}

void take_dns(Profile &profile, const Plan &plan) {
    const auto &dns = plan.dns;
    if (dns.mode == MUTEX_PROXY_DNS_NONE)
        profile.notes.emplace_back("queries for names are packets like any other, which the rules decide about: no dns "
                                   "mode of a profile says that");
    else if (dns.mode != MUTEX_PROXY_DNS_FAKE)
        profile.dns = mode_of(dns.mode);
    profile.dns_server = resolver_of(dns);
    profile.dns_server_direct = if_true(dns.flags & MUTEX_PROXY_DNS_DIRECT_RESOLVER);
    profile.dns_ipv6 = if_true(dns.flags & MUTEX_PROXY_DNS_IPV6);
    profile.dns_records = if_true(dns.flags & MUTEX_PROXY_DNS_ASK_RECORDS);
    if (dns.ttl && dns.ttl != kTtl)
        profile.dns_ttl = dns.ttl;
    profile.fake4 = range_of(AF_INET, dns.fake4, dns.fake4_prefix);
    profile.fake6 = range_of(AF_INET6, dns.fake6, dns.fake6_prefix);
    for (const auto &rule : plan.dns_rules)
        profile.dns_rules.push_back(dns_rule_of(rule));
    if (plan.dns_url) { // of a plan that nobody has made a policy of
        profile.dns_url = plan.dns_url;
        if (!plan.dns_ca.empty())
            profile.dns_ca = plan.dns_ca;
    }
}

} // namespace

Profile profile_of(const Plan &plan) {
    Profile profile;
    for (const auto &server : plan.servers)
        profile.proxies.push_back(url_of(server));
    for (const auto &rule : plan.rules)
        profile.rules.push_back(rule_of(rule));
    for (const auto &exempt : plan.exempt)
        (exempt.kind == MUTEX_PROXY_EXEMPT_PID ? profile.exempt_pids : profile.exempt_uids).push_back(exempt.id);
    take_flags(profile, plan);
    take_numbers(profile, plan);
    take_dns(profile, plan);
    return profile;
}

std::vector<std::size_t> withheld_of(const Plan &plan) {
    std::vector<std::size_t> withheld;
    for (std::size_t i = 0; i < plan.servers.size(); i++)
        if (plan.servers[i].secrets_of)
            withheld.push_back(i);
    return withheld;
}

} // namespace mprox
