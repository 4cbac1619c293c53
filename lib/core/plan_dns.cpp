// SPDX-License-Identifier: GPL-2.0-or-later
// How names are resolved, as the kernel is told, and in words.
#include <algorithm>
#include <array>
#include <sys/socket.h>

#include "plan.hpp"
#include "settings.hpp"

namespace mprox {
namespace {

__u32 mode_of(Dns dns) {
    switch (dns) {
    case Dns::fake:
        return MUTEX_PROXY_DNS_FAKE;
    case Dns::proxy:
        return MUTEX_PROXY_DNS_PROXY;
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

/// @p to is the kernel's struct that names a resolver.
template <typename T> void put_resolver(T &to, const std::optional<Endpoint> &server) {
    if (!server)
        return;
    to.resolver_family = static_cast<__u16>(server->address.family);
    to.resolver_port = server->port;
    std::copy(server->address.bytes.begin(), server->address.bytes.end(), to.resolver_addr);
}

template <typename T> std::string resolver_text(const T &from) {
    Endpoint server{{.family = from.resolver_family}, from.resolver_port};
    std::copy(std::begin(from.resolver_addr), std::end(from.resolver_addr), server.address.bytes.begin());
    return server.text();
}

mutex_proxy_dns_rule make_rule(const DnsRule &rule) {
    mutex_proxy_dns_rule result = {};
    result.mode = mode_of(rule.mode);
    result.name_len = static_cast<__u8>(rule.name.size());
    std::copy(rule.name.begin(), rule.name.end(), result.name);
    put_resolver(result, rule.server);
    return result;
}

Status check_resolvers(const Profile &profile) {
    const bool direct = profile.dns_server_direct.value_or(false);
    if (direct && profile.dns_url)
        return Error{"dns_server_direct is for a resolver that is asked without TLS",
                     "leave it out, or the rules of the policy send " + profile.dns_url->text() + " direct"};
    if (profile.dns_ca && !profile.dns_url)
        return Error{"dns_server_ca, and no dns_server that is asked with TLS", "write dns_server = \"tls://HOST\""};
    if (direct && !profile.dns_server)
        return Error{"dns_server_direct, and no dns_server", "add dns_server, or leave it out"};
    if (asks_common_resolver(profile) && !profile.dns_server && !profile.dns_url)
        return Error{std::string(profile.dns_records.value_or(false) ? "dns_records" : "dns = \"proxy\"") +
                         ": nobody is named who could be asked",
                     "add dns_server = \"9.9.9.9\", or whom you trust; --dns-server on the command line"};
    return ok();
}

} // namespace

Status Plan::set_dns(const Profile &profile) {
    if (profile.dns_rules.size() > MUTEX_PROXY_MAX_DNS_RULES)
        return Error{"more than " + std::to_string(MUTEX_PROXY_MAX_DNS_RULES) + " names in dns_rule", "join some"};
    if (auto status = check_resolvers(profile); !status)
        return status;
    put_resolver(dns, profile.dns_server);
    dns.size = sizeof(dns);
    dns.mode = mode_of(profile.dns.value_or(Dns::fake));
    dns.flags = (profile.dns_ipv6.value_or(false) ? MUTEX_PROXY_DNS_IPV6 : 0) |
                (profile.dns_server_direct.value_or(false) ? MUTEX_PROXY_DNS_DIRECT_RESOLVER : 0) |
                (profile.dns_records.value_or(false) ? MUTEX_PROXY_DNS_ASK_RECORDS : 0);
    dns.ttl = profile.dns_ttl.value_or(0);
    put_range(dns.fake4, dns.fake4_prefix, profile.fake4);
    put_range(dns.fake6, dns.fake6_prefix, profile.fake6);
    if (profile.dns_url && asks_common_resolver(profile)) {
        dns_url = profile.dns_url;
        dns_ca = profile.dns_ca.value_or("");
        // Who would resolve its name but the proxy, as long as it is not reached?
        if (!dns_url->has_address()) {
            dns_rules.push_back(make_rule({dns_url->host, Dns::fake, {}}));
            sources.dns_rules.push_back(source_of(profile, "dns_server"));
        }
    }
    for (std::size_t i = 0; i < profile.dns_rules.size(); i++) {
        dns_rules.push_back(make_rule(profile.dns_rules[i]));
        sources.dns_rules.push_back(source_of_dns_rule(profile, i));
    }
    sources.dns = source_of(profile, "dns");
    sources.dns_records = source_of(profile, "dns_records");
    if (dns_rules.size() > MUTEX_PROXY_MAX_DNS_RULES)
        return Error{"no room for the resolver's own name among the names in dns_rule", "join some"};
    dns.nr_rules = static_cast<__u32>(dns_rules.size());
    dns.rule_size = sizeof(mutex_proxy_dns_rule);
    return ok();
}

void Plan::set_helper(std::uint16_t port) {
    dns.flags |= MUTEX_PROXY_DNS_DIRECT_RESOLVER;
    put_resolver(dns, Endpoint{{.family = AF_INET, .bytes = {127, 0, 0, 1}}, port});
}

bool Plan::resolves_directly() const {
    return dns.mode == MUTEX_PROXY_DNS_DIRECT &&
           std::all_of(dns_rules.begin(), dns_rules.end(),
                       [](const mutex_proxy_dns_rule &rule) {
                           return rule.mode == MUTEX_PROXY_DNS_DIRECT && !rule.resolver_family;
                       });
}

namespace {

std::string common_resolver(const Plan &plan) {
    return plan.dns_url ? plan.dns_url->text() : plan.dns.resolver_family ? resolver_text(plan.dns) : "";
}

} // namespace

std::string Plan::resolver_of(std::optional<std::size_t> rule) const {
    if (rule && dns_rules[*rule].resolver_family)
        return resolver_text(dns_rules[*rule]);
    if ((rule ? dns_rules[*rule].mode : dns.mode) != MUTEX_PROXY_DNS_PROXY)
        return "";
    return common_resolver(*this);
}

bool Plan::asks_directly() const { return !dns_url && (dns.flags & MUTEX_PROXY_DNS_DIRECT_RESOLVER) != 0; }

namespace {

// The kernel's defaults: struct mutex_proxy_dns.
constexpr std::array<std::uint8_t, 16> kFake4 = {198, 18};
constexpr std::uint8_t kFake4Prefix = 15;
constexpr std::array<std::uint8_t, 16> kFake6 = {0xfd, 0x6d, 0x70, 0x72, 0x6f, 0x78};
constexpr std::uint8_t kFake6Prefix = 96;

template <std::size_t size>
Cidr range_of(int family, const __u8 (&from)[size], std::uint8_t prefix, const Cidr &otherwise) {
    if (!prefix)
        return otherwise;
    Cidr range{{.family = family}, prefix};
    std::copy_n(from, size, range.network.bytes.begin());
    return range;
}

} // namespace

Cidr Plan::fake_range(int family) const {
    const bool any = dns.mode == MUTEX_PROXY_DNS_FAKE ||
                     std::any_of(dns_rules.begin(), dns_rules.end(),
                                 [](const auto &rule) { return rule.mode == MUTEX_PROXY_DNS_FAKE; });
    if (!any)
        return {};
    return family == AF_INET ? range_of(AF_INET, dns.fake4, dns.fake4_prefix, {{AF_INET, kFake4}, kFake4Prefix})
                             : range_of(AF_INET6, dns.fake6, dns.fake6_prefix, {{AF_INET6, kFake6}, kFake6Prefix});
}

namespace {

std::string words_of(__u32 mode, const std::string &resolver, bool direct) {
    switch (mode) {
    case MUTEX_PROXY_DNS_FAKE:
        return "by the proxy: queries are answered here, and no packet leaves";
    case MUTEX_PROXY_DNS_PROXY:
        return "asked of " + resolver + (direct ? ", directly" : " through the proxy");
    case MUTEX_PROXY_DNS_DIRECT:
        return resolver.empty() ? "direct: the resolver hears them" : "asked of " + resolver + ", directly";
    default:
        return "blocked";
    }
}

} // namespace

std::vector<Line> Plan::dns_lines() const {
    std::vector<Line> lines;
    const auto say = [&](const std::string &text, const std::string &source) {
        lines.push_back({"names", text, source});
    };
    const bool direct = asks_directly();
    for (std::size_t i = 0; i < dns_rules.size(); i++) {
        const auto &rule = dns_rules[i];
        const bool own = rule.resolver_family != 0;
        say(std::string(reinterpret_cast<const char *>(rule.name), rule.name_len) + " " +
                words_of(rule.mode, resolver_of(i), direct && !own),
            i < sources.dns_rules.size() ? sources.dns_rules[i] : "");
    }
    say((dns_rules.empty() ? "" : "others ") + words_of(dns.mode, resolver_of({}), direct), sources.dns);
    if (dns.flags & MUTEX_PROXY_DNS_ASK_RECORDS)
        say("other records than addresses " + words_of(MUTEX_PROXY_DNS_PROXY, common_resolver(*this), direct), sources.dns_records);
    return lines;
}

std::vector<std::string> Plan::describe_dns() const {
    std::vector<std::string> texts;
    for (const auto &line : dns_lines())
        texts.push_back(line.text);
    return texts;
}

} // namespace mprox
