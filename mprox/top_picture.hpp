// SPDX-License-Identifier: GPL-2.0-or-later
// What mprox top knows: contexts and connections with their rates, and what has failed.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "event.hpp"
#include "scopes.hpp"

/// A context at one time.
struct Sample {
    Context context = {};
    std::uint64_t at_ns = 0; ///< CLOCK_MONOTONIC
    mutex_proxy_stats statistics = {};
    std::vector<mprox::Event> flows;
};

/// All of them, one after the other.
using Snapshot = std::vector<Sample>;

/// Octets in a second, or nothing: nobody has looked before.
struct Rate {
    std::optional<std::uint64_t> sent = {};
    std::optional<std::uint64_t> received = {};

    [[nodiscard]] std::uint64_t sum() const { return sent.value_or(0) + received.value_or(0); }
};

struct FlowNow {
    mprox::Event event;
    std::string scope; ///< the context's name, or its number
    Rate rate;
};

struct ScopeNow {
    std::uint32_t id = 0;
    std::string name; ///< as FlowNow has it
    mutex_proxy_stats statistics = {};
    std::size_t handshakes = 0;
    Rate rate;
};

struct Picture {
    std::vector<ScopeNow> scopes;
    std::vector<FlowNow> flows;
};

/// "web", or "7" of a context without a name.
std::string short_label_of(const Context &context);

/// @p now, with what has gone through since @p before.
Picture compare(const Snapshot &before, const Snapshot &now);

/// What has failed since it was asked for.
class Failures {
  public:
    static constexpr std::size_t kBound = 1000;

    using Counts = std::map<std::string, std::uint64_t>; ///< by reason

    struct One {
        mprox::Event event;
        std::string scope;
    };

    /// Attempts, failures and refusals; others are of no interest.
    static std::uint32_t kinds();
    void take(const mprox::Event &event, const std::string &scope);

    /// Connections and datagrams that have failed: an attempt is none. Of that context alone, or all.
    [[nodiscard]] Counts counts(std::optional<std::uint32_t> context = {}) const;

    /// The last @p kBound, attempts included, the latest first.
    [[nodiscard]] const std::deque<One> &recent() const { return recent_; }

    /// Events that nobody has read in time: there may have been failures among them.
    [[nodiscard]] std::uint64_t lost() const { return lost_; }

    /// Counts of contexts that have ended are those of nobody.
    void forget_all_but(const std::set<std::uint32_t> &present);

  private:
    std::map<std::uint32_t, Counts> counts_;
    std::deque<One> recent_;
    std::uint64_t lost_ = 0;
};
