// SPDX-License-Identifier: GPL-2.0-or-later
// A plan as the profile that says the same.
#pragma once

#include "plan.hpp"

namespace mprox {

/// What the kernel has a default for, and has, is not said. Logins and headers that are not
/// told (secrets_of) are missing; networks that are bypassed, and UDP that goes direct, are
/// rules. What no profile can say is a note. Whether it is locked, and its name, are the
/// context's own, and not said.
Profile profile_of(const Plan &plan);

/// The elements of the plan's servers whose login or headers are not told.
std::vector<std::size_t> withheld_of(const Plan &plan);

} // namespace mprox
