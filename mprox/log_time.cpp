// SPDX-License-Identifier: GPL-2.0-or-later
#include "log_time.hpp"

#include <chrono>
#include <ctime>
#include <optional>
#include <regex>

using mprox::Error;
using mprox::Result;

namespace {

/// Nobody means more than a hundred years.
constexpr std::int64_t kMost = 100LL * 366 * 86400;

std::string time_text(std::int64_t seconds, const std::string &fraction) {
    const auto time = static_cast<std::time_t>(seconds);
    std::tm parts = {};
    gmtime_r(&time, &parts);
    char text[64];
    std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
    return text + ("." + (fraction + "000000").substr(0, 6)) + "Z";
}

std::optional<std::int64_t> ago(const std::string &text) {
    static const std::regex shape("([0-9]{1,9})([smhd])");
    std::smatch match;
    if (!std::regex_match(text, match, shape))
        return {};
    const char unit = *match[2].first;
    const auto seconds = std::stoll(match[1]) * (unit == 's' ? 1 : unit == 'm' ? 60 : unit == 'h' ? 3600 : 86400);
    return seconds <= kMost ? std::optional(seconds) : std::nullopt;
}

/// Nothing: there is no such day or time of day.
std::optional<std::int64_t> seconds_of(const std::smatch &match) {
    const auto number = [&](int group) { return match[group].matched ? std::stoi(match[group]) : 0; };
    const std::chrono::year_month_day day{std::chrono::year(number(1)), std::chrono::month(static_cast<unsigned>(number(2))),
                                          std::chrono::day(static_cast<unsigned>(number(3)))};
    if (!day.ok() || number(4) > 23 || number(5) > 59 || number(6) > 59)
        return {};
    return std::chrono::sys_days(day).time_since_epoch().count() * 86400LL + number(4) * 3600 + number(5) * 60 + number(6);
}

} // namespace

bool is_log_time(std::string_view text) {
    constexpr std::string_view shape = "0000-00-00T00:00:00.000000Z";
    if (text.size() != shape.size())
        return false;
    for (std::size_t i = 0; i < shape.size(); i++)
        if (shape[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != shape[i])
            return false;
    return true;
}

Result<std::string> parse_log_time(const std::string &text, std::int64_t now) {
    static const std::regex shape("([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\\.([0-9]{1,6}))?)?)?Z?");
    if (const auto seconds = ago(text))
        return time_text(now - *seconds, "");
    std::smatch match;
    const auto seconds = std::regex_match(text, match, shape) ? seconds_of(match) : std::nullopt;
    if (!seconds)
        return Error{"'" + text + "' is no time", "say 2026-11-30, or 2026-11-30T13:41:15, of UTC as in the log, or how long ago: 90s, 30m, 2h, 7d"};
    return time_text(*seconds, match[7]);
}
