// SPDX-License-Identifier: GPL-2.0-or-later
// A plan in words. Nothing secret is among them.
#include <algorithm>
#include <array>
#include <netinet/in.h>
#include <sys/socket.h>

#include "plan.hpp"

namespace mprox {
namespace {

std::string describe_rule(const mutex_proxy_rule &rule) {
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

std::string describe_server(const mutex_proxy_server &server) {
    static constexpr std::array kAuth = {"", ", or without", ", by Digest"};
    std::string text(name_of_type(server.type));
    text += " " + describe_place(server) + ":" + std::to_string(server.port);
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
    return text;
}

} // namespace

std::vector<std::string> Plan::describe() const {
    std::vector<std::string> lines;
    const auto say = [&](std::string_view what, const std::string &text) {
        lines.push_back(std::string(what) + std::string(11 - what.size(), ' ') + text);
    };
    const auto is_hop = [](const mutex_proxy_server &server) { return (server.flags & MUTEX_PROXY_SERVER_HOP) != 0; };

    for (const auto &server : servers)
        say(is_hop(server) ? "  then to" : "proxy", describe_server(server));
    if (servers.size() - static_cast<std::size_t>(std::count_if(servers.begin(), servers.end(), is_hop)) > 1)
        say("strategy", std::string(name_of(strategy)));
    for (const auto &rule : rules)
        say("rule", describe_rule(rule));
    for (const auto &one : exempt)
        say("exempt", (one.kind == MUTEX_PROXY_EXEMPT_PID ? "pid " : "uid ") + std::to_string(one.id));
    for (const auto &line : describe_dns())
        say("names", line);
    say("scope", std::string(name_of(scope)));
    if (handshake_ms)
        say("time-out", std::to_string(handshake_ms) + " ms for the handshake");
    if (attempt_ms)
        say("time-out", std::to_string(attempt_ms) + " ms for one server");
    if (fail_ms)
        say("time-out", std::to_string(fail_ms) + " ms for a server that failed");
    if (rounds)
        say("rounds", std::to_string(rounds));
    if (stepwise)
        say("pipeline", "never");
    if (fastopen)
        say("fastopen", "where a server offers it");
    if (probe_ms)
        say("probes", "every " + std::to_string(probe_ms) + " ms");
    if (udp)
        say("udp", "through the proxy" + (udp_relay ? ", whose relay is at " + udp_relay->text() : ""));
    if (bind)
        say("bind", "ports on the proxy" + (bind_ms ? ", " + std::to_string(bind_ms) + " ms for the peer" : ""));
    return lines;
}

} // namespace mprox
