// SPDX-License-Identifier: GPL-2.0-or-later
// How names are resolved, as the kernel is told, and in words.
#include <algorithm>
#include <sys/socket.h>

#include "plan.hpp"

namespace mprox {
namespace {

__u32 mode_of(Dns dns) {
    switch (dns) {
    case Dns::fake:
        return MUTEX_PROXY_DNS_FAKE;
    case Dns::direct:
        return MUTEX_PROXY_DNS_DIRECT;
    default:
        return MUTEX_PROXY_DNS_BLOCK;
    }
}

template <std::size_t size> void put_range(__u8 (&to)[size], __u8 &prefix, const std::optional<Cidr> &range) {
    if (!range)
        return;
    std::copy_n(range->network.bytes.begin(), size, to);
    prefix = range->prefix;
}

mutex_proxy_dns_rule make_rule(const DnsRule &rule) {
    mutex_proxy_dns_rule result = {};
    result.mode = mode_of(rule.mode);
    result.name_len = static_cast<__u8>(rule.name.size());
    std::copy(rule.name.begin(), rule.name.end(), result.name);
    return result;
}

} // namespace

Status Plan::set_dns(const Profile &profile) {
    if (profile.dns_rules.size() > MUTEX_PROXY_MAX_DNS_RULES)
        return Error{"more than " + std::to_string(MUTEX_PROXY_MAX_DNS_RULES) + " names in dns_rule", "join some"};
    dns.size = sizeof(dns);
    dns.mode = mode_of(profile.dns.value_or(Dns::fake));
    dns.flags = profile.dns_ipv6.value_or(false) ? MUTEX_PROXY_DNS_IPV6 : 0;
    dns.ttl = profile.dns_ttl.value_or(0);
    put_range(dns.fake4, dns.fake4_prefix, profile.fake4);
    put_range(dns.fake6, dns.fake6_prefix, profile.fake6);
    for (const auto &rule : profile.dns_rules)
        dns_rules.push_back(make_rule(rule));
    dns.nr_rules = static_cast<__u32>(dns_rules.size());
    dns.rule_size = sizeof(mutex_proxy_dns_rule);
    return ok();
}

bool Plan::names_direct() const {
    return dns.mode == MUTEX_PROXY_DNS_DIRECT &&
           std::all_of(dns_rules.begin(), dns_rules.end(),
                       [](const mutex_proxy_dns_rule &rule) { return rule.mode == MUTEX_PROXY_DNS_DIRECT; });
}

namespace {

std::string_view words_of(__u32 mode) {
    return mode == MUTEX_PROXY_DNS_FAKE     ? "by the proxy: queries are answered here, and no packet leaves"
           : mode == MUTEX_PROXY_DNS_DIRECT ? "direct: the resolver hears them"
                                            : "blocked";
}

} // namespace

std::vector<std::string> Plan::describe_dns() const {
    std::vector<std::string> lines;
    for (const auto &rule : dns_rules)
        lines.push_back(std::string(reinterpret_cast<const char *>(rule.name), rule.name_len) + " " +
                        std::string(words_of(rule.mode)));
    lines.push_back((dns_rules.empty() ? "" : "others ") + std::string(words_of(dns.mode)));
    return lines;
}

} // namespace mprox
