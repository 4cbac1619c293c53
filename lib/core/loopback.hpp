// SPDX-License-Identifier: GPL-2.0-or-later
// TCP on 127.0.0.1, where nobody but this machine reaches it.
#pragma once

#include <cstdint>

#include "fd.hpp"

namespace mprox {

/// A socket that listens, does not block, and is closed by exec(). Port 0: any. Empty:
/// see errno.
Fd listen_on_loopback(std::uint16_t port);

/// The port of an IPv4 socket; 0: it has none.
std::uint16_t port_of(int fd);

} // namespace mprox
