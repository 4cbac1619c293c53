// SPDX-License-Identifier: GPL-2.0-or-later
// From a plan to an enabled context of the calling process.
#pragma once

#include "fd.hpp"
#include "plan.hpp"
#include "result.hpp"

namespace mprox {

/// The descriptor is inherited over exec, and its number is a high one, out of
/// the way of programs that expect the low ones.
Result<Fd> apply(Plan &plan);

/// Does @p fd stand for a proxy context? errno is left alone.
bool is_context(int fd);

} // namespace mprox
