// SPDX-License-Identifier: GPL-2.0-or-later
// mprox set and end: what is done to a context from outside.
#pragma once

#include "scopes.hpp"

/// "disable", "enable" or "name".
enum class Change { enable, disable, name };

/// What has nobody to hold it would be over as soon as it is disabled.
mprox::Status check_change(const Context &context, Change change, const std::string &name);

mprox::Error explain_change(const Context &context, Change change, int error);
