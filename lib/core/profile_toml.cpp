// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile.hpp"

#include <filesystem>
#include <map>
#include <netinet/in.h>
#include <pwd.h>

#include "profile_dns.hpp"
#include "profile_servers.hpp"
#include "secret.hpp"
#include "settings.hpp"
#include "toml_reader.hpp"

namespace mprox {
namespace {

std::optional<std::uint8_t> read_proto(Reader &reader, const toml::node &node, std::string_view key) {
    static const std::map<std::string, std::uint8_t, std::less<>> names = {
        {"any", 0},         {"tcp", IPPROTO_TCP},       {"udp", IPPROTO_UDP},
        {"icmp", IPPROTO_ICMP}, {"icmpv6", IPPROTO_ICMPV6}, {"sctp", IPPROTO_SCTP}};
    if (node.is_integer()) {
        const auto number = reader.integer(node, key, 1, 255);
        return number ? std::optional<std::uint8_t>(static_cast<std::uint8_t>(*number)) : std::nullopt;
    }
    const auto name = reader.string(node, key);
    if (!name)
        return {};
    if (const auto found = names.find(*name); found != names.end())
        return found->second;
    reader.fail(node, key, "unknown protocol '" + *name + "'", "use any, tcp, udp, icmp, icmpv6, sctp or a number");
    return {};
}

void read_ports(Reader &reader, const toml::node &node, std::string_view key, Rule &rule) {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    if (const auto *number = node.as_integer()) {
        first = last = static_cast<std::uint64_t>(number->get());
    } else if (const auto text = reader.string(node, key)) {
        const auto dash = text->find('-');
        const std::string_view view = *text;
        if (!parse_number(view.substr(0, dash), 1, UINT16_MAX, first) ||
            !parse_number(dash == std::string::npos ? view : view.substr(dash + 1), 1, UINT16_MAX, last))
            first = 0;
    }
    if (first < 1 || last > UINT16_MAX || first > last) {
        reader.fail(node, key, "must be a port or a range of ports", "write it as 53 or \"8000-8999\"");
        return;
    }
    rule.port_first = static_cast<std::uint16_t>(first);
    rule.port_last = static_cast<std::uint16_t>(last);
}

std::optional<Verdict> read_verdict(Reader &reader, const toml::node &node, std::string_view key) {
    for (auto verdict : {Verdict::direct, Verdict::proxy, Verdict::block})
        if (node.value<std::string_view>() == name_of(verdict))
            return verdict;
    reader.fail(node, key, "must be \"direct\", \"proxy\" or \"block\"");
    return {};
}

Handlers rule_handlers(Reader &reader, Rule &rule, std::optional<Verdict> &verdict) {
    return {{"to",
             [&](const toml::node &n, std::string_view k) {
                 if (const auto text = reader.string(n, k))
                     rule.to = reader.take(n, k, parse_cidr(*text));
             }},
            {"proto",
             [&](const toml::node &n, std::string_view k) { rule.proto = read_proto(reader, n, k).value_or(0); }},
            {"port", [&](const toml::node &n, std::string_view k) { read_ports(reader, n, k, rule); }},
            {"verdict", [&](const toml::node &n, std::string_view k) { verdict = read_verdict(reader, n, k); }}};
}

void read_rule(Reader &reader, const toml::node &node, std::string_view key, Profile &profile) {
    const auto *table = node.as_table();
    std::optional<Verdict> verdict;
    Rule rule;

    if (!table) {
        reader.fail(node, key, "must be a table", "write it as [[rule]]");
        return;
    }
    read_table(reader, *table, rule_handlers(reader, rule, verdict));
    if (!verdict)
        reader.fail(node, key, "the rule has no verdict", "add verdict = \"direct\", \"proxy\" or \"block\"");
    else
        rule.verdict = *verdict;
    if (rule.port_first && rule.proto != IPPROTO_TCP && rule.proto != IPPROTO_UDP)
        reader.fail(node, key, "a port needs a protocol that has ports", "add proto = \"tcp\" or \"udp\"");
    rule.line = reader.line_of(node);
    profile.rules.push_back(rule);
}

std::optional<std::uint32_t> read_uid(Reader &reader, const toml::node &node, std::string_view key) {
    if (node.is_string()) {
        const auto name = *node.value<std::string>();
        if (const auto *entry = getpwnam(name.c_str()))
            return entry->pw_uid;
        reader.fail(node, key, "there is no user '" + name + "'");
        return {};
    }
    const auto number = reader.integer(node, key, 0, UINT32_MAX - 1);
    return number ? std::optional<std::uint32_t>(static_cast<std::uint32_t>(*number)) : std::nullopt;
}

Handlers exempt_handlers(Reader &reader, Profile &profile) {
    return {{"uid",
             [&](const toml::node &list, std::string_view k) {
                 reader.each(list, [&](const toml::node &n) {
                     if (const auto uid = read_uid(reader, n, k))
                         profile.exempt_uids.push_back(*uid);
                 });
             }},
            {"pid", [&](const toml::node &list, std::string_view k) {
                 reader.each(list, [&](const toml::node &n) {
                     if (const auto pid = reader.integer(n, k, 1, INT32_MAX))
                         profile.exempt_pids.push_back(static_cast<std::uint32_t>(*pid));
                 });
             }}};
}

void read_exempt(Reader &reader, const toml::node &node, std::string_view key, Profile &profile) {
    const auto *table = node.as_table();
    if (!table) {
        reader.fail(node, key, "must be a table", "write it as [exempt]");
        return;
    }
    read_table(reader, *table, exempt_handlers(reader, profile));
}

/// What is read once all keys are known: a table's keys come in any order.
struct Later {
    Login login;
    const toml::node *servers = nullptr;
};

Handlers proxy_handlers(Reader &reader, Profile &profile, Later &later) {
    return {{"proxy",
             [&](const toml::node &list, std::string_view k) {
                 reader.each(list, [&](const toml::node &n) {
                     if (const auto text = reader.string(n, k))
                         if (auto url = read_url(reader, n, k, *text))
                             profile.proxies.push_back(*url);
                 });
             }},
            {"user",
             [&](const toml::node &n, std::string_view k) {
                 later.login.at = &n;
                 later.login.user = reader.string(n, k);
             }},
            {"password",
             [&](const toml::node &n, std::string_view k) {
                 later.login.at = &n;
                 later.login.password = reader.string(n, k);
                 reader.holds_secret();
             }},
            {"password_file",
             [&](const toml::node &n, std::string_view k) {
                 later.login.at = &n;
                 later.login.password = read_secret(reader, n, k);
             }},
            {"server", [&](const toml::node &list, std::string_view) { later.servers = &list; }}};
}

/// The keys whose values are tables.
Handlers table_handlers(Reader &reader, Profile &profile) {
    return {{"exempt", [&](const toml::node &n, std::string_view k) { read_exempt(reader, n, k, profile); }},
            {"rule", [&](const toml::node &list, std::string_view k) {
                 reader.each(list, [&](const toml::node &n) { read_rule(reader, n, k, profile); });
             }}};
}

template <typename T> std::optional<Value> value_of(std::optional<T> read) {
    return read ? std::optional<Value>(std::move(*read)) : std::nullopt;
}

/// "auto" or "never".
std::optional<Value> read_auto(Reader &reader, const toml::node &node, std::string_view key) {
    const auto text = node.value<std::string>();
    if (text == "auto" || text == "never")
        return Value(text == "auto");
    reader.fail(node, key, "must be \"auto\" or \"never\"");
    return {};
}

std::optional<Value> read_value(Reader &reader, const toml::node &node, std::string_view key, const Access &access) {
    switch (access.form) {
    case Form::seconds:
        return value_of(reader.number(node, key));
    case Form::whole:
        return value_of(reader.integer(node, key, access.low, access.high));
    case Form::flag:
    case Form::denial:
        return value_of(reader.flag(node, key));
    case Form::never:
        return read_auto(reader, node, key);
    default:
        return value_of(reader.string(node, key));
    }
}

void read_setting(Reader &reader, const toml::node &node, std::string_view key, const Access &access,
                  Profile &profile) {
    const auto take = [&](const toml::node &n) {
        if (const auto value = read_value(reader, n, key, access))
            reader.take(n, key, access.take(profile, *value));
    };
    if (access.repeats)
        reader.each(node, take);
    else
        take(node);
}

/// The keys of the table of settings whose values are no tables.
Handlers setting_handlers(Reader &reader, Profile &profile) {
    Handlers handlers;
    for (const auto &setting : settings())
        if (setting.access.form != Form::table && setting.key.find('.') == std::string_view::npos)
            handlers.emplace(setting.key, [&](const toml::node &n, std::string_view k) {
                read_setting(reader, n, k, setting.access, profile);
            });
    return handlers;
}

void read_later(Reader &reader, Profile &profile, const Later &later) {
    for (auto &url : profile.proxies)
        give_login(reader, later.login, url);
    if (later.servers)
        reader.each(*later.servers,
                    [&](const toml::node &n) { read_server(reader, n, later.login, profile.proxies); });
}

/// The keys that stand for themselves, and not within a table.
Handlers all_handlers(Reader &reader, Profile &profile, Later &later) {
    Handlers handlers = proxy_handlers(reader, profile, later);
    handlers.merge(setting_handlers(reader, profile));
    handlers.merge(table_handlers(reader, profile));
    handlers.merge(dns_handlers(reader, profile));
    return handlers;
}

/// What depends on the file itself.
void finish(const Reader &reader, Profile &profile) {
    const auto &path = reader.path();
    if (profile.dns_ca)
        profile.dns_ca = (std::filesystem::path(path).parent_path() / *profile.dns_ca).string();
    profile.notes = reader.notes();
    if (reader.has_secret() && is_readable_by_others(path))
        profile.notes.push_back(path + ": everybody on this machine can read the password in it; chmod o-r would end "
                                       "that, or password_file");
    note_source(profile, path);
}

} // namespace

Result<Profile> load_profile(const std::string &path) {
    const auto text = read_file(path);
    return text ? parse_profile(path, *text) : Result<Profile>(text.error());
}

Result<Profile> parse_profile(const std::string &path, const std::string &text, const Files &files) {
    auto document = parse_document(path, text);
    if (!document)
        return document.error();

    Reader reader(path, std::move(*document), files);
    Profile profile;
    Later later;
    read_table(reader, reader.table(), all_handlers(reader, profile, later));
    read_later(reader, profile, later);
    if (reader.error())
        return *reader.error();
    finish(reader, profile);
    return profile;
}

std::vector<std::string> profile_keys() {
    Reader reader("");
    Profile profile;
    Later later;
    Rule rule;
    std::optional<Verdict> verdict;
    const std::map<std::string, Handlers, std::less<>> within = {
        {"rule", rule_handlers(reader, rule, verdict)},
        {"exempt", exempt_handlers(reader, profile)},
        {"server", server_handlers()},
        {"dns_rule", dns_rule_handlers()}};
    std::vector<std::string> keys;
    for (const auto &[key, ignored] : all_handlers(reader, profile, later)) {
        const auto found = within.find(key);
        if (found == within.end())
            keys.push_back(key);
        else
            for (const auto &[inner, handler] : found->second)
                keys.push_back(key + "." + inner);
    }
    return keys;
}

} // namespace mprox
