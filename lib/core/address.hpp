// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "result.hpp"

namespace mprox {

/// An IP address, network byte order; IPv4 in the first four octets.
struct Address {
    int family = 0; ///< AF_INET or AF_INET6
    std::array<std::uint8_t, 16> bytes{};
    std::uint32_t scope_id = 0; ///< interface of a link-local IPv6 address

    [[nodiscard]] std::string text() const;
};

/// A network: the bits of the address past the prefix are zero.
struct Cidr {
    Address network;
    std::uint8_t prefix = 0;

    [[nodiscard]] std::string text() const;
};

/// The network that an address is in.
Cidr network_of(const Address &address, std::uint8_t prefix);

/// An address and a port.
struct Endpoint {
    Address address;
    std::uint16_t port = 0;

    [[nodiscard]] std::string text() const;
};

/// "192.0.2.1", "2001:db8::1", "fe80::1%eth0"
Result<Address> parse_address(std::string_view text);

/// "10.0.0.0/8", "fd00::/8", or an address alone. Bits past the prefix are an
/// error, with what was probably meant.
Result<Cidr> parse_cidr(std::string_view text);

/// "192.0.2.1", "192.0.2.1:53", "2001:db8::1", "[2001:db8::1]:53"; without a port it
/// has @p port.
Result<Endpoint> parse_endpoint(std::string_view text, std::uint16_t port);

/// A whole decimal number in [low, high]; false otherwise.
bool parse_number(std::string_view text, std::uint64_t low, std::uint64_t high, std::uint64_t &value);

} // namespace mprox
