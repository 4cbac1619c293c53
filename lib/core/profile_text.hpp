// SPDX-License-Identifier: GPL-2.0-or-later
// A profile's table as a file: all that is in it, in the order of mprox-profile(5).
#pragma once

#include <functional>
#include <string>
#include <toml++/toml.h>

namespace mprox {

/// What is said behind a key of a TOML file, as a comment; empty: nothing.
using Remark = std::function<std::string(std::string_view key)>;

std::string to_toml(const toml::table &table, const Remark &remark = {});
std::string to_json(const toml::table &table);

/// One value as TOML has it, on one line.
std::string to_toml_value(const toml::node &node);

/// The keys of a table: those of @p within ("" for the file itself, "server") that are
/// known in their order, then all others by name.
std::vector<std::string> ordered_keys(const toml::table &table, std::string_view within);

} // namespace mprox
