// SPDX-License-Identifier: GPL-2.0-or-later
// mprox set and end: what is done to a context from outside.
#pragma once

#include <functional>

#include "scopes.hpp"

enum class Change { enable, disable, name, policy, alerts };

/// What has nobody to hold it would be over as soon as it is disabled.
mprox::Status check_change(const Context &context, Change change, const std::string &name);

mprox::Error explain_change(const Context &context, Change change, int error);

/// What is to be done to a scope: the words of the command line say it before any scope is
/// looked for.
using Make = std::function<mprox::Status(const Context &context, int fd)>;
using Words = std::vector<std::string>;

// Each takes the words behind its own.
mprox::Result<Make> make_alerts(const Words &words);
mprox::Result<Make> make_server(const Words &words);
mprox::Result<Make> make_add_server(const Words &words);
mprox::Result<Make> make_policy(const Words &words);
