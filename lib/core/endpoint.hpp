// SPDX-License-Identifier: GPL-2.0-or-later
// Addresses as the kernel's interfaces have them.
#pragma once

#include <linux/mutex_proxy.h>
#include <sys/socket.h>

#include "address.hpp"

namespace mprox {

Endpoint endpoint_of(const mutex_proxy_endpoint &from);

/// Where a server listens; of one that has a name only the port.
Endpoint endpoint_of(const mutex_proxy_server &server);

sockaddr_storage to_sockaddr(const Endpoint &endpoint);

/// Of AF_INET or AF_INET6.
Address from_sockaddr(const sockaddr &from);

} // namespace mprox
