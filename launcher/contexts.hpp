// SPDX-License-Identifier: GPL-2.0-or-later
// --list and --end: contexts by their names and numbers.
#pragma once

#include <linux/mutex_proxy.h>
#include <string>
#include <vector>

#include "result.hpp"

/// "tree", "process", "global"
const char *scope_word(const mutex_proxy_context &context);

/// "enabled", "locked", "sealed", "disabled"
const char *state_word(const mutex_proxy_context &context);

/// The one that has that name or number.
mprox::Result<mutex_proxy_context> find_context(const std::vector<mutex_proxy_context> &contexts,
                                                const std::string &which);

/// A line for each context that the caller may know of, to the standard output.
mprox::Status print_contexts();

/// Ends the scope of that name or number, and says so.
mprox::Status end_context(const std::string &which);

/// A name for the context of a program: the last part of its path, as far as a name can
/// have it; empty: no part of it can.
std::string context_name_of(const std::string &command);
