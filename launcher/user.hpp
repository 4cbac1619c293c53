// SPDX-License-Identifier: GPL-2.0-or-later
// --user: COMMAND is another user's, and the context stays root's.
#pragma once

#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "result.hpp"

struct User {
    std::string name;
    std::string home;
    std::string shell;
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> groups;
};

/// @p name: of passwd, or a number that is there; empty: no user. An error if we are
/// not root, or if that is root.
mprox::Result<std::optional<User>> find_user(const std::string &name);

/// This process is @p user's from now on: user and group, supplementary groups, no
/// capability, and in the environment HOME, USER, LOGNAME and SHELL.
mprox::Status become_user(const User &user);
