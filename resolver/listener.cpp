// SPDX-License-Identifier: GPL-2.0-or-later
#include "listener.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>

using mprox::Error;
using mprox::Fd;
using mprox::Result;

Result<Fd> listen_on(std::uint16_t port) {
    Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const int on = 1;
    sockaddr_in sin = {};
    sin.sin_family = AF_INET;
    sin.sin_port = htons(port);
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (!fd || setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        bind(fd.get(), reinterpret_cast<const sockaddr *>(&sin), sizeof(sin)) != 0 ||
        listen(fd.get(), SOMAXCONN) != 0)
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
    if (!listens || !port_of(fd))
        return Error{who + " is no TCP socket that listens", ""};
    const int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
        return Error{who + ": " + std::strerror(errno), ""};
    return Fd(fd);
}

std::uint16_t port_of(int fd) {
    sockaddr_in sin = {};
    socklen_t size = sizeof(sin);
    if (getsockname(fd, reinterpret_cast<sockaddr *>(&sin), &size) != 0 || sin.sin_family != AF_INET)
        return 0;
    return ntohs(sin.sin_port);
}
