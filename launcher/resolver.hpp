// SPDX-License-Identifier: GPL-2.0-or-later
// Names that are resolved without a packet of the program's own: by whom, and
// which programs libmprox_auto.so cannot keep from it.
#pragma once

#include <string>

#include "nsswitch.hpp"

/// Whom glibc's resolver asks on this machine, for a person to read; empty if
/// it asks nobody but by packets.
std::string daemon_asked_for_names(const std::string &nsswitch = mprox::kNsswitch,
                                   const std::string &nscd_socket = "/var/run/nscd/socket");

/// Why a program does not load libmprox_auto.so.
struct Obstacle {
    std::string why;      ///< empty: it does
    bool harmful = false; ///< it may not start with it, either
};

/// @p program: a file; that of a script is its interpreter.
Obstacle obstacle_in(const std::string &program);

/// As execvp() finds it; the name itself if it does not.
std::string find_program(const std::string &name);
