// SPDX-License-Identifier: GPL-2.0-or-later
// mprox servers: what each context knows of its servers.
#pragma once

#include "fdinfo.hpp"
#include "scopes.hpp"

struct Known {
    Context context = {};
    std::vector<ServerLine> servers;
    std::vector<mutex_proxy_server_statistics> counted = {}; ///< of the same, as far as they are told
};

/// @p index: in the order of the policy, as events have it.
Json json_of(const ServerLine &server, std::size_t index);
Json json_of(const Known &known, std::size_t index);
std::string text_of(const std::vector<Known> &all);
std::string csv_of(const std::vector<Known> &all);

/// "socks5 192.0.2.1:1080, 1 connection, ..."
std::string sentence_of(const ServerLine &server);
