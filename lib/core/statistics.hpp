// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel has counted, for people and for programs.
#pragma once

#include <linux/mutex_proxy.h>
#include <span>
#include <string>

namespace mprox {

using ServerStatistics = std::span<const mutex_proxy_server_statistics>;

/// One object, in one line. docs/STATISTICS.md has its keys.
std::string json_of(const mutex_proxy_statistics &sums, ServerStatistics servers);

/// Several lines, each with a newline.
std::string text_of(const mutex_proxy_statistics &sums, ServerStatistics servers);

/// Microseconds below which @p bucket of a histogram counts; the last one has no bound.
std::uint64_t bucket_bound(unsigned bucket);

/// Below what so many percent of the ways were there, microseconds; 0: there was none. As
/// exact as the buckets are.
std::uint64_t latency_percentile(const mutex_proxy_statistics &sums, unsigned percent);

} // namespace mprox
