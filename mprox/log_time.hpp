// SPDX-License-Identifier: GPL-2.0-or-later
// Points of time, as logs and users write them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "result.hpp"

/// Does it look as the key "time" of an event? Those are in order as strings are.
bool is_log_time(std::string_view text);

/// "2026-11-30", "2026-11-30T13:41", "2026-11-30 13:41:15.5Z", all of UTC, or how long before
/// @p now, in seconds since 1970: "90s", "30m", "2h", "7d". As the key "time" has it.
mprox::Result<std::string> parse_log_time(const std::string &text, std::int64_t now);
