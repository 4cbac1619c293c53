// SPDX-License-Identifier: GPL-2.0-or-later
// mprox check: what each server of a profile does with a URL, or with nothing to fetch.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "check.hpp"
#include "output.hpp"
#include "plan.hpp"

struct ServerCheck {
    std::vector<std::string> chain = {}; ///< "socks5 192.0.2.1:1080", each of its proxies
    std::string type;               ///< of the first one
    std::string server;             ///< and where it is
    Examined seen = {};
    long status = 0; ///< HTTP's; 0: none
    bool wants_udp = false;

    /// What is wrong with it; nothing: it is fine.
    [[nodiscard]] const mprox::Error *problem() const;
};

bool is_fine(const std::vector<ServerCheck> &servers);
Json json_of(const std::vector<ServerCheck> &servers, const std::string &url);
std::string text_of(const std::vector<ServerCheck> &servers);
std::string csv_of(const std::vector<ServerCheck> &servers);
