// SPDX-License-Identifier: GPL-2.0-or-later
// What a profile says of names.
#pragma once

#include "profile.hpp"
#include "toml_reader.hpp"

namespace mprox {

/// The key [[dns_rule]].
Handlers dns_handlers(Reader &reader, Profile &profile);

/// Those of such a rule, for their names alone.
Handlers dns_rule_handlers();

} // namespace mprox
