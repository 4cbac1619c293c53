// SPDX-License-Identifier: GPL-2.0-or-later
// A plan in words. Nothing secret is among them.
#include <algorithm>
#include <array>
#include <netinet/in.h>
#include <sys/socket.h>

#include "plan.hpp"

namespace mprox {

std::string rule_text(const mutex_proxy_rule &rule) {
    std::string text = rule.verdict == MUTEX_PROXY_VERDICT_DIRECT  ? "direct"
                       : rule.verdict == MUTEX_PROXY_VERDICT_PROXY ? "proxy"
                                                                   : "block";
    Cidr to;
    to.network.family = rule.family;
    to.prefix = rule.prefix;
    std::copy(std::begin(rule.addr), std::end(rule.addr), to.network.bytes.begin());
    text += rule.family ? " " + to.text() : " everything";
    if (rule.proto)
        text += rule.proto == IPPROTO_TCP   ? " tcp"
                : rule.proto == IPPROTO_UDP ? " udp"
                                            : " protocol " + std::to_string(rule.proto);
    if (rule.port_first)
        text += " port " + std::to_string(rule.port_first) +
                (rule.port_last != rule.port_first ? "-" + std::to_string(rule.port_last) : "");
    return text;
}

namespace {

std::string_view name_of_type(__u32 type) {
    return type == MUTEX_PROXY_TYPE_HTTP ? "http" : type == MUTEX_PROXY_TYPE_SOCKS4 ? "socks4" : "socks5";
}

std::string describe_place(const mutex_proxy_server &server) {
    if (server.name_len)
        return {reinterpret_cast<const char *>(server.name), server.name_len};
    Address address;
    address.family = server.family;
    address.scope_id = server.scope_id;
    std::copy(std::begin(server.addr), std::end(server.addr), address.bytes.begin());
    return server.family == AF_INET6 ? "[" + address.text() + "]" : address.text();
}

/// The names alone: a value may be a secret.
std::string header_names(const mutex_proxy_server &server) {
    std::string_view rest(reinterpret_cast<const char *>(server.headers), server.headers_len);
    std::string names;
    while (!rest.empty()) {
        names += (names.empty() ? "" : ", ") + std::string(rest.substr(0, rest.find(':')));
        rest.remove_prefix(rest.find("\r\n") + 2);
    }
    return names;
}

} // namespace

std::string server_place(const mutex_proxy_server &server) {
    return describe_place(server) + ":" + std::to_string(server.port);
}

std::string server_type(const mutex_proxy_server &server) { return std::string(name_of_type(server.type)); }

std::string server_text(const mutex_proxy_server &server) {
    static constexpr std::array kAuth = {"", ", or without", ", by Digest"};
    auto text = server_type(server) + " " + server_place(server);
    if (server.user_len)
        text += " as " + std::string(reinterpret_cast<const char *>(server.user), server.user_len) +
                kAuth.at(server.auth);
    if (server.weight)
        text += " weight " + std::to_string(server.weight);
    if (server.tries > 1)
        text += ", " + std::to_string(server.tries) + " tries";
    if (server.attempt_ms)
        text += ", " + std::to_string(server.attempt_ms) + " ms each";
    if (server.headers_len)
        text += ", headers " + header_names(server);
    if (server.secrets_of)
        text += ", login or headers not told";
    return text;
}

std::vector<Line> Plan::lines() const {
    std::vector<Line> lines;
    const auto is_hop = [](const mutex_proxy_server &server) { return (server.flags & MUTEX_PROXY_SERVER_HOP) != 0; };
    const auto hops = static_cast<std::size_t>(std::count_if(servers.begin(), servers.end(), is_hop));

    for (std::size_t i = 0; i < servers.size(); i++)
        lines.push_back({is_hop(servers[i]) ? "  then to" : "proxy", server_text(servers[i]), sources.servers[i]});
    if (servers.size() - hops > 1)
        lines.push_back({"strategy", std::string(name_of(strategy)), sources.strategy});
    for (std::size_t i = 0; i < rules.size(); i++)
        lines.push_back({"rule", rule_text(rules[i]), sources.rules[i]});
    for (std::size_t i = 0; i < exempt.size(); i++)
        lines.push_back({"exempt",
                         (exempt[i].kind == MUTEX_PROXY_EXEMPT_PID ? "pid " : "uid ") + std::to_string(exempt[i].id),
                         sources.exempt[i]});
    for (const auto &line : dns_lines())
        lines.push_back(line);
    lines.insert(lines.end(), settings.begin(), settings.end());
    return lines;
}

std::vector<std::string> Plan::describe() const {
    constexpr std::size_t width = 11;
    std::vector<std::string> texts;
    for (const auto &line : lines())
        texts.push_back(line.title + std::string(width - line.title.size(), ' ') + line.text +
                        (line.source.empty() ? "" : "  (" + line.source + ")"));
    return texts;
}

} // namespace mprox
