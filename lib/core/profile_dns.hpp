// SPDX-License-Identifier: GPL-2.0-or-later
// What a profile says of names.
#pragma once

#include "profile.hpp"
#include "toml_reader.hpp"

namespace mprox {

/// The keys dns, dns_ipv6, dns_ttl, dns_range and [[dns_rule]].
Handlers dns_handlers(Reader &reader, Profile &profile);

} // namespace mprox
