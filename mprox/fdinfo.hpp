// SPDX-License-Identifier: GPL-2.0-or-later
// What a context's descriptor says of itself in /proc/self/fdinfo.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// One proxy of a chain.
struct Hop {
    std::string type;    ///< "socks5", "socks4", "http"
    std::string address; ///< with its port; a name for one behind the first
};

/// A line "server:". What it does not say, as another version may not, is not there.
struct ServerLine {
    std::vector<Hop> chain;
    std::optional<std::uint64_t> connections; ///< now
    std::optional<std::uint64_t> failures;    ///< in a row
    std::optional<std::uint64_t> latency_us;  ///< 0: not known yet
};

struct Fdinfo {
    std::vector<ServerLine> servers;
    std::map<std::string, std::uint64_t> dns;     ///< queries, by what they came to
    std::map<std::string, std::uint64_t> refused; ///< packets, by their protocol
};

/// Lines and words that are not known are left out.
Fdinfo parse_fdinfo(std::string_view text);

/// Of a descriptor of this process.
Fdinfo read_fdinfo(int fd);
