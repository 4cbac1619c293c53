// SPDX-License-Identifier: GPL-2.0-or-later
// As mprox_dns_resolve() has it, for A and AAAA.
#include "explain.hpp"

#include <algorithm>
#include <array>
#include <resolv.h>
#include <sys/socket.h>

extern "C" {
#include "dns.h"
}

using mprox::Address;
using mprox::Error;
using mprox::Plan;
using mprox::Result;

namespace {

bool matches(const mprox_dns_query &query, std::string_view pattern) {
    return mprox_dns_matches(query.name, query.name_len, reinterpret_cast<const u8 *>(pattern.data()), pattern.size());
}

std::optional<std::size_t> find_rule(const Plan &plan, const mprox_dns_query &query) {
    const auto found = std::find_if(plan.dns_rules.begin(), plan.dns_rules.end(), [&](const auto &rule) {
        return mprox_dns_matches(query.name, query.name_len, rule.name, rule.name_len);
    });
    if (found == plan.dns_rules.end())
        return {};
    return static_cast<std::size_t>(found - plan.dns_rules.begin());
}

/// The query that a program would send, as the module reads it.
Result<mprox_dns_query> query_for(const std::string &name) {
    std::array<u8, MPROX_DNS_QUERY_MAX> message{};
    mprox_dns_query query = {};
    const int len = res_mkquery(QUERY, name.c_str(), C_IN, T_A, nullptr, 0, nullptr, message.data(), message.size());
    if (len < 0 || !mprox_dns_parse(&query, message.data(), static_cast<size_t>(len)) || query.rcode)
        return Error{"'" + name + "' is no name that a query could ask for",
                     "a label has 63 octets at most, and the name 253"};
    return query;
}

bool has_ipv4_server(const Plan &plan) {
    return std::any_of(plan.servers.begin(), plan.servers.end(), [](const auto &server) {
        return !(server.flags & MUTEX_PROXY_SERVER_HOP) && server.family == AF_INET;
    });
}

bool is_local(const mprox_dns_query &query) { return matches(query, "localhost") || matches(query, "*.localhost"); }

/// Answered NXDOMAIN where an address would stand for it.
bool is_nobody(const mprox_dns_query &query) {
    return !query.name_len || !query.is_host || matches(query, "use-application-dns.net") || matches(query, "*.arpa");
}

Source source_of(const mprox_dns_query &query, const Query &found) {
    const bool is_ours = is_local(query) || matches(query, "use-application-dns.net");
    if (found.mode == MUTEX_PROXY_DNS_NONE)
        return Source::packet;
    if (!found.resolver.empty() && !is_ours)
        return Source::asked;
    if (found.resolver.empty() && found.mode == MUTEX_PROXY_DNS_DIRECT)
        return Source::direct;
    if (found.mode == MUTEX_PROXY_DNS_BLOCK)
        return Source::none;
    return is_local(query) ? Source::loopback : is_nobody(query) ? Source::none : Source::fake;
}

Address first_of(const mprox::Cidr &range) {
    auto address = range.network;
    address.bytes[address.family == AF_INET ? 3 : 15] |= 1;
    return address;
}

/// The addresses that the program gets to know, as far as they are known here.
std::vector<Address> addresses_of(const Plan &plan, const Query &query, const std::string &name, const Here &here) {
    switch (query.source) {
    case Source::hosts:
        return here.in_hosts(name);
    case Source::loopback:
        return {*mprox::parse_address("127.0.0.1"), *mprox::parse_address("::1")};
    case Source::fake:
        if (query.ipv6)
            return {first_of(plan.fake_range(AF_INET)), first_of(plan.fake_range(AF_INET6))};
        return {first_of(plan.fake_range(AF_INET))};
    default:
        return {};
    }
}

bool is_exempt(const Plan &plan, std::uint32_t uid) {
    return std::any_of(plan.exempt.begin(), plan.exempt.end(), [&](const auto &one) {
        return one.kind == MUTEX_PROXY_EXEMPT_UID && one.id == uid;
    });
}

} // namespace

Result<Query> explain_query(const Plan &plan, const std::string &name, const Here &here) {
    Query found;
    if (!here.in_hosts(name).empty()) {
        found.source = Source::hosts;
        return found;
    }
    const auto query = query_for(name);
    if (!query)
        return query.error();
    found.rule = find_rule(plan, *query);
    found.mode = found.rule ? plan.dns_rules[*found.rule].mode : plan.dns.mode;
    found.resolver = plan.resolver_of(found.rule);
    const bool own = found.rule && plan.dns_rules[*found.rule].resolver_family;
    found.through_proxy = found.mode == MUTEX_PROXY_DNS_PROXY && (own || !plan.asks_directly());
    found.ipv6 = plan.dns.flags & MUTEX_PROXY_DNS_IPV6 || !has_ipv4_server(plan);
    found.source = source_of(*query, found);
    return found;
}

std::optional<Fate> Explanation::fate() const {
    if (is_exempt)
        return Fate::direct;
    if (ways.empty())
        return Fate::refused;
    const bool same = std::all_of(ways.begin(), ways.end(), [&](const auto &way) {
        return way.fate == ways.front().fate && way.unless.empty();
    });
    return same ? std::optional<Fate>(ways.front().fate) : std::nullopt;
}

Result<Explanation> explain(const Plan &plan, const Destination &to, const Here &here) {
    Explanation said{.to = to};
    said.is_exempt = is_exempt(plan, here.uid);
    if (said.is_exempt)
        return said;
    if (to.name.empty()) {
        said.ways.push_back(explain_address(plan, to, to.address, false, here));
        return said;
    }
    auto query = explain_query(plan, to.name, here);
    if (!query)
        return query.error();
    said.query = *query;
    const auto source = query->source;
    for (const auto &address : addresses_of(plan, *query, to.name, here))
        said.ways.push_back(explain_address(plan, to, address, source == Source::fake, here));
    if (source == Source::asked || source == Source::direct || source == Source::packet)
        for (const int family : {AF_INET, AF_INET6})
            said.ways.push_back(explain_any(plan, to, family));
    return said;
}
