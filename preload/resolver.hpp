// SPDX-License-Identifier: GPL-2.0-or-later
// The program's own resolver, kept to what the kernel sees.
#pragma once

#include "result.hpp"

namespace mprox_auto {

/// From here on glibc resolves names of hosts by files and by packets of this
/// process. Before there is a second thread.
mprox::Status keep_resolver_to_packets();

} // namespace mprox_auto
