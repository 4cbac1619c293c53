// SPDX-License-Identifier: GPL-2.0-or-later
// The variables by which programs are told of a proxy.
#pragma once

#include <optional>
#include <string>

#include "profile.hpp"
#include "result.hpp"

namespace mprox {

struct EnvironmentProxy {
    std::optional<ProxyUrl> url;
    std::string variable; ///< that named it
};

/// The proxy of ALL_PROXY or all_proxy, if set. There, socks:// is SOCKS5, as GNOME
/// and those who read it have it.
Result<EnvironmentProxy> proxy_of_environment();

/// What NO_PROXY or no_proxy excepts: addresses and networks become rules; names are
/// not honoured, and a note says so.
void add_no_proxy(Profile &profile);

/// Takes the variables away, as COMMAND would speak to the proxy through the proxy.
void unset_environment_proxies();

} // namespace mprox
