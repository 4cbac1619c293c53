// SPDX-License-Identifier: GPL-2.0-or-later
#include "set_alerts.hpp"

#include <array>
#include <cerrno>
#include <limits>

#include "address.hpp"
#include "mprox.h"
#include "similar.hpp"

using mprox::Error;
using mprox::Result;
using mprox::Status;

namespace {

constexpr std::uint32_t kWindow = 10000; // milliseconds, if none is said
constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();

enum class Unit { number, time, size };

struct Key {
    std::string_view word;
    Unit unit = Unit::number;
    std::uint32_t mutex_proxy_alerts::*to = nullptr; ///< nullptr: bytes_per_second
    std::uint64_t low = 1;                           ///< milliseconds of a time, octets of a size
    std::uint64_t high = kMost;
    std::string_view bounds = "1 or more";
    bool is_limit = true;
};
// struct mutex_proxy_alerts has the bounds.
constexpr std::array kKeys = {
    Key{"failed", Unit::number, &mutex_proxy_alerts::failed},
    Key{"failed-percent", Unit::number, &mutex_proxy_alerts::failed_percent, 1, 100, "1 to 100"},
    Key{"latency", Unit::time, &mutex_proxy_alerts::latency_ms, 1, kMost, "1ms or more"},
    Key{"bandwidth", Unit::size, nullptr, 1, std::numeric_limits<std::uint64_t>::max(), "1 or more"},
    Key{"servers-down", Unit::number, &mutex_proxy_alerts::servers_down, 1, MUTEX_PROXY_MAX_SERVERS, "1 to 256"},
    Key{"min-connects", Unit::number, &mutex_proxy_alerts::min_connects, 1, kMost, "1 or more", false},
    Key{"window", Unit::time, &mutex_proxy_alerts::window_ms, 1000, 600000, "1s to 10min", false},
    Key{"clear", Unit::number, &mutex_proxy_alerts::clear_percent, 1, 100, "1 to 100", false},
};

/// "2s" is 2000, "10M" is 10485760; empty: no such number.
std::string in_units(std::string text, Unit unit) {
    static const CLI::AsNumberWithUnit times(std::map<std::string, std::uint64_t>{{"ms", 1}, {"s", 1000}, {"min", 60000}},
                                             CLI::AsNumberWithUnit::UNIT_REQUIRED);
    static const CLI::AsSizeValue sizes(false);
    try {
        const auto error = unit == Unit::time ? times(text) : unit == Unit::size ? sizes(text) : std::string();
        return error.empty() ? text : "";
    } catch (const CLI::ValidationError &) {
        return "";
    }
}

Result<std::uint64_t> value_of(const Key &key, const std::string &text) {
    static constexpr std::array kForms = {"a number", "a number with ms, s or min behind it",
                                          "a number of octets in a second, with K, M or G behind it or nothing"};
    std::uint64_t value = 0;
    if (!mprox::parse_number(in_units(text, key.unit), key.low, key.high, value))
        return Error{std::string(key.word) + "=" + text + ": no such limit",
                     std::string("write ") + kForms.at(static_cast<std::size_t>(key.unit)) + ", " + std::string(key.bounds)};
    return value;
}

Status take(mutex_proxy_alerts &alerts, const std::string &word) {
    const auto equals = word.find('=');
    const auto name = word.substr(0, equals);
    std::vector<std::string> known;
    for (const auto &key : kKeys) {
        known.emplace_back(key.word);
        if (name != key.word || equals == std::string::npos)
            continue;
        const auto value = value_of(key, word.substr(equals + 1));
        if (!value)
            return value.error();
        if (key.to)
            alerts.*key.to = static_cast<std::uint32_t>(*value);
        else
            alerts.bytes_per_second = *value;
        return mprox::ok();
    }
    return Error{"'" + word + "' is no limit for an alert",
                 mprox::did_you_mean(name, known, "write LIMIT=NUMBER, as failed=5 or latency=2s; or off")};
}

bool has_limit(const mutex_proxy_alerts &alerts) {
    bool has = alerts.bytes_per_second != 0;
    for (const auto &key : kKeys)
        has = has || (key.is_limit && key.to && alerts.*key.to);
    return has;
}

} // namespace

Result<mutex_proxy_alerts> parse_alerts(const Words &words) {
    mutex_proxy_alerts alerts = {};
    alerts.size = sizeof(alerts);
    if (words == Words{"off"})
        return alerts;
    for (const auto &word : words)
        if (auto status = take(alerts, word); !status)
            return status.error();
    if (!has_limit(alerts))
        return Error{"no limit is named for an alert", "write LIMIT=NUMBER, as failed=5 or latency=2s; or off"};
    if (alerts.min_connects && !alerts.failed_percent)
        return Error{"min-connects has no effect without failed-percent", "add failed-percent, or leave it out"};
    if (!alerts.window_ms)
        alerts.window_ms = kWindow;
    return alerts;
}

Result<Make> make_alerts(const Words &words) {
    const auto alerts = parse_alerts(words);
    if (!alerts)
        return alerts.error();
    return Make([alerts = *alerts](const Context &context, int fd) {
        return mprox_alerts(fd, &alerts) == 0 ? mprox::ok() : Status(explain_change(context, Change::alerts, errno));
    });
}
