// SPDX-License-Identifier: GPL-2.0-or-later
// mprox log: a report for people, in JSON and with commas.
#pragma once

#include <cstdint>

#include "log_report.hpp"

/// What was read, and how much of the report is wanted.
struct LogRead {
    std::size_t files = 0;
    std::uint64_t lines = 0;
    std::uint64_t no_events = 0;   ///< lines that are none
    std::string first_no_event;    ///< "FILE:17"
    std::uint64_t left_out = 0;    ///< events that were not asked for
    std::size_t most = 10;         ///< rows of each table
    Rank rank = Rank::connections;
};

/// "3 lines are no events, and are left out: FILE:17 is the first"
std::string no_events_text(const LogRead &read);

std::string text_of(const LogReport &report, const LogRead &read);
Json json_of(const LogReport &report, const LogRead &read);
std::string csv_of(const LogReport &report, const LogRead &read);
