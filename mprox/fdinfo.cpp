// SPDX-License-Identifier: GPL-2.0-or-later
#include "fdinfo.hpp"

#include <fstream>
#include <limits>
#include <sstream>

#include "address.hpp"

namespace {

std::optional<std::uint64_t> number(const std::string &word) {
    std::uint64_t value = 0;
    if (!mprox::parse_number(word, 0, std::numeric_limits<std::uint64_t>::max(), value))
        return {};
    return value;
}

/// "connections 1 failures 0"
std::map<std::string, std::uint64_t> pairs_of(std::istream &words) {
    std::map<std::string, std::uint64_t> pairs;
    for (std::string key, value; words >> key >> value;)
        if (const auto count = number(value))
            pairs[key] = *count;
    return pairs;
}

/// "socks5 192.0.2.1:1080 > http inner:3128 connections 1 failures 0 latency_us 3"
std::optional<ServerLine> parse_server(std::istream &words) {
    ServerLine server;
    std::string next;
    do {
        Hop hop;
        if (!(words >> hop.type >> hop.address) || hop.address.find(':') == std::string::npos)
            return {};
        server.chain.push_back(std::move(hop));
    } while (words >> next && next == ">");
    std::string value;
    std::map<std::string, std::uint64_t> pairs;
    if (words >> value) {
        const auto count = number(value);
        pairs = pairs_of(words);
        if (count)
            pairs[next] = *count;
    }
    const auto find = [&](const char *key) {
        const auto found = pairs.find(key);
        return found == pairs.end() ? std::nullopt : std::optional(found->second);
    };
    server.connections = find("connections");
    server.failures = find("failures");
    server.latency_us = find("latency_us");
    return server;
}

} // namespace

Fdinfo parse_fdinfo(std::string_view text) {
    Fdinfo info;
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line);) {
        const auto colon = line.find(':');
        if (colon == std::string::npos)
            continue;
        const auto key = line.substr(0, colon);
        std::istringstream words(line.substr(colon + 1));
        if (key == "dns")
            info.dns = pairs_of(words);
        else if (key == "refused")
            info.refused = pairs_of(words);
        else if (key == "server")
            if (auto server = parse_server(words))
                info.servers.push_back(std::move(*server));
    }
    return info;
}

Fdinfo read_fdinfo(int fd) {
    std::stringstream text;
    text << std::ifstream("/proc/self/fdinfo/" + std::to_string(fd)).rdbuf();
    return parse_fdinfo(text.str());
}
