// SPDX-License-Identifier: GPL-2.0-or-later
// A profile as the table of a file that says the same.
#pragma once

#include <toml++/toml.h>

#include "profile.hpp"

namespace mprox {

/// What is secret: "***" stands for it if it is hidden.
enum class Secrets { hidden, shown };

toml::table write_profile(const Profile &profile, Secrets secrets);

} // namespace mprox
