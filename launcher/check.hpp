// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "conversation.hpp"
#include "plan.hpp"
#include "result.hpp"

/// Is told what came of each server, in the order of the plan.
using SayChecked = std::function<void(const std::string &server, const mprox::Status &status)>;

/**
 * Talks to every server of the plan, from this process, before it is in scope; as the
 * module would, with the login, and through a chain as far as it leads. A SOCKS5 proxy
 * is asked up to the login (RFC 1928, 1929). SOCKS4 and HTTP know no login apart from
 * the request: they are asked for a name that nobody has (RFC 6761, 6.4), and any
 * answer about that name will do.
 *
 * Fails if no server can be used. @p say is called if any can, or if there are several.
 */
mprox::Status check_proxies(const mprox::Plan &plan, const SayChecked &say);

/// What one server of a plan can do, and why not.
struct Examined {
    std::string server = {};
    mprox::Status login = mprox::ok();         ///< it is there, lets us in, and does what else was asked for
    std::optional<mprox::Status> udp = {};     ///< it has a relay; not asked where none could be used
    std::optional<mprox::Status> ipv6 = {};    ///< it takes such destinations; not asked of SOCKS4
    /// Until it has taken the connection; not known: it has not.
    std::optional<std::chrono::microseconds> connected = {};
    std::chrono::microseconds total = {}; ///< until that was done, or not
};

/// How they are asked.
struct Examination {
    std::optional<std::chrono::milliseconds> timeout = {}; ///< for all that one is asked
    /// Instead of the login alone: a connection to there, and what is done with it. Several
    /// servers at the same time; the first argument is the server's number.
    Peer peer = {};
    std::function<mprox::Status(std::size_t, mprox::Fd, const Deadline &)> use = {};
};

/// Asks each server for more than check_proxies() does, all at the same time: for a relay of
/// datagrams, and for a connection to an address of IPv6 that nobody has (RFC 3849).
/// Whether it reaches any is not to be found out so.
std::vector<Examined> examine_proxies(const mprox::Plan &plan, const Examination &how = {});
