// SPDX-License-Identifier: GPL-2.0-or-later
// [[server]]: one server of a profile, with all that a URL has no room for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "proxy_url.hpp"
#include "toml_reader.hpp"

namespace mprox {

/// The profile's own user and password, for proxies that have no login.
struct Login {
    std::optional<std::string> user;
    std::optional<std::string> password;
    const toml::node *at = nullptr; ///< where it stands; nullptr: there is none
};

std::optional<ProxyUrl> read_url(Reader &reader, const toml::node &node, std::string_view key, std::string_view text);

void give_login(Reader &reader, const Login &login, ProxyUrl &url);

/// Adds the server, and the hops of its chain behind it, to @p to.
void read_server(Reader &reader, const toml::node &node, const Login &login, std::vector<ProxyUrl> &to);

/// For their names alone.
Handlers server_handlers();

} // namespace mprox
