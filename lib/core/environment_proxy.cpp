// SPDX-License-Identifier: GPL-2.0-or-later
#include "environment_proxy.hpp"

#include <cstdlib>
#include <netinet/in.h>
#include <sys/socket.h>

#include "settings.hpp"

namespace mprox {
namespace {

constexpr std::string_view kSocks = "socks://";

/// ADDRESS, ADDRESS/PREFIX, ADDRESS:PORT, [ADDRESS]:PORT; host bits are cut off, as curl
/// and Go do it.
std::optional<Rule> rule_of(std::string_view text) {
    Rule rule{Verdict::direct, {}, 0, 0, 0};
    const auto slash = text.find('/');
    std::uint64_t prefix = 0;
    if (const auto address = parse_address(text.substr(0, slash))) {
        const auto most = address->family == AF_INET ? 32U : 128U;
        if (slash != std::string_view::npos && !parse_number(text.substr(slash + 1), 0, most, prefix))
            return {};
        rule.to = network_of(*address, static_cast<std::uint8_t>(slash == std::string_view::npos ? most : prefix));
        return rule;
    }
    const auto endpoint = parse_endpoint(text, 0);
    if (!endpoint)
        return {};
    rule.to = Cidr{endpoint->address, static_cast<std::uint8_t>(endpoint->address.family == AF_INET ? 32 : 128)};
    if (endpoint->port) {
        rule.proto = IPPROTO_TCP;
        rule.port_first = rule.port_last = endpoint->port;
    }
    return rule;
}

void add_exceptions(Profile &profile, const char *variable, std::string_view list) {
    static constexpr std::string_view between = ", \t\n";
    std::string names;
    while (!list.empty()) {
        const auto end = std::min(list.find_first_of(between), list.size());
        const auto word = list.substr(0, end);
        list.remove_prefix(std::min(end + 1, list.size()));
        if (word.empty() || word == "localhost") // always direct
            continue;
        if (const auto rule = rule_of(word))
            profile.rules.push_back(*rule);
        else
            names += (names.empty() ? "'" : ", '") + std::string(word) + "'";
    }
    if (!names.empty())
        profile.notes.push_back(std::string(variable) + ": " + names +
                                ": only addresses and networks are honoured yet; these are reached through the proxy");
    note_source(profile, variable);
}

} // namespace

Result<EnvironmentProxy> proxy_of_environment() {
    for (const char *name : {"ALL_PROXY", "all_proxy"}) {
        const char *value = secure_getenv(name);
        if (!value || !*value)
            continue;
        std::string text = value;
        if (text.starts_with(kSocks))
            text.replace(0, kSocks.size(), "socks5://");
        auto url = parse_proxy_url(text);
        if (!url)
            return url.error().in(std::string("environment variable ") + name);
        return EnvironmentProxy{std::move(*url), name};
    }
    return EnvironmentProxy{};
}

void add_no_proxy(Profile &profile) {
    for (const char *name : {"NO_PROXY", "no_proxy"})
        if (const char *value = secure_getenv(name); value && *value)
            return add_exceptions(profile, name, value);
}

void unset_environment_proxies() {
    for (const char *name : {"ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy",
                             "FTP_PROXY", "ftp_proxy", "SOCKS_PROXY", "socks_proxy"})
        unsetenv(name);
}

} // namespace mprox
