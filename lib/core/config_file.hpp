// SPDX-License-Identifier: GPL-2.0-or-later
// A file that somebody calls a configuration: which kind it is, and what it says.
#pragma once

#include <optional>
#include <string>

#include "profile.hpp"
#include "result.hpp"

namespace mprox {

/// A profile in TOML, or a configuration of proxychains. One of another program is an
/// error that says what it is and what to write instead.
Result<Profile> load_config(const std::string &path);

/// What is said of a configuration of torsocks, tsocks or redsocks; nothing if it is
/// none of them.
std::optional<Error> explain_foreign(const std::string &path);

} // namespace mprox
