// SPDX-License-Identifier: GPL-2.0-or-later
#include "loopback.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

namespace mprox {

Fd listen_on_loopback(std::uint16_t port) {
    Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const int on = 1;
    sockaddr_in sin = {};
    sin.sin_family = AF_INET;
    sin.sin_port = htons(port);
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (!fd || setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        bind(fd.get(), reinterpret_cast<const sockaddr *>(&sin), sizeof(sin)) != 0 ||
        listen(fd.get(), SOMAXCONN) != 0)
        return {};
    return fd;
}

std::uint16_t port_of(int fd) {
    sockaddr_in sin = {};
    socklen_t size = sizeof(sin);
    if (getsockname(fd, reinterpret_cast<sockaddr *>(&sin), &size) != 0 || sin.sin_family != AF_INET)
        return 0;
    return ntohs(sin.sin_port);
}

} // namespace mprox
