// SPDX-License-Identifier: GPL-2.0-or-later
// A way out for queries and datagrams on a machine that has no default route.
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

/// The families that have no default route; a server carries either.
Families lacking_routes(const Plan &plan, const std::string &proc = "/proc/net");

/// Makes mprox0 and a route through it. What is proxied leaves by another route, to
/// the proxy; everybody else hears the error that he would hear without mprox0. Gone with
/// the last context. Does nothing for a caller who may not change routes.
Status add_last_resort(int context, Families families);

} // namespace mprox
