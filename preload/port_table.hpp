// SPDX-License-Identifier: GPL-2.0-or-later
// Which of the program's sockets have a port on the proxy, and where.
//
// Nobody tells us when a descriptor is closed, so an entry holds for a number
// and the inode that it had then. Fixed memory; the oldest entry makes room.
// Never waits for its lock: the program may call from a signal handler, or from
// a child forked while another thread held it.
#pragma once

#include <array>
#include <cstddef>
#include <mutex>
#include <optional>
#include <sys/socket.h>
#include <sys/types.h>

namespace mprox_auto {

struct Port {
    int fd = -1;
    ino_t inode = 0;
    sockaddr_storage at = {}; ///< family 0: it cannot have one, do not ask again
};

class PortTable {
  public:
    static constexpr std::size_t kSize = 64;

    std::optional<Port> find(int fd, ino_t inode) {
        const std::unique_lock lock(mutex_, std::try_to_lock);
        for (const auto &port : ports_)
            if (lock && port.fd == fd && port.inode == inode)
                return port;
        return {};
    }

    void put(const Port &port) {
        const std::unique_lock lock(mutex_, std::try_to_lock);
        if (!lock)
            return;
        for (auto &old : ports_)
            if (old.fd == port.fd) {
                old = port;
                return;
            }
        ports_[next_++ % kSize] = port;
    }

  private:
    std::mutex mutex_;
    std::array<Port, kSize> ports_;
    std::size_t next_ = 0;
};

} // namespace mprox_auto
