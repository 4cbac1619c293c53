// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "plan.hpp"
#include "result.hpp"

/// What --dry-run says, on the standard output; returns the exit status.
int print_plan(const mprox::Plan &plan, char **command, bool json);

/// What --check found of one server: asked for, and so said by default, "ok", too.
void print_checked(const std::string &server, const mprox::Status &status);
