// SPDX-License-Identifier: GPL-2.0-or-later
// Where events are written to: the one place that does it.
#pragma once

#include "event.hpp"
#include "event_filter.hpp"

/// What of it mprox-run says by itself, on the standard error.
enum class Say { nothing, first, failures, everything };

/// What is done with events; every descriptor is somebody else's.
struct EventOutputs {
    int terminal = -1; ///< the standard error
    Say say = Say::nothing;
    int log = -1; ///< a file or, if @p log_is_terminal, the standard error once more
    bool json = false;
    bool log_is_terminal = false;
    int journal = -1;
    mprox::EventFilter filter = {}; ///< of log and journal

    /// Bits for struct mutex_proxy_events; 0: all.
    [[nodiscard]] std::uint32_t kinds() const;
};

/// Has a program not got what it wanted? Not: it has given up by itself, or sent what is no
/// connection.
bool is_failure(const mprox::Event &event);

/// Is it the proxy, and neither the destination nor what is done here, that a connection
/// has failed for?
bool is_proxys_failure(const mprox::Event &event);

class EventPrinter {
  public:
    explicit EventPrinter(const EventOutputs &outputs) : to_(outputs) {}

    /// One write for each line.
    void print(mprox::Event event);

    /// The standard error is not ours any more.
    void leave_terminal();

    /// Nothing is left to be written, whatever happens.
    [[nodiscard]] bool is_done() const;
    [[nodiscard]] bool has_terminal() const { return to_.say != Say::nothing || to_.log_is_terminal; }

  private:
    void say(const mprox::Event &event);

    EventOutputs to_;
    mprox::EventJoiner joiner_;
};
