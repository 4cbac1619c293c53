// SPDX-License-Identifier: GPL-2.0-or-later
// What a log of events comes to.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "durations.hpp"
#include "output.hpp"

/// What has happened to connections that have something in common.
struct Group {
    std::uint64_t connections = 0; ///< that are proxied, or have failed
    std::uint64_t failed = 0;
    std::uint64_t attempts = 0; ///< that have failed
    std::uint64_t refused = 0;
    std::uint64_t direct = 0;
    std::uint64_t closed = 0;
    std::uint64_t bytes_sent = 0; ///< of what is closed
    std::uint64_t bytes_received = 0;
    Durations handshakes; ///< of those that are proxied

    void add(const Json &event);
    Group &operator+=(const Group &other);

    [[nodiscard]] std::uint64_t bytes() const { return bytes_sent + bytes_received; }
};

enum class Rank { connections, octets };

/// Groups by name, of a bounded number.
class Groups {
  public:
    struct Named {
        std::string name;
        Group group;
    };

    explicit Groups(std::size_t bound) : bound_(bound) {}

    /// What has no @p name is left out.
    void add(const std::string &name, const Json &event);

    /// The first @p most of them; those with more failures, refusals and direct ones if @p rank
    /// makes no difference.
    [[nodiscard]] std::vector<Named> first(std::size_t most, Rank rank) const;

    /// All that first() does not tell, and how many of them are known.
    [[nodiscard]] Group others(std::size_t most, Rank rank) const;
    [[nodiscard]] std::size_t count() const { return groups_.size(); }

    /// Have there been more than are known? They are among the others.
    [[nodiscard]] bool has_overflown() const { return has_overflown_; }

  private:
    std::size_t bound_;
    std::map<std::string, Group> groups_;
    Group rest_; ///< those that came when there were @p bound_
    bool has_overflown_ = false;
};

class LogReport {
  public:
    /// Names of each sort that are kept apart.
    static constexpr std::size_t kBound = 20000;

    explicit LogReport(std::size_t bound = kBound) : destinations(bound), servers(bound), programs(bound), reasons(bound) {}

    void add(const Json &event);

    std::uint64_t events = 0;
    std::uint64_t lost = 0; ///< that were overwritten before they were read
    std::string from;       ///< the first and the last time
    std::string to;
    std::map<std::string, std::uint64_t> kinds;
    Group all;
    Groups destinations;
    Groups servers;
    Groups programs;
    Groups reasons; ///< of what has failed or was refused
};

/// Is it an object as each line of a log has one (EVENTS.md)?
bool is_log_event(const Json &json);
