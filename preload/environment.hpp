// SPDX-License-Identifier: GPL-2.0-or-later
// What of the environment has to reach every program below us.
#pragma once

#include <cstddef>

namespace mprox_auto {

/// At program start, single-threaded: remembers LD_PRELOAD and MPROX_*.
void remember_environment();

/// The number of our descriptor, for programs below us; -1: there is none.
void publish_context_fd(int fd);

/// How many pointers complete_environment() may write for @p envp.
std::size_t completed_size(char *const envp[]);

/// @p envp with what is missing of ours added, into @p out. Neither allocates
/// nor locks: it runs between vfork() and exec, too.
void complete_environment(char *const envp[], char **out);

} // namespace mprox_auto
