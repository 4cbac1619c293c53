// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "dns_url.hpp"
#include "result.hpp"

struct Options {
    mprox::DnsUrl url;
    std::string ca;           ///< a file; empty: the system's certificates
    std::uint16_t port = 0;   ///< 0: any
    int listen_fd = -1;       ///< instead of a port
    int context_fd = -1;      ///< end with its scope
    int exit_on_close = -1;   ///< end when its other end is closed
    bool syslog = false;
    bool quiet = false;
    int verbose = 0;

    int exit_code = -1; ///< not negative: --help or --version has been served
};

mprox::Result<Options> parse_options(int argc, char **argv);
