// SPDX-License-Identifier: GPL-2.0-or-later
// As mprox_policy_verdict() and mprox_policy_explain() put together what kmod/rules says.
#include "explain.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

extern "C" {
#include "dns.h"
#include "match.h"
}

#include "hop.hpp"

using mprox::Address;
using mprox::Plan;

namespace {

bool is_hop(const mutex_proxy_server &server) { return (server.flags & MUTEX_PROXY_SERVER_HOP) != 0; }

mprox_destination destination_of(const Destination &to, const Address &address) {
    return {static_cast<u16>(address.family), to.proto, to.port, address.bytes.data()};
}

bool is_server(const Plan &plan, const Destination &to, const Address &address) {
    return to.proto == IPPROTO_TCP &&
           std::any_of(plan.servers.begin(), plan.servers.end(), [&](const auto &server) {
               return !is_hop(server) && server.family == address.family && server.port == to.port &&
                      std::memcmp(server.addr, address.bytes.data(), sizeof(server.addr)) == 0;
           });
}

/// One rule that is the range, and so is in it what that rule is about.
bool is_fake(const Plan &plan, const Destination &to, const Address &address) {
    const auto range = plan.fake_range(address.family);
    mutex_proxy_rule rule = {};
    rule.family = static_cast<__u16>(range.network.family);
    rule.prefix = range.prefix;
    std::copy(range.network.bytes.begin(), range.network.bytes.end(), rule.addr);
    const auto destination = destination_of(to, address);
    return range.network.family && mprox_match_rule(&rule, &destination);
}

using Rules = std::vector<mutex_proxy_rule>;

bool is_query(const Plan &plan, const Rules &rules, const mprox_destination &to) {
    return plan.dns.mode != MUTEX_PROXY_DNS_NONE && (to.proto == IPPROTO_UDP || to.proto == IPPROTO_TCP) &&
           to.port == MPROX_DNS_PORT && !mprox_match_names_port(rules.data(), static_cast<u32>(rules.size()), &to);
}

std::optional<std::size_t> find_rule(const Rules &rules, const mprox_destination &to) {
    const u32 found = mprox_match_find(rules.data(), static_cast<u32>(rules.size()), &to);
    return found ? std::optional<std::size_t>(found - 1) : std::nullopt;
}

mprox_target target_of(const Way &way, const Destination &to) {
    mprox_target target = {way.family == AF_INET6, 0, to.port, {}, nullptr};
    if (way.address)
        std::memcpy(target.addr, way.address->bytes.data(), sizeof(target.addr));
    if (way.stands_for_name) {
        target.name = reinterpret_cast<const u8 *>(to.name.data());
        target.name_len = static_cast<u8>(to.name.size());
    }
    return target;
}

/// Can the conversation be written down? Datagrams have a relay, which is asked for otherwise.
bool leads(const Plan &plan, const Candidate &server, const Way &way, const Destination &to) {
    std::vector<mprox_hop> hops(server.hops);
    for (std::size_t i = 0; i < hops.size(); i++) {
        hops[i].protocol = protocol_of(plan.servers[server.at + i]);
        hops[i].to = i + 1 < hops.size() ? target_of(plan.servers[server.at + i + 1]) : target_of(way, to);
    }
    if (to.proto == IPPROTO_UDP) {
        hops.back().command = MPROX_COMMAND_ASSOCIATE;
        hops.back().to = {};
    }
    mprox_talk talk = {};
    return mprox_talk_init(&talk, hops.data(), hops.size(), false, nullptr, 0) > 0;
}

std::vector<Candidate> candidates_of(const Plan &plan, const Way &way, const Destination &to) {
    std::vector<Candidate> all;
    for (std::size_t i = 0; i < plan.servers.size(); i++)
        if (is_hop(plan.servers[i]))
            all.back().hops++;
        else
            all.push_back({all.size(), i});
    for (auto &one : all)
        one.leads = leads(plan, one, way, to);
    std::stable_partition(all.begin(), all.end(),
                          [&](const Candidate &one) { return plan.servers[one.at].family == way.family; });
    return all;
}

void refuse(Way &way, unsigned reason, int error) {
    way.fate = Fate::refused;
    way.reason = reason;
    way.error = error;
}

void block(Way &way, const Destination &to) {
    refuse(way, MUTEX_PROXY_REASON_BLOCKED, to.proto == IPPROTO_TCP ? ECONNREFUSED : EPERM);
}

/// It goes through the proxy if that can be.
void carry(Way &way, const Plan &plan, const Destination &to) {
    way.reason = way.rule ? MUTEX_PROXY_REASON_BY_RULE : 0;
    if (to.proto == IPPROTO_UDP && !plan.udp)
        return refuse(way, MUTEX_PROXY_REASON_PROTOCOL, EPERM);
    way.servers = candidates_of(plan, way, to);
    if (std::none_of(way.servers.begin(), way.servers.end(), [](const auto &one) { return one.leads; }))
        refuse(way, MUTEX_PROXY_REASON_NO_SERVER, ENETUNREACH);
}

/// @p direct: why, where no rule says it.
void conclude(Way &way, u32 verdict, unsigned direct, const Plan &plan, const Destination &to) {
    switch (verdict) {
    case MUTEX_PROXY_VERDICT_DIRECT:
        way.fate = Fate::direct;
        way.reason = way.rule ? MUTEX_PROXY_REASON_BY_RULE : direct;
        return;
    case MUTEX_PROXY_VERDICT_BLOCK:
        return block(way, to);
    default:
        return carry(way, plan, to);
    }
}

} // namespace

