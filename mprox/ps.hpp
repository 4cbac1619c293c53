// SPDX-License-Identifier: GPL-2.0-or-later
// mprox ps: the contexts, and what one of them says of itself.
#pragma once

#include <optional>

#include "fdinfo.hpp"
#include "scopes.hpp"
#include "stats.hpp"

/// All that is told of one context.
struct Details {
    Context context = {};
    std::string user;                                   ///< of context.uid
    std::optional<Statistics> statistics = {};          ///< nothing: it cannot be opened
    Fdinfo info = {};
    std::string why = {};                               ///< it cannot
};

/// Keys that every context has, and those of Details besides.
std::vector<std::string> context_keys();
Json json_of(const Context &context, const std::string &user);
Json json_of(const Details &details);

std::string text_of(const std::vector<Details> &contexts);
std::string details_text_of(const Details &details);

/// Those that are in force: the others are disabled.
bool is_in_force(const Context &context);
