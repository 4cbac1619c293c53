// SPDX-License-Identifier: GPL-2.0-or-later
// Statistics as metrics: docs/STATISTICS.md has the names.
#pragma once

#include "stats.hpp"

enum class MetricsFormat {
    openmetrics, ///< OpenMetrics 1.0, the text format, up to its "# EOF"
    prometheus   ///< Prometheus' own text format, version 0.0.4
};

std::string metrics_of(const std::vector<Counted> &all, MetricsFormat format);

/// Under names of their own, so that nothing is added up twice.
std::string metrics_of_namespace(const Statistics &statistics, std::uint64_t netns, MetricsFormat format);
