// SPDX-License-Identifier: GPL-2.0-or-later
#include "nsswitch.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace mprox {
namespace {

/// "resolve[!UNAVAIL=return] dns" without what the brackets hold.
std::string without_actions(const std::string &text) {
    std::string result;
    bool inside = false;
    for (const char c : text) {
        inside = (inside || c == '[') && c != ']';
        result += inside || c == ']' ? ' ' : c;
    }
    return result;
}

} // namespace

std::vector<std::string> hosts_services(const std::string &nsswitch) {
    std::ifstream file(nsswitch);
    std::vector<std::string> services;
    std::string line;
    while (std::getline(file, line)) {
        line.erase(std::min(line.find('#'), line.size()));
        const auto colon = line.find(':');
        std::string database;
        if (colon == std::string::npos || !(std::istringstream(line.substr(0, colon)) >> database) || database != "hosts")
            continue;
        std::istringstream words(without_actions(line.substr(colon + 1)));
        for (std::string word; words >> word;)
            services.push_back(word);
    }
    return services;
}

} // namespace mprox
