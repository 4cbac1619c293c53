// SPDX-License-Identifier: GPL-2.0-or-later
// Where configuration is. A program with raised privileges sees the system's only.
#pragma once

#include <string>
#include <vector>

#include "profile.hpp"
#include "result.hpp"

namespace mprox {

/// The folders of profiles, first match first.
std::vector<std::string> profile_folders();

/// A name ("firefox") or a path (with a slash, or ending in .toml).
Result<std::string> find_profile(const std::string &name);

/// Those of mprox.toml and conf.d/*.toml that are there, the system's and the user's,
/// the lowest layer first.
std::vector<std::string> default_configs();

/// All files that are read unasked, for whatever program.
std::vector<std::string> all_configs();

/// Where all of that is. The user's is empty if he has none.
struct Folders {
    std::string system;
    std::string user;
};
Folders config_folders();

/// The profile of a program.
struct Found {
    std::string path; ///< empty: there is none
    Profile profile;
    std::vector<std::string> notes; ///< of profiles that cannot be read
};

/// The first one whose `match` or file name names @p program.
Result<Found> profile_of_program(const std::string &program);

} // namespace mprox
