// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <linux/mutex_proxy.h>

namespace mprox {
Result<std::string> parse_context_name(std::string_view text) {
    const bool printable = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
    if (text.empty() || text.size() > MUTEX_PROXY_MAX_CONTEXT_NAME || !printable)
        return Error{"'" + std::string(text) + "' is no name for a context",
                     "use 1 to " + std::to_string(MUTEX_PROXY_MAX_CONTEXT_NAME) +
                         " letters, digits or signs of ASCII, and no blank"};
    return std::string(text);
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

namespace {
constexpr std::array kUdpModes = {"block", "proxy", "direct"};
} // namespace

Result<Udp> parse_udp(std::string_view text) {
    const auto found = std::find(kUdpModes.begin(), kUdpModes.end(), text);
    if (found != kUdpModes.end())
        return static_cast<Udp>(found - kUdpModes.begin());
    return Error{"unknown udp mode '" + std::string(text) + "'", "use block, proxy or direct"};
}

std::string_view name_of(Udp udp) { return kUdpModes.at(static_cast<std::size_t>(udp)); }

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

double seconds_of(std::uint32_t milliseconds) { return milliseconds / 1000.0; }

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
