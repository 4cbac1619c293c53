// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile_write.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <netinet/in.h>

#include "settings.hpp"

namespace mprox {
namespace {

constexpr std::string_view kHidden = "***";
constexpr std::string_view kBearer = "Bearer ";

/// RFC 3986, 2.3: all but the unreserved characters.
std::string percent_encoded(const std::string &text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    for (const unsigned char c : text) {
        if (std::isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~')
            encoded += static_cast<char>(c);
        else
            encoded += {'%', digits[c >> 4], digits[c & 15]};
    }
    return encoded;
}

std::string url_of(const ProxyUrl &url, Secrets secrets) {
    auto host = url.host;
    if (const auto zone = host.find('%'); zone != std::string::npos)
        host.insert(zone + 1, "25"); // RFC 6874
    if (host.find(':') != std::string::npos)
        host = "[" + host + "]";
    std::string login = percent_encoded(url.user);
    if (!url.password.empty())
        login += ":" + (secrets == Secrets::shown ? percent_encoded(url.password) : std::string(kHidden));
    return url.scheme + "://" + login + (login.empty() ? "" : "@") + host + ":" + std::to_string(url.port);
}

/// Has it all of itself in its URL?
bool is_plain(const ProxyUrl &url) {
    return url.auth == ProxyAuth::automatic && !url.weight && !url.tries && !url.attempt_ms && url.headers.empty() &&
           !url.hop;
}

/// A bearer's token is a key of its own.
void write_header(toml::table &server, toml::table &headers, std::string_view line, Secrets secrets) {
    const auto colon = line.find(':');
    const auto name = line.substr(0, colon);
    const auto value = line.substr(std::min(line.size(), colon + 2));
    const bool is_login = name.size() == 19 && strncasecmp(name.data(), "Proxy-Authorization", name.size()) == 0;
    const bool shown = secrets == Secrets::shown;
    if (is_login && value.starts_with(kBearer)) {
        server.insert_or_assign("auth", "bearer");
        server.insert_or_assign("token", std::string(shown ? value.substr(kBearer.size()) : kHidden));
        return;
    }
    // What a header of one's own says is nobody else's to see.
    headers.insert_or_assign(name, std::string(shown ? value : kHidden));
}

/// The proxy at @p first with the hops behind it.
toml::table write_server(const std::vector<ProxyUrl> &urls, std::size_t first, Secrets secrets) {
    static constexpr std::array kAuth = {"auto", "optional", "digest"};
    const auto &url = urls[first];
    toml::table server;
    if (first + 1 < urls.size() && urls[first + 1].hop) {
        toml::array chain{url_of(url, secrets)};
        for (std::size_t i = first + 1; i < urls.size() && urls[i].hop; i++)
            chain.push_back(url_of(urls[i], secrets));
        server.insert("chain", std::move(chain));
    } else {
        server.insert("url", url_of(url, secrets));
    }
    if (url.auth != ProxyAuth::automatic)
        server.insert("auth", kAuth.at(static_cast<std::size_t>(url.auth)));
    if (url.weight)
        server.insert("weight", std::int64_t{url.weight});
    if (url.tries)
        server.insert("tries", std::int64_t{url.tries});
    if (url.attempt_ms)
        server.insert("attempt_timeout", seconds_of(url.attempt_ms));
    toml::table headers;
    std::string_view rest = url.headers;
    for (auto end = rest.find("\r\n"); end != std::string_view::npos; end = rest.find("\r\n")) {
        write_header(server, headers, rest.substr(0, end), secrets);
        rest.remove_prefix(end + 2);
    }
    if (!headers.empty())
        server.insert("headers", std::move(headers));
    return server;
}

/// As `proxy` has them while a URL is enough, then each as a [[server]].
void write_proxies(toml::table &table, const std::vector<ProxyUrl> &urls, Secrets secrets) {
    const auto is_alone = [&](std::size_t i) { return is_plain(urls[i]) && (i + 1 == urls.size() || !urls[i + 1].hop); };
    std::size_t i = 0;
    toml::array plain;
    for (; i < urls.size() && is_alone(i); i++)
        plain.push_back(url_of(urls[i], secrets));
    if (plain.size() == 1)
        table.insert("proxy", *plain[0].value<std::string>());
    else if (!plain.empty())
        table.insert("proxy", std::move(plain));
    toml::array servers;
    for (; i < urls.size(); i++)
        if (!urls[i].hop)
            servers.push_back(write_server(urls, i, secrets));
    if (!servers.empty())
        table.insert("server", std::move(servers));
}

void write_rules(toml::table &table, const std::vector<Rule> &rules) {
    toml::array list;
    for (const auto &rule : rules) {
        toml::table one{{"verdict", std::string(name_of(rule.verdict))}};
        if (rule.to)
            one.insert("to", rule.to->text());
        if (rule.proto == IPPROTO_TCP || rule.proto == IPPROTO_UDP)
            one.insert("proto", rule.proto == IPPROTO_TCP ? "tcp" : "udp");
        else if (rule.proto)
            one.insert("proto", std::int64_t{rule.proto});
        if (rule.port_first && rule.port_first == rule.port_last)
            one.insert("port", std::int64_t{rule.port_first});
        else if (rule.port_first)
            one.insert("port", std::to_string(rule.port_first) + "-" + std::to_string(rule.port_last));
        list.push_back(std::move(one));
    }
    if (!list.empty())
        table.insert("rule", std::move(list));
}

void write_dns_rules(toml::table &table, const std::vector<DnsRule> &rules) {
    toml::array list;
    for (const auto &rule : rules) {
        toml::table one{{"name", rule.name}, {"mode", std::string(name_of(rule.mode))}};
        if (rule.server)
            one.insert("server", rule.server->text());
        list.push_back(std::move(one));
    }
    if (!list.empty())
        table.insert("dns_rule", std::move(list));
}

void insert(toml::table &table, std::string_view key, const std::vector<Value> &values, bool repeats) {
    toml::array list;
    for (const auto &value : values)
        std::visit([&](const auto &one) { list.push_back(one); }, value);
    if (values.empty())
        return;
    if (repeats)
        table.insert(key, std::move(list));
    else
        std::visit([&](const auto &one) { table.insert(key, one); }, values.front());
}

} // namespace

toml::table write_profile(const Profile &profile, Secrets secrets) {
    toml::table table;
    toml::table exempt;
    write_proxies(table, profile.proxies, secrets);
    for (const auto &setting : settings()) {
        if (setting.access.form == Form::table)
            continue;
        const auto dot = setting.key.find('.');
        const bool is_within = dot != std::string_view::npos;
        insert(is_within ? exempt : table, is_within ? setting.key.substr(dot + 1) : setting.key,
               setting.access.give(profile), setting.access.repeats);
    }
    if (!exempt.empty())
        table.insert("exempt", std::move(exempt));
    write_rules(table, profile.rules);
    write_dns_rules(table, profile.dns_rules);
    return table;
}

} // namespace mprox