Way explain_address(const Plan &plan, const Destination &to, const Address &address, bool named, const Here &here) {
    Way way{.family = address.family, .address = address, .stands_for_name = named};
    const auto destination = destination_of(to, address);
    if (is_server(plan, to, address)) {
        way.fate = Fate::direct;
        way.reason = MUTEX_PROXY_REASON_IS_SERVER;
        return way;
    }
    if (is_query(plan, plan.rules, destination)) {
        way.fate = Fate::query;
        return way;
    }
    way.rule = find_rule(plan.rules, destination);
    const bool local = plan.local && !way.rule && here.stays(address);
    u32 verdict = mprox_match_verdict(plan.rules.data(), static_cast<u32>(plan.rules.size()), &destination, local);
    const bool fake = is_fake(plan, to, address);
    if (fake && verdict == MUTEX_PROXY_VERDICT_DIRECT) {
        verdict = MUTEX_PROXY_VERDICT_PROXY; // it means nothing to anybody but us
        way.rule.reset();
    }
    if (fake && !named && verdict == MUTEX_PROXY_VERDICT_PROXY) {
        refuse(way, MUTEX_PROXY_REASON_NO_NAME, EHOSTUNREACH);
        return way;
    }
    const bool anywhere = mprox_match_reach(destination.family, destination.addr) == MPROX_REACH_ANYWHERE;
    conclude(way, verdict, anywhere ? MUTEX_PROXY_REASON_LOCAL : MUTEX_PROXY_REASON_BUILTIN, plan, to);
    return way;
}

Way explain_any(const Plan &plan, const Destination &to, int family) {
    Way way{.family = family};
    const auto address = *mprox::parse_address(family == AF_INET ? "192.0.2.1" : "2001:db8::1"); // RFC 5737, 3849
    const auto destination = destination_of(to, address);
    Rules rules; // without their networks
    std::vector<std::size_t> numbers;
    for (std::size_t i = 0; i < plan.rules.size(); i++) {
        auto rule = plan.rules[i];
        if (rule.family && rule.family != family)
            continue;
        rule.family = 0;
        rule.prefix = 0;
        if (!plan.rules[i].prefix) {
            rules.push_back(rule);
            numbers.push_back(i);
        } else if (mprox_match_rule(&rule, &destination)) {
            way.unless.push_back(i);
        }
    }
    if (is_query(plan, rules, destination)) {
        way.fate = Fate::query;
        return way;
    }
    const auto found = find_rule(rules, destination);
    if (found) {
        way.rule = numbers[*found];
        std::erase_if(way.unless, [&](std::size_t i) { return i > *way.rule; });
    }
    conclude(way, found ? rules[*found].verdict : MUTEX_PROXY_VERDICT_PROXY, 0, plan, to);
    return way;
}
