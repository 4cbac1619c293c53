// SPDX-License-Identifier: GPL-2.0-or-later
// Where profiles are. A program with raised privileges sees the system's only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "profile.hpp"
#include "result.hpp"

namespace mprox {

/// The folders of profiles, first match first.
std::vector<std::string> profile_folders();

/// A name ("firefox") or a path (with a slash, or ending in .toml).
Result<std::string> find_profile(const std::string &name);

/// /etc/mprox/mprox.toml, if it is there.
std::optional<std::string> default_config();

/// The profile whose `match` or file name names @p program; nothing if none.
Result<std::optional<Profile>> profile_of_program(const std::string &program);

/// The proxy of ALL_PROXY or all_proxy, if set.
Result<std::optional<ProxyUrl>> proxy_of_environment();

} // namespace mprox
