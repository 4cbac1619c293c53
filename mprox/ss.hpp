// SPDX-License-Identifier: GPL-2.0-or-later
// mprox ss: the connections and associations of contexts as they are now.
#pragma once

#include "event.hpp"
#include "scopes.hpp"

struct Flows {
    Context context = {};
    std::vector<mprox::Event> flows;
};

/// As many as there are; more may come while they are told.
mprox::Result<Flows> read_flows(const Context &context, int fd);

/// "handshake", "proxied"
const char *state_word(const mprox::Event &flow);

/// The event's own keys, and "state".
Json flow_json(const mprox::Event &flow);
std::string text_of(const std::vector<Flows> &all);
std::string csv_of(const std::vector<Flows> &all);
