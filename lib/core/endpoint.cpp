// SPDX-License-Identifier: GPL-2.0-or-later
#include "endpoint.hpp"

#include <cstring>
#include <netinet/in.h>

namespace mprox {
namespace {

/// The octets of an address of either family: IPv4 in the first four.
Endpoint endpoint_of(int family, std::uint32_t scope_id, const __u8 (&octets)[16], std::uint16_t port) {
    Endpoint endpoint;
    endpoint.address.family = family;
    endpoint.address.scope_id = scope_id;
    endpoint.port = port;
    std::memcpy(endpoint.address.bytes.data(), octets, sizeof(octets));
    return endpoint;
}

} // namespace

Endpoint endpoint_of(const mutex_proxy_endpoint &from) {
    return endpoint_of(from.family, from.scope_id, from.addr, from.port);
}

Endpoint endpoint_of(const mutex_proxy_server &server) {
    return endpoint_of(server.family, server.scope_id, server.addr, server.port);
}

sockaddr_storage to_sockaddr(const Endpoint &endpoint) {
    const auto &address = endpoint.address;
    sockaddr_storage storage = {};
    storage.ss_family = static_cast<sa_family_t>(address.family);
    if (address.family == AF_INET) {
        auto *sin = reinterpret_cast<sockaddr_in *>(&storage);
        sin->sin_port = htons(endpoint.port);
        std::memcpy(&sin->sin_addr, address.bytes.data(), 4);
    } else {
        auto *sin6 = reinterpret_cast<sockaddr_in6 *>(&storage);
        sin6->sin6_port = htons(endpoint.port);
        sin6->sin6_scope_id = address.scope_id;
        std::memcpy(&sin6->sin6_addr, address.bytes.data(), 16);
    }
    return storage;
}

Address from_sockaddr(const sockaddr &from) {
    Address address;
    address.family = from.sa_family;
    if (from.sa_family == AF_INET) {
        std::memcpy(address.bytes.data(), &reinterpret_cast<const sockaddr_in &>(from).sin_addr, 4);
    } else {
        const auto &sin6 = reinterpret_cast<const sockaddr_in6 &>(from);
        std::memcpy(address.bytes.data(), &sin6.sin6_addr, 16);
        if (IN6_IS_ADDR_LINKLOCAL(&sin6.sin6_addr))
            address.scope_id = sin6.sin6_scope_id;
    }
    return address;
}

} // namespace mprox
