// SPDX-License-Identifier: GPL-2.0-or-later
// What is said in several places, laid over each other: mprox-run and the preload
// library have the same order.
#pragma once

#include <string>

#include "profile.hpp"
#include "result.hpp"

namespace mprox {

/// What the caller knows. Empty: not said.
struct Request {
    std::string config = {};  ///< one file instead of all that are read by themselves
    std::string profile_name = {}; ///< a profile by name or file
    std::string program = {}; ///< whose name profiles match
    Profile options = {};     ///< the top layer
    bool honour_no_proxy = true;
};

/// From the lowest layer to the highest: /etc/mprox/mprox.toml, the user's mprox.toml,
/// /etc/mprox/conf.d/*.toml, the user's conf.d/*.toml, the profile that matches the
/// program, the profile by name, the options. ALL_PROXY if none of them names a proxy.
Result<Profile> gather_layers(const Request &request);

} // namespace mprox
