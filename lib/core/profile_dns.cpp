// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile_dns.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <linux/mutex_proxy.h>
#include <sys/socket.h>

#include "secret.hpp"

namespace mprox {
namespace {

constexpr std::array kModes = {"fake", "direct", "block", "proxy"};
constexpr std::uint16_t kDnsPort = 53; // RFC 1035

/// The bounds of the kernel's FAKE4_PREFIX_* and FAKE6_PREFIX_*.
struct Bounds {
    std::uint8_t low;
    std::uint8_t high;
};
constexpr Bounds kRange4{8, 28};
constexpr Bounds kRange6{8, 112};

} // namespace

Result<Dns> parse_dns(std::string_view text) {
    const auto found = std::find(kModes.begin(), kModes.end(), text);
    if (found != kModes.end())
        return static_cast<Dns>(found - kModes.begin());
    return Error{"unknown dns mode '" + std::string(text) + "'", "use fake, proxy, direct or block"};
}

std::string_view name_of(Dns dns) { return kModes.at(static_cast<std::size_t>(dns)); }

Result<Endpoint> parse_resolver(std::string_view text) {
    const auto server = parse_endpoint(text, kDnsPort);
    if (!server || server->address.scope_id != 0)
        return Error{masked(text) + " is no resolver's address",
                     "write it as 9.9.9.9, 9.9.9.9:53 or [2620:fe::fe]:53"};
    return *server;
}

Status set_dns_server(Profile &profile, std::string_view text) {
    profile.dns_server.reset();
    profile.dns_url.reset();
    if (is_dns_url(text)) {
        const auto url = parse_dns_url(text);
        if (!url)
            return url.error();
        profile.dns_url = *url;
        return ok();
    }
    const auto server = parse_resolver(text);
    if (!server)
        return server.error();
    profile.dns_server = *server;
    return ok();
}

bool asks_common_resolver(const Profile &profile) {
    return profile.dns == Dns::proxy || profile.dns_records.value_or(false) ||
           std::any_of(profile.dns_rules.begin(), profile.dns_rules.end(),
                       [](const DnsRule &rule) { return rule.mode == Dns::proxy && !rule.server; });
}

Result<std::string> parse_pattern(std::string_view text) {
    std::string name(text);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    if (name.size() > 1 && name.back() == '.')
        name.pop_back();
    const std::string_view rest = std::string_view(name).substr(name.starts_with("*.") ? 2 : name == "*" ? 1 : 0);
    const bool has_gap = rest.starts_with('.') || rest.ends_with('.') || rest.find("..") != rest.npos;
    if (name.empty() || name.size() > MUTEX_PROXY_MAX_NAME || (rest.empty() && name != "*") || has_gap)
        return Error{"'" + std::string(text) + "' is no name", "write it as host.example, *.example or *"};
    const auto is_plain = [](unsigned char c) { return c > ' ' && c < 0x7f && c != '*'; };
    if (!std::all_of(rest.begin(), rest.end(), is_plain))
        return Error{"'" + std::string(text) + "' is no name that can be asked for",
                     "a * stands alone or before the first dot; write an international name in its xn-- form"};
    return name;
}

Status add_range(Profile &profile, const Cidr &range) {
    const bool is4 = range.network.family == AF_INET;
    const auto bounds = is4 ? kRange4 : kRange6;
    if (range.prefix < bounds.low || range.prefix > bounds.high)
        return Error{range.text() + ": the prefix must lie between " + std::to_string(bounds.low) + " and " +
                         std::to_string(bounds.high),
                     "an address stands for a name, so there must be room for many"};
    (is4 ? profile.fake4 : profile.fake6) = range;
    return ok();
}

namespace {

/// What a rule says, for all of its names.
struct Words {
    std::vector<std::string> names;
    std::optional<Dns> mode;
    std::optional<Endpoint> server;
};

Handlers dns_rule_handlers(Reader &reader, Words &words) {
    return {{"name",
             [&](const toml::node &list, std::string_view k) {
                 reader.each(list, [&](const toml::node &n) {
                     if (const auto text = reader.string(n, k))
                         if (auto name = reader.take(n, k, parse_pattern(*text)))
                             words.names.push_back(*name);
                 });
             }},
            {"mode",
             [&](const toml::node &n, std::string_view k) {
                 if (const auto text = reader.string(n, k))
                     words.mode = reader.take(n, k, parse_dns(*text));
             }},
            {"server", [&](const toml::node &n, std::string_view k) {
                 if (const auto text = reader.string(n, k))
                     words.server = reader.take(n, k, parse_resolver(*text));
             }}};
}

void read_dns_rule(Reader &reader, const toml::node &node, std::string_view key, Profile &profile) {
    const auto *table = node.as_table();
    Words words;
    auto &[names, mode, server] = words;

    if (!table) {
        reader.fail(node, key, "must be a table", "write it as [[dns_rule]]");
        return;
    }
    read_table(reader, *table, dns_rule_handlers(reader, words));
    if (names.empty())
        reader.fail(node, key, "the rule has no name", "add name = \"*.example\"");
    if (!mode)
        reader.fail(node, key, "the rule has no mode", R"(add mode = "fake", "proxy", "direct" or "block")");
    if (server && mode && *mode != Dns::proxy && *mode != Dns::direct)
        reader.fail(node, key, "nobody is asked in this mode", R"(leave server out, or write mode = "proxy" or "direct")");
    for (auto &name : names)
        profile.dns_rules.push_back({std::move(name), mode.value_or(Dns::block), server, reader.line_of(node)});
}

} // namespace

Handlers dns_rule_handlers() {
    Reader reader("");
    Words words;
    return dns_rule_handlers(reader, words);
}

Handlers dns_handlers(Reader &reader, Profile &profile) {
    return {{"dns_rule", [&](const toml::node &list, std::string_view k) {
                 reader.each(list, [&](const toml::node &n) { read_dns_rule(reader, n, k, profile); });
             }}};
}

} // namespace mprox
