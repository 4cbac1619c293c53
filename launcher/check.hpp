// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <string>

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
