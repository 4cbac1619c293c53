// SPDX-License-Identifier: GPL-2.0-or-later
#include "context_fd.hpp"

#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

#include "environment.hpp"
#include "real.hpp"

namespace mprox_auto {
namespace {

std::atomic<int> context{-1};

Real<int(int)> real_close{"close"};
Real<int(unsigned, unsigned, int)> real_close_range{"close_range"};
Real<int(int, int)> real_dup2{"dup2"};
Real<int(int, int, int)> real_dup3{"dup3"};

/// Somebody wants our number: we take another one.
void make_way(int wanted) {
    const int fd = context.load();
    if (fd < 0 || fd != wanted)
        return;
    const int saved = errno;
    const int moved = fcntl(fd, F_DUPFD, fd + 1);
    // If there is no other number, the program's wish comes first: the scope
    // does not need the descriptor.
    context.store(moved);
    publish_context_fd(moved);
    errno = saved;
}

/// All of [first, last] but ours.
int close_around(unsigned first, unsigned last, int flags) {
    const int fd = context.load();
    const auto ours = static_cast<unsigned>(fd);
    if (fd < 0 || ours < first || ours > last)
        return real_close_range.get()(first, last, flags);
    int result = 0;
    if (ours > first)
        result = real_close_range.get()(first, ours - 1, flags);
    if (result == 0 && ours < last)
        result = real_close_range.get()(ours + 1, last, flags);
    return result;
}

} // namespace

int context_fd() { return context.load(); }
void set_context_fd(int fd) { context.store(fd); }

} // namespace mprox_auto

using namespace mprox_auto;

MPROX_EXPORT int close(int fd) {
    if (fd >= 0 && fd == context_fd()) {
        errno = EBADF; // it was never the program's
        return -1;
    }
    return real_close.get()(fd);
}

MPROX_EXPORT int close_range(unsigned first, unsigned last, int flags) {
    return close_around(first, last, flags);
}

MPROX_EXPORT void closefrom(int first) {
    close_around(first < 0 ? 0 : static_cast<unsigned>(first), ~0U, 0);
}

MPROX_EXPORT int dup2(int from, int to) {
    if (from != to)
        make_way(to);
    return real_dup2.get()(from, to);
}

MPROX_EXPORT int dup3(int from, int to, int flags) {
    if (from != to)
        make_way(to);
    return real_dup3.get()(from, to, flags);
}
