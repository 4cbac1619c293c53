// SPDX-License-Identifier: GPL-2.0-or-later
// mprox stats: what was counted, of contexts and of a network namespace.
#pragma once

#include "scopes.hpp"

struct Statistics {
    mutex_proxy_statistics sums = {};
    std::vector<mutex_proxy_server_statistics> servers; ///< in the order of the policy
};

struct Counted {
    Context context = {};
    Statistics statistics;
};

/// docs/STATISTICS.md has the keys.
Json json_of(const Statistics &statistics);
/// With the context's number, name and user in front.
Json json_of(const Counted &counted);

/// A line for each; of one that is named all there is.
std::string text_of(const std::vector<Counted> &all);
std::string details_text_of(const Counted &counted);

/// Of the keys those that are numbers.
std::string csv_of(const std::vector<Counted> &all);

mprox::Result<Statistics> read_statistics(const Context &context, int fd);
