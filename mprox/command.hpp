// SPDX-License-Identifier: GPL-2.0-or-later
// A subcommand is a file with a function Add of its own, and a line in main.cpp.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "result.hpp"

// As diff(1) and cmp(1) have them.
enum Exit {
    fine = 0,
    found = 1, ///< something is wrong, or differs
    failed = 2 ///< it could not be found out, or not be done
};

/// What the words of the command line ask for. Its exit status, or why it failed.
using Task = std::function<mprox::Result<int>()>;

/// Adds a subcommand to @p app, which sets @p task when it was named.
using Add = void (*)(CLI::App &app, Task &task);

/// Lets @p add declare the options of the new subcommand.
CLI::App *add_command(CLI::App &app, const std::string &name, const std::string &help);

/// The option --json.
void add_json(CLI::App &command, bool &json);

void add_check(CLI::App &app, Task &task);
void add_config(CLI::App &app, Task &task);
void add_doctor(CLI::App &app, Task &task);
void add_end(CLI::App &app, Task &task);
void add_events(CLI::App &app, Task &task);
void add_explain(CLI::App &app, Task &task);
void add_log(CLI::App &app, Task &task);
void add_names(CLI::App &app, Task &task);
void add_ps(CLI::App &app, Task &task);
void add_servers(CLI::App &app, Task &task);
void add_set(CLI::App &app, Task &task);
void add_show_scope(CLI::App &app, Task &task);
void add_ss(CLI::App &app, Task &task);
void add_stats(CLI::App &app, Task &task);
void add_top(CLI::App &app, Task &task);
void add_version(CLI::App &app, Task &task);
