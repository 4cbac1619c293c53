// SPDX-License-Identifier: GPL-2.0-or-later
#include "listener.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/socket.h>

#include "loopback.hpp"

using mprox::Error;
using mprox::Fd;
using mprox::Result;

Result<Fd> listen_on(std::uint16_t port) {
    auto fd = mprox::listen_on_loopback(port);
    if (!fd)
        return Error{"cannot listen on 127.0.0.1 port " + std::to_string(port) + ": " + std::strerror(errno),
                     "take another --port, or 0 for any that is free"};
    return fd;
}

Result<Fd> take_listener(int fd) {
    int listens = 0;
    socklen_t size = sizeof(listens);
    const auto who = "descriptor " + std::to_string(fd);
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0)
        return Error{who + ": " + std::strerror(errno), "--listen-fd wants a socket that listens"};
    if (!listens || !mprox::port_of(fd))
        return Error{who + " is no TCP socket that listens", ""};
    const int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
        return Error{who + ": " + std::strerror(errno), ""};
    return Fd(fd);
}
