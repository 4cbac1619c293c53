// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "plan.hpp"
#include "result.hpp"

/// Speaks to every proxy of the plan up to the password (RFC 1928, 1929), from
/// this process, before it is in scope. Five seconds each.
mprox::Status check_proxies(const mprox::Plan &plan);
