// SPDX-License-Identifier: GPL-2.0-or-later
// Descriptors that go from one process to another.
#pragma once

#include <span>
#include <vector>

#include "fd.hpp"

/// One message with these descriptors. False: nobody takes it.
bool send_fds(int sock, std::span<const int> fds);

/// A process that outlives who made it keeps @p fds, at 3 and up, and of the standard ones
/// at most the error: whoever reads what a program writes does not wait for the process. One
/// of @p fds that is -1 is /dev/null. False: errno says why.
bool keep_only(std::span<const int> fds, bool has_terminal);

/// What one message has brought; nothing if there is none.
std::vector<mprox::Fd> receive_fds(int sock);
