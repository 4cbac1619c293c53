// SPDX-License-Identifier: GPL-2.0-or-later
// --strict: what a program could do to have others speak to the network for it, as far
// as a filter of its system calls can tell.
#pragma once

#include <vector>

#include "result.hpp"

/// From now on this process, and all that it starts, has the filter; nothing takes it
/// away. Without CAP_SYS_ADMIN no_new_privs is set as well: the kernel wants that.
/// @p allowed: address families of socket(), besides those of IP, Unix and netlink.
mprox::Status become_strict(const std::vector<int> &allowed);
