// SPDX-License-Identifier: GPL-2.0-or-later
// mprox version: do the programs and the module that is loaded belong together?
#pragma once

#include "module.hpp"
#include "output.hpp"

struct Versions {
    std::string program = MPROX_VERSION;
    Module module = {};
};

/// "same", "differs", or "not loaded".
std::string verdict_of(const Versions &versions);

/// What to do about it; empty: nothing.
std::string advice_for(const Versions &versions);

Json json_of(const Versions &versions);
std::string text_of(const Versions &versions);
