// SPDX-License-Identifier: GPL-2.0-or-later
// mprox show: what a scope does, in the words of a profile.
#pragma once

#include "in_force.hpp"

/// TOML, with remarks for what it cannot say.
std::string text_of(const InForce &shown);
Json json_of(const InForce &shown);
