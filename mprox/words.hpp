// SPDX-License-Identifier: GPL-2.0-or-later
// Measures for people.
#pragma once

#include <cstdint>
#include <string>

/// "0.412 ms"
std::string milliseconds_text(std::uint64_t microseconds);

/// "3.2 s", "4:05 min", "2:00:09 h", "3 d"
std::string age_text(std::uint64_t nanoseconds);

/// "999", "1.5K", "240M": K is 1024. At most five characters.
std::string octets_text(std::uint64_t octets);

/// "key          value" and the end of the line: values of several lines stand in a column.
std::string line_of(const std::string &key, const std::string &value);
