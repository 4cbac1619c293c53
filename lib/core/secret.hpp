// SPDX-License-Identifier: GPL-2.0-or-later
// Passwords: what must not be seen, nor stay in memory.
#pragma once

#include <cstring>
#include <string>
#include <string_view>

namespace mprox {

/// Overwrites what was in @p text, and empties it.
inline void wipe(std::string &text) {
    explicit_bzero(text.data(), text.size());
    text.clear();
}

/// A proxy's URL, or what somebody took for one, in quotes for a message: the scheme,
/// the host and the port are shown, and whatever else could be a password is not.
std::string masked(std::string_view text);

/// Can everybody on this machine read the file?
bool is_readable_by_others(const std::string &path);

} // namespace mprox
