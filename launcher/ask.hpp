// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "result.hpp"

/// Asks for a password on the terminal, which does not show it.
mprox::Result<std::string> ask_password(const std::string &question);
