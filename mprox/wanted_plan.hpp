// SPDX-License-Identifier: GPL-2.0-or-later
// A plan by the options of mprox-run, for subcommands that have some of them.
#pragma once

#include "command.hpp"
#include "plan.hpp"
#include "profile_options.hpp"

/// The options and what they have said: must outlive the command line.
struct PlanOptions {
    ProfileOptions options = {};
    std::string program = {}; ///< whose name profiles match
    const CLI::App *command = nullptr;

    /// Declares -x, -p, -f, --program and what of the table has one of the keys.
    void add(CLI::App &to, std::span<const std::string_view> keys);
    /// What mprox-run would tell the kernel. Notes are warnings.
    mprox::Result<mprox::Plan> plan();
};
