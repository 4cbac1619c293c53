// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace mprox {
namespace {

template <typename T> void overlay(std::optional<T> &base, const std::optional<T> &over) {
    if (over)
        base = over;
}

template <typename T> void replace(std::vector<T> &base, const std::vector<T> &over) {
    if (!over.empty())
        base = over;
}

template <typename T> void put_first(std::vector<T> &base, const std::vector<T> &over) {
    base.insert(base.begin(), over.begin(), over.end());
}

} // namespace

Profile merge(Profile base, const Profile &over) {
    // It speaks of a list of proxies, and so goes with it.
    if (over.chain || !over.proxies.empty())
        base.chain = over.chain;
    replace(base.proxies, over.proxies);
    overlay(base.strategy, over.strategy);
    overlay(base.attempt_ms, over.attempt_ms);
    overlay(base.fail_ms, over.fail_ms);
    overlay(base.rounds, over.rounds);
    overlay(base.pipeline, over.pipeline);
    overlay(base.fastopen, over.fastopen);
    overlay(base.bind, over.bind);
    overlay(base.bind_ms, over.bind_ms);
    overlay(base.udp, over.udp);
    overlay(base.udp_relay, over.udp_relay);
    overlay(base.route, over.route);
    overlay(base.probe_ms, over.probe_ms);
    overlay(base.scope, over.scope);
    overlay(base.dns, over.dns);
    // One of the two at most: whom to ask.
    if (over.dns_server || over.dns_url) {
        base.dns_server = over.dns_server;
        base.dns_url = over.dns_url;
    }
    overlay(base.dns_ca, over.dns_ca);
    overlay(base.dns_server_direct, over.dns_server_direct);
    overlay(base.dns_ipv6, over.dns_ipv6);
    overlay(base.dns_records, over.dns_records);
    overlay(base.dns_ttl, over.dns_ttl);
    overlay(base.fake4, over.fake4);
    overlay(base.fake6, over.fake6);
    put_first(base.dns_rules, over.dns_rules);
    overlay(base.on_failure, over.on_failure);
    overlay(base.handshake_ms, over.handshake_ms);
    put_first(base.bypass, over.bypass);
    put_first(base.rules, over.rules);
    replace(base.match, over.match);
    put_first(base.exempt_uids, over.exempt_uids);
    put_first(base.exempt_pids, over.exempt_pids);
    put_first(base.notes, over.notes);
    return base;
}

Result<Scope> parse_scope(std::string_view text) {
    if (text == "tree")
        return Scope::tree;
    if (text == "process")
        return Scope::process;
    if (text == "global")
        return Scope::global;
    return Error{"unknown scope '" + std::string(text) + "'", "use tree, process or global"};
}

Result<Udp> parse_udp(std::string_view text) {
    constexpr std::array names = {"block", "proxy", "direct"};
    const auto found = std::find(names.begin(), names.end(), text);
    if (found != names.end())
        return static_cast<Udp>(found - names.begin());
    return Error{"unknown udp mode '" + std::string(text) + "'", "use block, proxy or direct"};
}

Result<std::uint32_t> parse_timeout(double seconds) {
    if (!(seconds >= 0.1 && seconds <= 600))
        return Error{"a time-out must lie between 0.1 and 600 seconds", ""};
    return static_cast<std::uint32_t>(std::lround(seconds * 1000));
}

Result<std::uint32_t> parse_interval(double seconds) {
    if (!(seconds >= 1 && seconds <= 3600))
        return Error{"must lie between 1 and 3600 seconds", ""};
    return static_cast<std::uint32_t>(std::lround(seconds * 1000));
}

namespace {
constexpr std::array kStrategies = {"failover",          "round-robin", "random",           "weighted",
                                    "least-connections", "hash-source", "hash-destination", "least-latency"};
} // namespace

Result<Strategy> parse_strategy(std::string_view text) {
    const auto found = std::find(kStrategies.begin(), kStrategies.end(), text);
    if (found != kStrategies.end())
        return static_cast<Strategy>(found - kStrategies.begin());
    std::string names;
    for (const auto *name : kStrategies)
        names += (names.empty() ? "" : ", ") + std::string(name);
    return Error{"unknown strategy '" + std::string(text) + "'", "use one of " + names};
}

std::string_view name_of(Strategy strategy) { return kStrategies.at(static_cast<std::size_t>(strategy)); }

std::string_view name_of(Scope scope) {
    switch (scope) {
    case Scope::process:
        return "process";
    case Scope::global:
        return "global";
    default:
        return "tree";
    }
}

std::string_view name_of(Verdict verdict) {
    switch (verdict) {
    case Verdict::proxy:
        return "proxy";
    case Verdict::block:
        return "block";
    default:
        return "direct";
    }
}

} // namespace mprox
