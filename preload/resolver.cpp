// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel answers a program's DNS packets. A question put to a daemon (nscd,
// systemd-resolved, avahi) through a Unix socket becomes the daemon's packet,
// and nobody's that is in scope. glibc can be told to ask no daemon: for a
// database that the program itself configured it uses neither nscd nor
// nsswitch.conf.
#include "resolver.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <nss.h>

#include "nsswitch.hpp"

namespace mprox_auto {

mprox::Status keep_resolver_to_packets() {
    const auto services = mprox::hosts_services();
    // It knows this machine's own names, and asks nobody.
    const bool own_names = std::find(services.begin(), services.end(), "myhostname") != services.end();
    if (__nss_configure_lookup("hosts", own_names ? "files myhostname dns" : "files dns") != 0)
        return mprox::Error{std::string("cannot choose how names are resolved: ") + std::strerror(errno),
                            "without it, names may be resolved past the proxy"};
    return mprox::ok();
}

} // namespace mprox_auto
