// SPDX-License-Identifier: GPL-2.0-or-later
// The far end of datagrams. On UDP port kEcho each is sent back. On kCounted
// they are counted, and one of a single octet is answered by how many there
// were. On the SOCKS port it is the relay of an association, and both of them
// behind it, so that no relay hides what the way to it costs.
#pragma once

#include <string>

#include "net.h"

namespace bench {

// Begins threads that never end.
void mirror_datagrams(const std::string &address, uint16_t relay_port);

} // namespace bench
