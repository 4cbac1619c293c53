// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "options.hpp"
#include "plan.hpp"
#include "result.hpp"

/// libmprox_auto.so into the environment of COMMAND, if somebody asks for it, or
/// if names would be resolved past the kernel's sight without it. It warns when
/// they will be all the same.
mprox::Status set_up_preload(const Options &options, const mprox::Plan &plan);
