// SPDX-License-Identifier: GPL-2.0-or-later
// A file that is there as a whole, or as it was before.
#pragma once

#include <string>
#include <sys/types.h>

#include "result.hpp"

/// Whose a file is to be; nothing that is said of it changes what it cannot.
struct Owner {
    uid_t uid = static_cast<uid_t>(-1);
    gid_t gid = static_cast<gid_t>(-1);
};

/// Puts @p text in the place of @p path, or of what that links to. Missing folders are made.
mprox::Status replace_file(const std::string &path, const std::string &text, mode_t mode, Owner owner = {});

/// Makes @p path, which must not be there.
mprox::Status create_file(const std::string &path, const std::string &text, mode_t mode);
