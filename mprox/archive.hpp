// SPDX-License-Identifier: GPL-2.0-or-later
// All of a configuration in one file: what mprox config backup and restore speak of.
#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

#include "paths.hpp"
#include "result.hpp"

/// A file of the configuration. Passwords may be in it.
struct Kept {
    bool of_user = false; ///< else of the system
    std::string name;     ///< below its folder: "profiles/curl.toml"
    mode_t mode = 0600;
    std::string owner = {}; ///< by name; of the system's alone
    std::string group = {};
    std::string text = {};

    [[nodiscard]] std::string path(const mprox::Folders &folders) const;
};

struct Archive {
    std::vector<Kept> files;
};

/// What is there.
mprox::Result<Archive> collect(const mprox::Folders &folders);

std::string to_text(const Archive &archive);
mprox::Result<Archive> parse_archive(const std::string &path, const std::string &text);

/// May who restores write the user's files, if there are any?
mprox::Status check_user(const Archive &archive, const mprox::Folders &folders);

/// Reads each profile as mprox-run would when all files are in place. Each error by itself.
std::vector<mprox::Error> check(const Archive &archive, const mprox::Folders &folders);

/// Puts the files in place, one after the other; those alone that differ.
/// @p done: their paths, also when it fails.
mprox::Status put_back(const Archive &archive, const mprox::Folders &folders, std::vector<std::string> &done);

/// What is there and not in the archive: it stays.
std::vector<std::string> not_in(const Archive &archive, const Archive &present, const mprox::Folders &folders);
