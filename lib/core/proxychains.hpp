// SPDX-License-Identifier: GPL-2.0-or-later
// The configuration file of proxychains(-ng), read as a profile.
#pragma once

#include <string>

#include "profile.hpp"
#include "result.hpp"

namespace mprox {

/// By its name (proxychains*.conf) or by a line "[ProxyList]".
bool is_proxychains(const std::string &path);

/// What cannot be honoured is an error that names file, line and reason; what
/// means less here than there becomes a note of the profile.
Result<Profile> load_proxychains(const std::string &path);

} // namespace mprox
