// SPDX-License-Identifier: GPL-2.0-or-later
// Who reads what happens in the scope while the program runs: for --log, for -v, and for
// the line about the first failure.
#pragma once

#include <optional>
#include <string>

#include "event_printer.hpp"
#include "fd.hpp"
#include "options.hpp"
#include "result.hpp"

/// A process that reads the events. It is made before the context, so that it is not in its
/// scope, holds nothing of it but the events, and ends with it. It is nobody's child:
/// COMMAND is this very process.
class EventLog {
  public:
    /// Nothing: -q, and no --log.
    static mprox::Result<std::optional<EventLog>> start(const Options &options);

    /// The reader gets the events of @p context, and watches this process, which becomes
    /// COMMAND: when that ends it leaves the standard error alone, whoever else is left in
    /// the scope.
    mprox::Status hand_over(int context);

  private:
    EventLog(mprox::Fd reader, std::uint32_t kinds, bool asked)
        : reader_(std::move(reader)), kinds_(kinds), asked_(asked) {}

    mprox::Fd reader_;
    std::uint32_t kinds_;
    bool asked_; ///< --log is given: not to have events is worth a word
};

/// Descriptors that say what is to be done; -1: none.
struct EventInputs {
    int events = -1;
    int command = -1;      ///< a pidfd: a moment after that process has ended the terminal is left
    int moved = -1;        ///< a signalfd: the log's file was moved away
    int log = -1;          ///< then @p path is opened as this one
    std::string path = {}; ///< empty: it is not
};

/// Prints what @p from.events tells until it ends.
void print_events(const EventInputs &from, EventPrinter printer);

/// The events of @p context, without waiting. A module that has none is errno ENOTTY.
mprox::Fd open_events(int context, std::uint32_t kinds);

/// What open_events() has failed for. @p asked: it is an error, but for an old module's.
mprox::Status no_events(const std::string &option, bool asked);
