// SPDX-License-Identifier: GPL-2.0-or-later
// Readers of the events of several contexts.
#pragma once

#include <map>
#include <poll.h>
#include <set>
#include <vector>

#include "event.hpp"
#include "scopes.hpp"

/// They keep no scope alive.
class EventReaders {
  public:
    /// @p kinds: as in struct mutex_proxy_events.
    explicit EventReaders(std::uint32_t kinds);

    /// One more, if that was not tried before.
    mprox::Status add(const Context &context);

    /// Of contexts that have ended nothing is kept but the end of their events.
    void forget_all_but(const std::set<std::uint32_t> &present);

    [[nodiscard]] bool has_tried(std::uint32_t id) const { return tried_.contains(id); }
    [[nodiscard]] bool is_empty() const { return readers_.empty(); }

    /// What has happened, in order, and joined; at the latest after @p milliseconds (-1: never)
    /// or if something is to be said of @p other (its descriptor may be -1).
    std::vector<mprox::Event> wait(int milliseconds, pollfd &other);
    std::vector<mprox::Event> wait(int milliseconds);

    /// @p event, with what earlier records of its connection tell.
    void join(mprox::Event &event) { joiner_.join(event); }

  private:
    std::uint32_t kinds_;
    std::map<std::uint32_t, mprox::Fd> readers_; ///< by the context's number
    std::set<std::uint32_t> tried_;
    mprox::EventJoiner joiner_;
};
