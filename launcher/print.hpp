// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "plan.hpp"

/// What --dry-run says, on the standard output; returns the exit status.
int print_plan(const mprox::Plan &plan, char **command, bool json);
