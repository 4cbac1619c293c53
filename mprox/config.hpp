// SPDX-License-Identifier: GPL-2.0-or-later
// mprox config: each of its commands is in a file config_*.cpp.
#pragma once

#include <string>

#include "command.hpp"
#include "profile.hpp"

void add_validate(CLI::App &app, Task &task);
void add_show(CLI::App &app, Task &task);
void add_diff(CLI::App &app, Task &task);
void add_format(CLI::App &app, Task &task);
void add_backup(CLI::App &app, Task &task);
void add_restore(CLI::App &app, Task &task);
void add_import(CLI::App &app, Task &task);
void add_migrate(CLI::App &app, Task &task);

/// A name with a slash, or with an ending that a configuration has.
bool is_file_name(const std::string &name);

/// What mprox-run would have: for a program of that name ("": for one that no profile
/// speaks of), or of a file alone (-f).
mprox::Result<mprox::Profile> settings_of(const std::string &app_or_file);

/// Warns of what it says, and has less of an effect than one may think.
void warn_of(const mprox::Profile &profile);

/// What the kernel would refuse of it. Names are not resolved for that.
mprox::Status check_plan(mprox::Profile profile);
