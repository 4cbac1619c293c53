// SPDX-License-Identifier: GPL-2.0-or-later
// mprox stats: the counters of contexts.
#pragma once

#include "scopes.hpp"

struct Counted {
    Context context = {};
    mutex_proxy_stats statistics = {};
};

/// "bytes_sent", ... as struct mutex_proxy_stats has them
Json json_of(const mutex_proxy_stats &statistics);
Json json_of(const Counted &counted);
std::string text_of(const std::vector<Counted> &all);
std::string csv_of(const std::vector<Counted> &all);

/// OpenMetrics 1.0, the text format, up to its "# EOF".
std::string openmetrics_of(const std::vector<Counted> &all);

mprox::Result<mutex_proxy_stats> read_statistics(const Context &context, int fd);
