// SPDX-License-Identifier: GPL-2.0-or-later
// Which events are told, live or of a log.
#pragma once

#include <array>
#include <nlohmann/json_fwd.hpp>
#include <string_view>
#include <vector>

#include "event.hpp"
#include "result.hpp"

namespace mprox {

/// The keys of an event in JSON that a filter may name.
inline constexpr std::array<std::string_view, 29> kFilterKeys = {
    "time", "monotonic", "kind",     "context", "flow", "pid",  "process", "uid",   "program",
    "executable", "destination", "name", "port", "protocol", "server", "hop", "rule", "type",
    "errno", "reason",   "text",     "status",  "attempts", "rtt_us", "duration_ms", "bytes_sent", "bytes_received",
    "figure", "limit"};

class EventFilter {
  public:
    /// The kinds of that name: "failed".
    Status take_kinds(const std::vector<std::string> &words);

    /// "notice": kinds that are worth as much, or more. "error", "warning", "notice", "info",
    /// "debug", as syslog(3) has them.
    Status take_level(const std::string &word);

    /// "server=192.0.2.1:* reason!=port": all of them hold. A "*" stands for any octets, a
    /// "?" for one; what an event does not say is empty.
    Status take_terms(const std::string &text);

    /// LOST is always told.
    [[nodiscard]] bool matches(const Event &event) const;

    /// What json_of() has made of one.
    [[nodiscard]] bool matches(const nlohmann::ordered_json &event) const;

    /// Bits for struct mutex_proxy_events: of what is told, and what it is joined from; 0:
    /// all. Nothing is told: an error.
    [[nodiscard]] Result<std::uint32_t> kernel_kinds() const;

  private:
    [[nodiscard]] bool has_kind(unsigned kind) const;
    [[nodiscard]] bool has_terms(const nlohmann::ordered_json &event) const;

    struct Term {
        std::string key;
        std::string pattern;
        bool differs;
    };

    std::uint32_t kinds_ = ~0U;
    std::vector<Term> terms_;
};

} // namespace mprox
