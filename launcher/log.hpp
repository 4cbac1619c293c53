// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "options.hpp"

/// To standard error, as much as -q and -v ask for.
void set_up_log(const Options &options);
