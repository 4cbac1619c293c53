// SPDX-License-Identifier: GPL-2.0-or-later
// The policy that a scope has now.
#pragma once

#include "policy_plan.hpp"
#include "scopes.hpp"

struct InForce {
    Context context = {};
    mprox::Fd fd = {};
    mprox::Plan plan = {};
};

/// Of the scope of that name or number.
mprox::Result<InForce> read_in_force(const std::string &which);

/// "scope:NAME" stands for one where a file or a program could, too. Nothing: it is none.
std::optional<std::string> scope_word_of(const std::string &word);

/// A sentence that names the servers whose login or headers are not told; empty: there is
/// none.
std::string withheld_text(const mprox::Plan &plan);
