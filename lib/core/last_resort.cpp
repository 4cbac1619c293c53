// SPDX-License-Identifier: GPL-2.0-or-later
#include "last_resort.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <ifaddrs.h>
#include <memory>
#include <net/if.h>
#include <net/route.h>
#include <sstream>
#include <sys/ioctl.h>

#include "fd.hpp"
#include "mprox.h"

namespace mprox {
namespace {

constexpr const char *kDevice = "mprox0";
/// The dummy address of RFC 7600, for a machine that has none but loopback.
constexpr const char *kDummy4 = "192.0.0.8";
/// Of the network that names stand for by default (RFC 4193).
constexpr const char *kDummy6 = "fd6d:7072:6f78:1::8";
/// Behind whatever DHCP and the like will add.
constexpr short kMetric4 = 32766;
constexpr std::uint32_t kMetric6 = 0x7fffffff;

/// /proc/net/route: Iface Destination Gateway Flags RefCnt Use Metric Mask ...
bool has_default4(const std::string &path) {
    std::ifstream file(path);
    std::string line;
    while (std::getline(file, line)) {
        std::istringstream words(line);
        std::string device, to, gateway, flags, count, use, metric, mask;
        if (words >> device >> to >> gateway >> flags >> count >> use >> metric >> mask && to == "00000000" &&
            mask == "00000000" && device != kDevice)
            return true;
    }
    return false;
}

/// /proc/net/ipv6_route: destination, its prefix, source, its prefix, next hop,
/// metric, references, use, flags, device. A refusing route stands at lo.
bool has_default6(const std::string &path) {
    std::ifstream file(path);
    std::string line;
    while (std::getline(file, line)) {
        std::istringstream words(line);
        std::string to, prefix, from, from_prefix, next, metric, count, use, flags, device;
        if (words >> to >> prefix >> from >> from_prefix >> next >> metric >> count >> use >> flags >> device &&
            prefix == "00" && to == std::string(32, '0') && device != "lo" && device != kDevice)
            return true;
    }
    return false;
}

bool has_address(int family) {
    ifaddrs *list = nullptr;
    if (getifaddrs(&list) != 0)
        return false;
    const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(list, freeifaddrs);
    for (const auto *entry = list; entry; entry = entry->ifa_next) {
        if (!entry->ifa_addr || entry->ifa_addr->sa_family != family || entry->ifa_flags & IFF_LOOPBACK)
            continue;
        const auto *sin6 = reinterpret_cast<const sockaddr_in6 *>(entry->ifa_addr);
        if (family == AF_INET || !IN6_IS_ADDR_LINKLOCAL(&sin6->sin6_addr))
            return true;
    }
    return false;
}

sockaddr_in address4(const char *text) {
    sockaddr_in sin = {};
    sin.sin_family = AF_INET;
    inet_pton(AF_INET, text, &sin.sin_addr);
    return sin;
}

/// True also if it is there already: another context of ours has made it.
bool did(int result) { return result == 0 || errno == EEXIST; }

bool add4() {
    const Fd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!fd)
        return false;
    ifreq request = {};
    std::strcpy(request.ifr_name, kDevice);
    const auto dummy = address4(kDummy4);
    std::memcpy(&request.ifr_addr, &dummy, sizeof(dummy));
    if (!has_address(AF_INET) && !did(ioctl(fd.get(), SIOCSIFADDR, &request)))
        return false;
    const auto any = address4("0.0.0.0");
    char device[IFNAMSIZ];
    std::strcpy(device, kDevice);
    rtentry route = {};
    std::memcpy(&route.rt_dst, &any, sizeof(any));
    std::memcpy(&route.rt_genmask, &any, sizeof(any));
    route.rt_flags = RTF_UP;
    route.rt_metric = kMetric4 + 1; // it counts from one
    route.rt_dev = device;
    return did(ioctl(fd.get(), SIOCADDRT, &route));
}

/// struct in6_ifreq of linux/ipv6.h, which does not go with netinet/in.h.
struct Ifreq6 {
    in6_addr address;
    std::uint32_t prefix;
    int index;
};

bool add6() {
    const Fd fd(socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!fd)
        return false;
    Ifreq6 request = {{}, 128, static_cast<int>(if_nametoindex(kDevice))};
    inet_pton(AF_INET6, kDummy6, &request.address);
    if (!has_address(AF_INET6) && !did(ioctl(fd.get(), SIOCSIFADDR, &request)))
        return false;
    in6_rtmsg route = {};
    route.rtmsg_flags = RTF_UP;
    route.rtmsg_metric = kMetric6;
    route.rtmsg_ifindex = request.index;
    return did(ioctl(fd.get(), SIOCADDRT, &route));
}

} // namespace

Families lacking_routes(const Plan &plan, const std::string &proc) {
    if (plan.servers.empty())
        return {};
    return {!has_default4(proc + "/route"), !has_default6(proc + "/ipv6_route")};
}

Status add_last_resort(int context, Families families) {
    const auto error = [](const char *what) {
        return Error{std::string(what) + ": " + std::strerror(errno),
                     "without a default route, datagrams and queries for names fail where no other route leads"};
    };
    if (mprox_route(context) != 0) {
        // Not everybody may change what routes a machine has: then it is as it was.
        if (errno == EPERM)
            return ok();
        return error("cannot make mprox0");
    }
    if (families.ipv4 && !add4())
        return error("cannot add an IPv4 route through mprox0");
    // Where IPv6 is switched off, nobody asks for a way out.
    if (families.ipv6 && !add6() && errno != EACCES && errno != EAFNOSUPPORT)
        return error("cannot add an IPv6 route through mprox0");
    return ok();
}

} // namespace mprox
