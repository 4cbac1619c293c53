// SPDX-License-Identifier: GPL-2.0-or-later
// A port on the proxy for a socket that the program listens on (bind = true).
//
// The kernel opens it and hands the connection over; what only we can do is to
// ask, and to tell the program where it is when it asks for the socket's name.
// A classic FTP client does bind(), getsockname(), listen(), and only then tells
// the server; so both of the latter are taken for the sign. Whom to expect is
// known from the last connect(): the control connection's.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <netinet/in.h>
#include <sys/stat.h>

#include "context_fd.hpp"
#include "mprox.h"
#include "port_table.hpp"
#include "real.hpp"

using namespace mprox_auto;

namespace {

Real<int(int, const sockaddr *, socklen_t)> real_connect{"connect"};
Real<int(int, int)> real_listen{"listen"};
Real<int(int, sockaddr *, socklen_t *)> real_getsockname{"getsockname"};

PortTable ports;
std::mutex peer_mutex;
sockaddr_storage last_peer;

const sockaddr_in &as_v4(const sockaddr_storage &name) { return reinterpret_cast<const sockaddr_in &>(name); }
const sockaddr_in6 &as_v6(const sockaddr_storage &name) { return reinterpret_cast<const sockaddr_in6 &>(name); }

bool is_loopback(const sockaddr_storage &name) {
    if (name.ss_family == AF_INET)
        return ntohl(as_v4(name).sin_addr.s_addr) >> 24 == 127;
    const auto &address = as_v6(name).sin6_addr;
    return IN6_IS_ADDR_LOOPBACK(&address) || (IN6_IS_ADDR_V4MAPPED(&address) && address.s6_addr[12] == 127);
}

bool is_tcp(int fd) {
    int type = 0;
    int protocol = 0;
    socklen_t len = sizeof(int);
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_STREAM &&
           getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len) == 0 && protocol == IPPROTO_TCP;
}

void remember_peer(int fd, const sockaddr *to, socklen_t len) {
    sockaddr_storage name = {};
    if (!to || len < sizeof(sockaddr_in) || len > sizeof(name) || (to->sa_family != AF_INET && to->sa_family != AF_INET6))
        return;
    std::memcpy(&name, to, len);
    if (is_loopback(name) || !is_tcp(fd))
        return;
    if (const std::unique_lock lock(peer_mutex, std::try_to_lock); lock)
        last_peer = name;
}

/// Bound, not connected, and somewhere that others can reach.
bool is_waiting(int fd) {
    sockaddr_storage name = {};
    socklen_t len = sizeof(name);
    if (!is_tcp(fd) || real_getsockname.get()(fd, reinterpret_cast<sockaddr *>(&name), &len) != 0)
        return false;
    // Both families have the port in the same place.
    if ((name.ss_family != AF_INET && name.ss_family != AF_INET6) || !as_v4(name).sin_port || is_loopback(name))
        return false;
    len = sizeof(name);
    return getpeername(fd, reinterpret_cast<sockaddr *>(&name), &len) != 0 && errno == ENOTCONN;
}

/// False: nobody has been connected to yet, so nobody can be expected.
bool expect_last_peer(mutex_proxy_bind &bind) {
    const std::unique_lock lock(peer_mutex, std::try_to_lock);
    if (!lock)
        return false;
    if (last_peer.ss_family == AF_INET) {
        bind.peer_family = AF_INET;
        std::memcpy(bind.peer_addr, &as_v4(last_peer).sin_addr, 4);
        return true;
    }
    if (last_peer.ss_family != AF_INET6)
        return false;
    const auto &address = as_v6(last_peer).sin6_addr;
    const bool mapped = IN6_IS_ADDR_V4MAPPED(&address);
    bind.peer_family = mapped ? AF_INET : AF_INET6;
    std::memcpy(bind.peer_addr, address.s6_addr + (mapped ? 12 : 0), mapped ? 4 : 16);
    return true;
}

