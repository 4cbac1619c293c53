// SPDX-License-Identifier: GPL-2.0-or-later
#include "address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <net/if.h>
#include <sys/socket.h>

namespace mprox {

std::string Address::text() const {
    char buffer[INET6_ADDRSTRLEN] = "";
    inet_ntop(family, bytes.data(), buffer, sizeof(buffer));
    std::string result = buffer;
    if (scope_id != 0) {
        char name[IF_NAMESIZE];
        result += '%';
        result += if_indextoname(scope_id, name) ? name : std::to_string(scope_id);
    }
    return result;
}

std::string Endpoint::text() const {
    const auto host = address.text();
    return (address.family == AF_INET6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string Cidr::text() const { return network.text() + "/" + std::to_string(prefix); }

Cidr network_of(const Address &address, std::uint8_t prefix) {
    Cidr result{address, prefix};
    for (unsigned bit = prefix; bit < 8 * result.network.bytes.size(); bit++)
        result.network.bytes[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> (bit % 8)));
    return result;
}

bool parse_number(std::string_view text, std::uint64_t low, std::uint64_t high, std::uint64_t &value) {
    const char *end = text.data() + text.size();
    const auto [ptr, error] = std::from_chars(text.data(), end, value);
    return error == std::errc{} && ptr == end && value >= low && value <= high;
}

Result<Address> parse_address(std::string_view text) {
    Address result;
    std::string host(text);
    std::string zone;
    if (const auto percent = host.find('%'); percent != std::string::npos) {
        zone = host.substr(percent + 1);
        host.resize(percent);
    }
    if (zone.empty() && inet_pton(AF_INET, host.c_str(), result.bytes.data()) == 1) {
        result.family = AF_INET;
        return result;
    }
    if (inet_pton(AF_INET6, host.c_str(), result.bytes.data()) != 1)
        return Error{"'" + std::string(text) + "' is not an IP address", ""};
    result.family = AF_INET6;
    if (!zone.empty()) {
        std::uint64_t index = 0;
        if (!parse_number(zone, 1, UINT32_MAX, index))
            index = if_nametoindex(zone.c_str());
        if (index == 0)
            return Error{"there is no network interface '" + zone + "'", "see 'ip link'"};
        result.scope_id = static_cast<std::uint32_t>(index);
    }
    return result;
}

Result<Endpoint> parse_endpoint(std::string_view text, std::uint16_t port) {
    const bool is_bracketed = text.starts_with('[');
    const bool has_one_colon = std::count(text.begin(), text.end(), ':') == 1;
    const auto end = is_bracketed ? text.find(']') : has_one_colon ? text.find(':') : text.size();
    if (end == std::string_view::npos)
        return Error{"'" + std::string(text) + "': the bracket is not closed", ""};
    const auto rest = text.substr(end + (is_bracketed ? 1 : 0));
    const auto address = parse_address(text.substr(is_bracketed, end - is_bracketed));
    std::uint64_t number = port;
    if (!address || (is_bracketed && address->family != AF_INET6) ||
        (!rest.empty() && (!rest.starts_with(':') || !parse_number(rest.substr(1), 1, UINT16_MAX, number))))
        return Error{"'" + std::string(text) + "' is not an IP address, with a port or without", ""};
    return Endpoint{*address, static_cast<std::uint16_t>(number)};
}

Result<Cidr> parse_cidr(std::string_view text) {
    const auto slash = text.find('/');
    auto address = parse_address(text.substr(0, slash));
    if (!address)
        return Error{"'" + std::string(text) + "' is not a network", "write it as 10.0.0.0/8 or fd00::/8"};
    if (address->scope_id != 0)
        return Error{"'" + std::string(text) + "': a network has no interface", ""};

    const std::uint64_t bits = address->family == AF_INET ? 32 : 128;
    std::uint64_t prefix = bits;
    if (slash != std::string_view::npos && !parse_number(text.substr(slash + 1), 0, bits, prefix))
        return Error{"'" + std::string(text) + "': the prefix is not a number from 0 to " + std::to_string(bits), ""};

    const auto result = network_of(*address, static_cast<std::uint8_t>(prefix));
    if (result.network.bytes != address->bytes)
        return Error{"'" + std::string(text) + "' has bits set past its prefix",
                     "the network is " + result.text()};
    return result;
}

} // namespace mprox
