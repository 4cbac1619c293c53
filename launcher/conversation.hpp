// SPDX-License-Identifier: GPL-2.0-or-later
// What is said to a server, and through it: by the module's own protocol core, from this
// process.
#pragma once

#include <chrono>
#include <linux/mutex_proxy.h>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "check_socket.hpp"
#include "fd.hpp"
#include "plan.hpp"
#include "result.hpp"

extern "C" {
#include "talk.h"
}

/// One server: its proxies in a row.
using Chain = std::span<const mutex_proxy_server>;

/// The servers of the plan, in its order; they point into it.
std::vector<Chain> chains_of(const mprox::Plan &plan);

/// For people; no login.
std::string text_of_chain(Chain chain);

/// What the last proxy of a chain is asked for.
enum class Wish {
    login,      ///< nothing but to let us in, where that can be told apart
    relay,      ///< UDP ASSOCIATE
    ipv6,       ///< a connection to an address of IPv6 that nobody has (RFC 3849)
    connection, ///< to the Peer
};

/// Where a connection leads.
struct Peer {
    std::string name; ///< empty: by the address
    mprox::Address address = {};
    std::uint16_t port = 0;
};

/// What was asked for, and what it took.
struct Asking {
    Wish wish = Wish::login;
    Peer peer = {};          ///< Wish::connection
    Deadline deadline = {};
    /// How long the first proxy took to take the connection, of the last attempt.
    std::optional<std::chrono::microseconds> connected = {};
};

/// Talks to the server as the module would, with the login. The connection through it, or
/// to it, if it gives what was wished for; else why not.
mprox::Result<mprox::Fd> converse(Chain chain, Asking &asking);
