// SPDX-License-Identifier: GPL-2.0-or-later
// [[server]]: one server of a profile, with all that a URL has no room for.
#pragma once

#include <vector>

#include "proxy_url.hpp"
#include "toml_reader.hpp"

namespace mprox {

/// Adds the server, and the hops of its chain behind it, to @p to.
void read_server(Reader &reader, const toml::node &node, std::string_view key, std::vector<ProxyUrl> &to);

} // namespace mprox
