// SPDX-License-Identifier: GPL-2.0-or-later
// --list and --end: contexts by their names and numbers.
#pragma once

#include <string>

#include "result.hpp"

/// A line for each context that the caller may know of, to the standard output.
mprox::Status print_contexts();

/// Ends the scope of that name or number, and says so.
mprox::Status end_context(const std::string &which);

/// A name for the context of a program: the last part of its path, as far as a name can
/// have it; empty: no part of it can.
std::string context_name_of(const std::string &command);
