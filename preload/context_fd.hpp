// SPDX-License-Identifier: GPL-2.0-or-later
// The descriptor of our context, kept out of the program's way.
//
// The kernel's tree scope does not depend on it: a program that closes it by a
// raw system call stays in scope. It is kept for statistics, and so that a
// program that closes every descriptor does not meet one it did not open.
#pragma once

namespace mprox_auto {

/// -1 until there is one.
int context_fd();
void set_context_fd(int fd);

} // namespace mprox_auto
