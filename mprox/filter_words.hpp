// SPDX-License-Identifier: GPL-2.0-or-later
// The words of the command line that choose events.
#pragma once

#include "command.hpp"
#include "event_filter.hpp"

struct FilterWords {
    std::vector<std::string> kinds;
    std::vector<std::string> filters;
    std::string level;
};

/// --filter
void add_filter(CLI::App &command, FilterWords &words);

/// --kinds and --level
void add_kinds(CLI::App &command, FilterWords &words);

mprox::Result<mprox::EventFilter> filter_of(const FilterWords &words);
