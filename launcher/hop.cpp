// SPDX-License-Identifier: GPL-2.0-or-later
#include "hop.hpp"

#include <cstring>
#include <sys/socket.h>

u8 protocol_of(const mutex_proxy_server &proxy) {
    return proxy.type == MUTEX_PROXY_TYPE_HTTP     ? MPROX_PROTO_HTTP
           : proxy.type == MUTEX_PROXY_TYPE_SOCKS4 ? MPROX_PROTO_SOCKS4
                                                   : MPROX_PROTO_SOCKS5;
}

mprox_target target_of(const mutex_proxy_server &proxy) {
    mprox_target to = {proxy.family == AF_INET6, proxy.name_len, proxy.port, {}, proxy.name};
    std::memcpy(to.addr, proxy.addr, sizeof(to.addr));
    return to;
}
