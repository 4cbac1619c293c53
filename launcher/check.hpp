// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "plan.hpp"
#include "result.hpp"

/// Connects to every server of the plan, from this process, before it is in
/// scope; a SOCKS5 one is spoken to up to the password (RFC 1928, 1929). Hops
/// behind the first are not reached. Five seconds for each answer.
mprox::Status check_proxies(const mprox::Plan &plan);
