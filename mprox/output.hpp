// SPDX-License-Identifier: GPL-2.0-or-later
// The one place that prints.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "result.hpp"

/// Keys stay in the order in which they are set.
using Json = nlohmann::ordered_json;

enum class Colour { none, green, yellow, red };

/// @p text in that colour if the standard output is a terminal.
std::string coloured(std::string_view text, Colour colour);

/// One line: what and what to do.
std::string one_line(const mprox::Error &error);

/// On the standard error, behind the program's name.
void print_error(const mprox::Error &error);
void print_warning(const std::string &text);

/// On the standard output. False: it cannot be written.
bool print(const std::string &text);
bool print(const Json &json);
