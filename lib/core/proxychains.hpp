// SPDX-License-Identifier: GPL-2.0-or-later
// The configuration file of proxychains(-ng), read as a profile.
#pragma once

#include <string>

#include "profile.hpp"
#include "result.hpp"

namespace mprox {

/// By its name (proxychains*.conf) or by a line "[ProxyList]".
bool is_proxychains(const std::string &path);

/// What becomes of what cannot be honoured.
enum class Unfit {
    refused, ///< an error that names file, line and reason
    noted    ///< left out with a note of the profile that does
};

/// What means less here than there becomes a note of the profile; with Unfit::noted
/// also what only means something else.
Result<Profile> load_proxychains(const std::string &path, Unfit unfit = Unfit::refused);

} // namespace mprox