void keep(Port &port, const mutex_proxy_bind &bind) {
    auto &v4 = reinterpret_cast<sockaddr_in &>(port.at);
    auto &v6 = reinterpret_cast<sockaddr_in6 &>(port.at);
    port.at.ss_family = bind.family;
    if (bind.family == AF_INET) {
        v4.sin_port = htons(bind.port);
        std::memcpy(&v4.sin_addr, bind.addr, 4);
    } else {
        v6.sin6_port = htons(bind.port);
        std::memcpy(&v6.sin6_addr, bind.addr, 16);
    }
}

/// What says that the proxy is not to be had, and not that we are not wanted.
bool is_failure(int error) {
    return error == ECONNREFUSED || error == EHOSTUNREACH || error == ENETUNREACH || error == ETIMEDOUT ||
           error == ENOMEM || error == ECONNABORTED;
}

/// The port of @p fd on the proxy: known, or asked for now. Family 0: none.
sockaddr_storage port_of(int fd) {
    struct stat status = {};
    if (context_fd() < 0 || fstat(fd, &status) != 0 || !S_ISSOCK(status.st_mode))
        return {};
    if (const auto known = ports.find(fd, status.st_ino))
        return known->at;
    mutex_proxy_bind bind = {};
    bind.size = sizeof(bind);
    bind.fd = fd;
    if (!is_waiting(fd) || !expect_last_peer(bind))
        return {};
    Port port{fd, status.st_ino, {}};
    if (mprox_bind(context_fd(), &bind) == 0 || errno == EALREADY) {
        keep(port, bind);
        ports.put(port);
    } else if (is_failure(errno)) {
        dprintf(STDERR_FILENO, "libmprox_auto: %s: no port on the proxy (%s): nobody will be able to connect\n",
                program_invocation_short_name, std::strerror(errno));
        ports.put(port);
    }
    return port.at;
}

sockaddr_in6 to_v6(const sockaddr_storage &at) {
    if (at.ss_family == AF_INET6)
        return as_v6(at);
    sockaddr_in6 v6 = {};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = as_v4(at).sin_port;
    v6.sin6_addr.s6_addr[10] = v6.sin6_addr.s6_addr[11] = 0xff;
    std::memcpy(v6.sin6_addr.s6_addr + 12, &as_v4(at).sin_addr, 4);
    return v6;
}

/// In the form of the socket's family; an IPv6 address has none in IPv4's.
void tell(const sockaddr_storage &at, sockaddr *name, socklen_t room, socklen_t *len) {
    if (name->sa_family == AF_INET6) {
        const auto v6 = to_v6(at);
        std::memcpy(name, &v6, std::min<std::size_t>(room, sizeof(v6)));
        *len = sizeof(v6);
    } else if (name->sa_family == AF_INET && at.ss_family == AF_INET) {
        std::memcpy(name, &at, std::min<std::size_t>(room, sizeof(sockaddr_in)));
        *len = sizeof(sockaddr_in);
    }
}

} // namespace

MPROX_EXPORT int connect(int fd, const sockaddr *to, socklen_t len) {
    if (context_fd() >= 0) {
        const int saved = errno;
        remember_peer(fd, to, len);
        errno = saved;
    }
    return real_connect.get()(fd, to, len);
}

MPROX_EXPORT int listen(int fd, int backlog) noexcept {
    const int result = real_listen.get()(fd, backlog);
    if (result == 0) {
        const int saved = errno;
        port_of(fd);
        errno = saved;
    }
    return result;
}

MPROX_EXPORT int getsockname(int fd, sockaddr *name, socklen_t *len) noexcept {
    const socklen_t room = len ? *len : 0;
    const int result = real_getsockname.get()(fd, name, len);
    if (result != 0 || room < sizeof(name->sa_family))
        return result;
    const int saved = errno;
    if (const auto at = port_of(fd); at.ss_family != AF_UNSPEC)
        tell(at, name, room, len);
    errno = saved;
    return result;
}
