// SPDX-License-Identifier: GPL-2.0-or-later
// Which words of the command line are ours, and which are COMMAND's.
#pragma once

#include <CLI/CLI.hpp>

#include "result.hpp"

/// Where our words end: at "--", or at the first one that is neither an option nor an
/// option's value. CLI11's own way (prefix_command) takes an option that it does not
/// know for the beginning of COMMAND, and all behind it for COMMAND's arguments. Here
/// it is an error that names it.
mprox::Result<int> end_of_options(const CLI::App &app, int argc, char **argv);

/// Overwrites the values of the options with these names where ps(1) reads them: not
/// every process of ours calls exec, and who does may take its time.
void hide_values(const CLI::App &app, int end, char **argv, const std::vector<std::string> &names);

/// The help of @p app, whose usage line names COMMAND.
std::shared_ptr<CLI::Formatter> help_formatter();
