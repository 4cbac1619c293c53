// SPDX-License-Identifier: GPL-2.0-or-later
// Address families of socket(2), by name.
#pragma once

#include <string>
#include <string_view>

#include "result.hpp"

namespace mprox {

/// "vsock", "AF_VSOCK" or a number.
Result<int> parse_family(std::string_view text);
/// "vsock"; the number where none is known.
std::string name_of_family(int family);

} // namespace mprox
