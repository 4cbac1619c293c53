// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile_servers.hpp"

namespace mprox {
namespace {

constexpr std::int64_t kMaxWeight = 1000; // the kernel's WEIGHT_MAX

/// What was said, in whatever order.
struct Words {
    std::vector<ProxyUrl> hops;
    std::optional<std::string> user;
    std::optional<std::string> password;
    std::optional<std::string> token;
    std::optional<std::string> auth;
    std::optional<std::int64_t> weight;
    const toml::node *headers = nullptr;
    std::string_view headers_key;
};

Handler string_handler(Reader &reader, std::optional<std::string> &to) {
    return [&](const toml::node &n, std::string_view k) { to = reader.string(n, k); };
}

Handlers server_handlers(Reader &reader, Words &words) {
    const auto read_hops = [&](const toml::node &list, std::string_view k) {
        reader.each(list, [&](const toml::node &n) {
            if (const auto text = reader.string(n, k))
                if (auto url = reader.take(n, k, parse_proxy_url(*text)))
                    words.hops.push_back(*url);
        });
    };
    return {{"url", read_hops},
            {"chain", read_hops},
            {"user", string_handler(reader, words.user)},
            {"password", string_handler(reader, words.password)},
            {"password_file",
             [&](const toml::node &n, std::string_view k) { words.password = read_secret(reader, n, k); }},
            {"token", string_handler(reader, words.token)},
            {"token_file", [&](const toml::node &n, std::string_view k) { words.token = read_secret(reader, n, k); }},
            {"auth", string_handler(reader, words.auth)},
            {"weight",
             [&](const toml::node &n, std::string_view k) { words.weight = reader.integer(n, k, 1, kMaxWeight); }},
            {"headers", [&](const toml::node &n, std::string_view k) {
                 words.headers = &n;
                 words.headers_key = k;
             }}};
}

Status take_login(const Words &words, ProxyUrl &url) {
    if (words.user)
        url.user = *words.user;
    if (words.password)
        url.password = *words.password;
    if (words.auth == "optional")
        url.auth = ProxyAuth::optional;
    else if (words.auth == "digest")
        url.auth = ProxyAuth::digest;
    else if (words.auth && *words.auth != "auto")
        return Error{"unknown auth '" + *words.auth + "'", "use auto, optional or digest; a bearer's token is token = \"...\""};
    if (words.token)
        if (auto status = add_header(url, "Proxy-Authorization", "Bearer " + *words.token); !status)
            return status;
    return check_credentials(url);
}

void take_headers(Reader &reader, const Words &words, ProxyUrl &url) {
    if (!words.headers)
        return;
    const auto *table = words.headers->as_table();
    if (!table) {
        reader.fail(*words.headers, words.headers_key, "must be a table", "write it as headers = { Name = \"value\" }");
        return;
    }
    for (const auto &[name, node] : *table)
        if (const auto value = reader.string(node, name.str()))
            if (auto status = add_header(url, name.str(), *value); !status)
                reader.fail(node, name.str(), status.error().what, status.error().advice);
}

} // namespace

void read_server(Reader &reader, const toml::node &node, std::string_view key, std::vector<ProxyUrl> &to) {
    const auto *table = node.as_table();
    Words words;
    if (!table) {
        reader.fail(node, key, "must be a table", "write it as [[server]]");
        return;
    }
    read_table(reader, *table, server_handlers(reader, words));
    if (table->contains("url") == table->contains("chain")) {
        reader.fail(node, key, "needs either url or chain", "url = \"socks5://HOST\", or chain = [\"...\", \"...\"]");
        return;
    }
    if (words.hops.empty())
        return;
    auto &first = words.hops.front();
    if (auto status = take_login(words, first); !status)
        reader.fail(node, key, status.error().what, status.error().advice);
    take_headers(reader, words, first);
    first.weight = static_cast<std::uint16_t>(words.weight.value_or(0));
    for (std::size_t i = 1; i < words.hops.size(); i++)
        words.hops[i].hop = true;
    to.insert(to.end(), words.hops.begin(), words.hops.end());
}

} // namespace mprox
