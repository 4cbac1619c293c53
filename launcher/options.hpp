// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "event_filter.hpp"
#include "profile_options.hpp"
#include "result.hpp"

/// The command line, as far as it is ours.
struct Options : Wanted {
    std::string dns_log;      ///< a file, or "-"; empty: none
    std::string log;          ///< a file, "-" or "journal"; empty: none
    bool log_is_json = false;
    mprox::EventFilter log_filter; ///< what of it is logged
    std::optional<int> fail_status; ///< instead of COMMAND's, if the proxy has failed
    std::string end;          ///< the scope to end, and nothing else
    bool list = false;        ///< tell the scopes, and nothing else
    std::string user;         ///< whose COMMAND is; empty: ours
    bool check = false;
    bool dry_run = false;
    bool json = false;         ///< with dry_run
    bool preload = false;
    bool no_preload = false;
    bool quiet = false;
    int verbose = 0;
    char **command = nullptr; ///< argv's own tail, NULL-terminated

    int exit_code = -1; ///< not negative: --help or --version has been served
};

mprox::Result<Options> parse_options(int argc, char **argv);

/// All layers, the options above.
mprox::Result<mprox::Profile> gather(const Options &options);

/// --bind without the library by which it works.
mprox::Status check_preload(const Options &options);
