// SPDX-License-Identifier: GPL-2.0-or-later
// A way out for a machine that has no default route, up to the proxy.
#pragma once

#include <string>

#include "plan.hpp"
#include "result.hpp"

namespace mprox {

/// Which families a last-resort route is for.
struct Families {
    bool ipv4 = false;
    bool ipv6 = false;
    [[nodiscard]] bool any() const { return ipv4 || ipv6; }
};

/// Those that no default route leads out of; a server carries either.
Families lacking_routes(const Plan &plan, const std::string &proc = "/proc/net");

/// Makes mprox0 and a route through it. What is proxied leaves by another route;
/// everybody else is told what he would have been told without it. Gone with the
/// last context. Does nothing for who has no right to change routes.
Status add_last_resort(int context, Families families);

} // namespace mprox
