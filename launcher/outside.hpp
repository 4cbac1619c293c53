// SPDX-License-Identifier: GPL-2.0-or-later
// What COMMAND would have done by somebody who is not in the scope: a server that runs
// already, or a daemon.
#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

#include "user.hpp"

/// Where it is looked for such.
struct Surroundings {
    std::string proc = "/proc";
    std::string home;
    std::string tmux;   ///< the folder of tmux's sockets: "/tmp/tmux-1000"
    std::string screen; ///< the folder of screen's: "/run/screen/S-me"
    bool container_host = false; ///< podman speaks to a service
};

/// What to say to the user; empty: nothing is known of it. @p program: COMMAND's file.
std::string who_is_outside(const std::vector<std::string> &command, const std::string &program,
                           const Surroundings &around);

/// Where it is on this machine. @p user: whose; nullptr: ours.
Surroundings surroundings_of(const User *user);

/// Says it of this machine. @p user: whose COMMAND will be; nullptr: ours.
void warn_of_outside(char **command, const User *user);
