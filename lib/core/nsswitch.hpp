// SPDX-License-Identifier: GPL-2.0-or-later
// Whom glibc asks for the addresses of hosts, see nsswitch.conf(5).
#pragma once

#include <string>
#include <vector>

namespace mprox {

inline constexpr const char *kNsswitch = "/etc/nsswitch.conf";

/// The services of the hosts database, without their [actions]; empty if the
/// file says nothing, which means files and dns.
std::vector<std::string> hosts_services(const std::string &nsswitch = kNsswitch);

} // namespace mprox
