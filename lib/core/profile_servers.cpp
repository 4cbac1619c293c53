// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile_servers.hpp"

#include "profile.hpp"

namespace mprox {
namespace {

constexpr std::int64_t kMaxWeight = 1000; // the kernel's WEIGHT_MAX
constexpr std::int64_t kMaxTries = 10;    // and its TRIES_MAX

/// What was said, in whatever order.
struct Words {
    std::vector<ProxyUrl> hops;
    std::optional<std::string> user;
    std::optional<std::string> password;
    std::optional<std::string> token;
    std::optional<std::string> auth;
    std::optional<std::int64_t> weight;
    std::optional<std::int64_t> tries;
    std::optional<std::uint32_t> attempt_ms;
    const toml::node *headers = nullptr;
    std::string_view headers_key;
};

Handler string_handler(Reader &reader, std::optional<std::string> &to) {
    return [&](const toml::node &n, std::string_view k) { to = reader.string(n, k); };
}

Handler secret_handler(Reader &reader, std::optional<std::string> &to) {
    return [&](const toml::node &n, std::string_view k) {
        to = reader.string(n, k);
        reader.holds_secret();
    };
}

Handlers server_handlers(Reader &reader, Words &words) {
    const auto read_hops = [&](const toml::node &list, std::string_view k) {
        reader.each(list, [&](const toml::node &n) {
            if (const auto text = reader.string(n, k))
                if (auto url = read_url(reader, n, k, *text))
                    words.hops.push_back(*url);
        });
    };
    return {{"url", read_hops},
            {"chain", read_hops},
            {"user", string_handler(reader, words.user)},
            {"password", secret_handler(reader, words.password)},
            {"password_file",
             [&](const toml::node &n, std::string_view k) { words.password = read_secret(reader, n, k); }},
            {"token", secret_handler(reader, words.token)},
            {"token_file", [&](const toml::node &n, std::string_view k) { words.token = read_secret(reader, n, k); }},
            {"auth", string_handler(reader, words.auth)},
            {"weight",
             [&](const toml::node &n, std::string_view k) { words.weight = reader.integer(n, k, 1, kMaxWeight); }},
            {"tries",
             [&](const toml::node &n, std::string_view k) { words.tries = reader.integer(n, k, 1, kMaxTries); }},
            {"attempt_timeout",
             [&](const toml::node &n, std::string_view k) {
                 if (const auto seconds = reader.number(n, k))
                     words.attempt_ms = reader.take(n, k, parse_timeout(*seconds));
             }},
            {"headers", [&](const toml::node &n, std::string_view k) {
                 words.headers = &n;
                 words.headers_key = k;
             }}};
}

Status take_auth(const Words &words, ProxyUrl &url) {
    const auto auth = words.auth.value_or(words.token ? "bearer" : "auto");
    if (auth == "optional")
        url.auth = ProxyAuth::optional;
    else if (auth == "digest")
        url.auth = ProxyAuth::digest;
    else if (auth != "auto" && auth != "bearer")
        return Error{"unknown auth '" + auth + "'", "use auto, optional, digest or bearer"};
    if (auth == "bearer" && !words.token)
        return Error{"auth = \"bearer\" needs a token", "add token = \"...\" or token_file = \"...\""};
    if (auth != "bearer" && words.token)
        return Error{"a token is for auth = \"bearer\", not \"" + auth + "\"", "leave out one of the two"};
    return words.token ? set_bearer(url, *words.token) : ok();
}

void take_login(Reader &reader, const toml::node &node, const Words &words, const Login &login, ProxyUrl &url) {
    if (words.user)
        url.user = *words.user;
    if (words.password)
        url.password = *words.password;
    auto status = take_auth(words, url);
    if (!words.user && !words.password)
        give_login(reader, login, url);
    if (status)
        status = check_credentials(url);
    if (!status)
        reader.fail(node, "server", status.error().what, status.error().advice);
}

void take_headers(Reader &reader, const Words &words, ProxyUrl &url) {
    if (!words.headers)
        return;
    const auto *table = words.headers->as_table();
    if (!table) {
        reader.fail(*words.headers, words.headers_key, "must be a table", "write it as headers = { Name = \"value\" }");
        return;
    }
    const bool had_login = url.has_login();
    for (const auto &[name, node] : *table)
        if (const auto value = reader.string(node, name.str()))
            if (auto status = add_header(url, name.str(), *value); !status)
                reader.fail(node, name.str(), status.error().what, status.error().advice);
    if (!had_login && url.has_login())
        reader.holds_secret();
}

} // namespace

std::optional<ProxyUrl> read_url(Reader &reader, const toml::node &node, std::string_view key, std::string_view text) {
    auto url = reader.take(node, key, parse_proxy_url(text));
    if (url && !url->password.empty())
        reader.holds_secret();
    return url;
}

void give_login(Reader &reader, const Login &login, ProxyUrl &url) {
    if (!login.at || url.has_login())
        return;
    url.user = login.user.value_or("");
    url.password = login.password.value_or("");
    if (auto status = check_credentials(url); !status)
        reader.fail(*login.at, "user", url.text() + ": " + status.error().what, status.error().advice);
}

void read_server(Reader &reader, const toml::node &node, const Login &login, std::vector<ProxyUrl> &to) {
    static constexpr std::string_view key = "server";
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
    take_headers(reader, words, first);
    take_login(reader, node, words, login, first);
    first.weight = static_cast<std::uint16_t>(words.weight.value_or(0));
    first.tries = static_cast<std::uint8_t>(words.tries.value_or(0));
    first.attempt_ms = words.attempt_ms.value_or(0);
    for (std::size_t i = 1; i < words.hops.size(); i++) {
        words.hops[i].hop = true;
        give_login(reader, login, words.hops[i]);
    }
    to.insert(to.end(), words.hops.begin(), words.hops.end());
}

Handlers server_handlers() {
    Reader reader("");
    Words words;
    return server_handlers(reader, words);
}

} // namespace mprox
