// SPDX-License-Identifier: GPL-2.0-or-later
#include "family.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <sys/socket.h>

namespace mprox {
namespace {

struct Family {
    std::string_view name;
    int number;
};

/// Those that a kernel of Debian has, and that carry data between programs or machines.
constexpr std::array kFamilies = {
    Family{"unix", AF_UNIX},           Family{"inet", AF_INET},     Family{"inet6", AF_INET6},
    Family{"netlink", AF_NETLINK},     Family{"ax25", AF_AX25},     Family{"ipx", AF_IPX},
    Family{"appletalk", AF_APPLETALK}, Family{"x25", AF_X25},       Family{"key", AF_KEY},
    Family{"packet", AF_PACKET},       Family{"rds", AF_RDS},       Family{"pppox", AF_PPPOX},
    Family{"llc", AF_LLC},             Family{"ib", AF_IB},         Family{"mpls", AF_MPLS},
    Family{"can", AF_CAN},             Family{"tipc", AF_TIPC},     Family{"bluetooth", AF_BLUETOOTH},
    Family{"rxrpc", AF_RXRPC},         Family{"isdn", AF_ISDN},     Family{"phonet", AF_PHONET},
    Family{"ieee802154", AF_IEEE802154}, Family{"alg", AF_ALG},     Family{"nfc", AF_NFC},
    Family{"vsock", AF_VSOCK},         Family{"kcm", AF_KCM},       Family{"qipcrtr", AF_QIPCRTR},
    Family{"smc", 43},                 Family{"xdp", AF_XDP}};
constexpr int kFamilyMax = 255; // of a number: sa_family_t has room for more, no kernel has

} // namespace

Result<int> parse_family(std::string_view text) {
    std::string name(text);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    if (name.rfind("af_", 0) == 0)
        name.erase(0, 3);
    const auto found =
        std::find_if(kFamilies.begin(), kFamilies.end(), [&](const Family &family) { return family.name == name; });
    if (found != kFamilies.end())
        return found->number;
    int number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error == std::errc() && end == name.data() + name.size() && number > 0 && number <= kFamilyMax)
        return number;
    return Error{"unknown address family '" + std::string(text) + "'",
                 "use a name of socket(2), as vsock or bluetooth, or its number"};
}

std::string name_of_family(int number) {
    const auto found =
        std::find_if(kFamilies.begin(), kFamilies.end(), [&](const Family &family) { return family.number == number; });
    return found == kFamilies.end() ? std::to_string(number) : std::string(found->name);
}

} // namespace mprox
