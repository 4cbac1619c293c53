// SPDX-License-Identifier: GPL-2.0-or-later
// A program, as a user runs it.
#pragma once

#include <array>
#include <cstdio>
#include <string>
#include <sys/wait.h>

struct Outcome {
    int status;
    std::string output; ///< stdout and stderr
};

/// No configuration of this machine, and no proxy of this session.
inline Outcome shell(const std::string &command) {
    const auto line = "unset ALL_PROXY all_proxy NO_PROXY no_proxy MPROX_FD MPROX_PROFILE XDG_CONFIG_HOME; HOME=/nonexistent; export HOME; { " +
                      command + "; } 2>&1";
    FILE *pipe = popen(line.c_str(), "r");
    Outcome outcome{};
    std::array<char, 256> buffer{};
    while (std::fgets(buffer.data(), buffer.size(), pipe))
        outcome.output += buffer.data();
    outcome.status = WEXITSTATUS(pclose(pipe));
    return outcome;
}
