// SPDX-License-Identifier: GPL-2.0-or-later
// Descriptors that go from one process to another.
#pragma once

#include <span>
#include <vector>

#include "fd.hpp"

/// One message with these descriptors. False: nobody takes it.
bool send_fds(int sock, std::span<const int> fds);

/// What one message has brought; nothing if there is none.
std::vector<mprox::Fd> receive_fds(int sock);
