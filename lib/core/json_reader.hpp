// SPDX-License-Identifier: GPL-2.0-or-later
// A file in TOML or JSON as a table, and where each of its values stands.
#pragma once

#include <string>
#include <toml++/toml.h>
#include <unordered_map>

#include "result.hpp"

namespace mprox {

struct Document {
    toml::table table;
    /// Of values that are from JSON; those of TOML know it themselves.
    std::unordered_map<const toml::node *, toml::source_position> positions;

    [[nodiscard]] toml::source_position where(const toml::node &node) const {
        const auto found = positions.find(&node);
        return found == positions.end() ? node.source().begin : found->second;
    }
};

/// JSON if the first character that is no blank is '{', else TOML. @p path is for errors.
Result<Document> parse_document(const std::string &path, const std::string &text);

bool is_json(const std::string &text);

/// The whole of a file.
Result<std::string> read_file(const std::string &path);

} // namespace mprox
