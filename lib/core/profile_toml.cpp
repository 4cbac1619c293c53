// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile.hpp"

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>
#include <netinet/in.h>
#include <pwd.h>
#include <toml++/toml.h>

namespace mprox {
namespace {

/// Reads one table. The first error wins; the rest of the reading is void.
class Reader {
  public:
    explicit Reader(std::string path) : path_(std::move(path)) {}

    [[nodiscard]] const std::optional<Error> &error() const { return error_; }
    [[nodiscard]] const std::string &path() const { return path_; }

    void fail(const toml::node &at, std::string_view key, const std::string &what, const std::string &advice = "") {
        if (error_)
            return;
        const auto &where = at.source().begin;
        error_ = Error{path_ + ":" + std::to_string(where.line) + ":" + std::to_string(where.column) + ": " +
                           std::string(key) + ": " + what,
                       advice};
    }

    std::optional<std::string> string(const toml::node &node, std::string_view key) {
        if (const auto *value = node.as_string())
            return value->get();
        fail(node, key, "must be a string");
        return {};
    }

    std::optional<std::int64_t> integer(const toml::node &node, std::string_view key, std::int64_t low,
                                        std::int64_t high) {
        const auto *value = node.as_integer();
        if (value && value->get() >= low && value->get() <= high)
            return value->get();
        fail(node, key, "must be a whole number from " + std::to_string(low) + " to " + std::to_string(high));
        return {};
    }

    std::optional<double> number(const toml::node &node, std::string_view key) {
        if (const auto value = node.value<double>(); value && node.is_number())
            return value;
        fail(node, key, "must be a number");
        return {};
    }

    /// Each element of an array; a single value counts as an array of one.
    void each(const toml::node &node, const std::function<void(const toml::node &)> &use) {
        if (const auto *array = node.as_array())
            for (const auto &element : *array)
                use(element);
        else
            use(node);
    }

    template <typename T> std::optional<T> take(const toml::node &at, std::string_view key, Result<T> result) {
        if (result)
            return std::move(*result);
        fail(at, key, result.error().what, result.error().advice);
        return {};
    }

  private:
    std::string path_;
    std::optional<Error> error_;
};

using Handler = std::function<void(const toml::node &, std::string_view)>;
using Handlers = std::map<std::string, Handler, std::less<>>;

/// The known key that differs least from @p key, if it is near.
std::string similar(const Handlers &handlers, std::string_view key) {
    std::string best;
    std::size_t least = 3;
    for (const auto &[name, handler] : handlers) {
        std::vector<std::size_t> row(name.size() + 1);
        for (std::size_t j = 0; j < row.size(); j++)
            row[j] = j;
        for (std::size_t i = 1; i <= key.size(); i++) {
            std::size_t diagonal = row[0]++;
            for (std::size_t j = 1; j <= name.size(); j++) {
                const std::size_t cost = diagonal + (key[i - 1] != name[j - 1]);
                diagonal = row[j];
                row[j] = std::min({row[j] + 1, row[j - 1] + 1, cost});
            }
        }
        if (row.back() < least) {
            least = row.back();
            best = name;
        }
    }
    return best;
}

void read_table(Reader &reader, const toml::table &table, const Handlers &handlers) {
    for (const auto &[key, node] : table) {
        const auto handler = handlers.find(std::string_view(key.str()));
        if (handler != handlers.end()) {
            handler->second(node, key.str());
            continue;
        }
        const auto near = similar(handlers, key.str());
        reader.fail(node, key.str(), "no such key", near.empty() ? "" : "did you mean '" + near + "'?");
    }
}

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

void read_rule(Reader &reader, const toml::node &node, std::string_view key, Profile &profile) {
    const auto *table = node.as_table();
    std::optional<Verdict> verdict;
    Rule rule;

    if (!table) {
        reader.fail(node, key, "must be a table", "write it as [[rule]]");
        return;
    }
    read_table(reader, *table,
               {{"to",
                 [&](const toml::node &n, std::string_view k) {
                     if (const auto text = reader.string(n, k))
                         rule.to = reader.take(n, k, parse_cidr(*text));
                 }},
                {"proto",
                 [&](const toml::node &n, std::string_view k) { rule.proto = read_proto(reader, n, k).value_or(0); }},
                {"port", [&](const toml::node &n, std::string_view k) { read_ports(reader, n, k, rule); }},
                {"verdict", [&](const toml::node &n, std::string_view k) { verdict = read_verdict(reader, n, k); }}});
    if (!verdict)
        reader.fail(node, key, "the rule has no verdict", "add verdict = \"direct\", \"proxy\" or \"block\"");
    else
        rule.verdict = *verdict;
    if (rule.port_first && rule.proto != IPPROTO_TCP && rule.proto != IPPROTO_UDP)
        reader.fail(node, key, "a port needs a protocol that has ports", "add proto = \"tcp\" or \"udp\"");
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

void read_exempt(Reader &reader, const toml::node &node, std::string_view key, Profile &profile) {
    const auto *table = node.as_table();
    if (!table) {
        reader.fail(node, key, "must be a table", "write it as [exempt]");
        return;
    }
    read_table(reader, *table,
               {{"uid",
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
                 }}});
}

/// The first line of a file that others should not be able to read.
std::optional<std::string> read_secret(Reader &reader, const toml::node &node, std::string_view key) {
    const auto path = reader.string(node, key);
    std::string line;
    if (!path)
        return {};
    std::ifstream file(*path);
    if (!std::getline(file, line)) {
        reader.fail(node, key, "cannot read a password from '" + *path + "'");
        return {};
    }
    return line;
}

struct Credentials {
    std::optional<std::string> user;
    std::optional<std::string> password;
    const toml::node *at = nullptr;
};

Handlers proxy_handlers(Reader &reader, Profile &profile, Credentials &credentials) {
    return {{"proxy",
             [&](const toml::node &list, std::string_view k) {
                 reader.each(list, [&](const toml::node &n) {
                     if (const auto text = reader.string(n, k))
                         if (auto url = reader.take(n, k, parse_proxy_url(*text)))
                             profile.proxies.push_back(*url);
                 });
             }},
            {"user",
             [&](const toml::node &n, std::string_view k) {
                 credentials.at = &n;
                 credentials.user = reader.string(n, k);
             }},
            {"password",
             [&](const toml::node &n, std::string_view k) {
                 credentials.at = &n;
                 credentials.password = reader.string(n, k);
             }},
            {"password_file", [&](const toml::node &n, std::string_view k) {
                 credentials.at = &n;
                 credentials.password = read_secret(reader, n, k);
             }}};
}

Handlers setting_handlers(Reader &reader, Profile &profile) {
    return {{"scope",
             [&](const toml::node &n, std::string_view k) {
                 if (const auto text = reader.string(n, k))
                     profile.scope = reader.take(n, k, parse_scope(*text));
             }},
            {"dns",
             [&](const toml::node &n, std::string_view k) {
                 if (const auto text = reader.string(n, k))
                     profile.dns = reader.take(n, k, parse_dns(*text));
             }},
            {"on_failure",
             [&](const toml::node &n, std::string_view k) {
                 const auto text = reader.string(n, k);
                 if (text && *text != "refuse" && *text != "direct")
                     reader.fail(n, k, "must be \"refuse\" or \"direct\"");
                 profile.on_failure = text == "direct" ? OnFailure::direct : OnFailure::refuse;
             }},
            {"handshake_timeout", [&](const toml::node &n, std::string_view k) {
                 if (const auto seconds = reader.number(n, k))
                     profile.handshake_ms = reader.take(n, k, parse_timeout(*seconds));
             }}};
}

Handlers list_handlers(Reader &reader, Profile &profile) {
    return {{"bypass",
             [&](const toml::node &list, std::string_view k) {
                 reader.each(list, [&](const toml::node &n) {
                     if (const auto text = reader.string(n, k))
                         if (auto cidr = reader.take(n, k, parse_cidr(*text)))
                             profile.bypass.push_back(*cidr);
                 });
             }},
            {"match",
             [&](const toml::node &list, std::string_view k) {
                 reader.each(list, [&](const toml::node &n) {
                     if (const auto text = reader.string(n, k))
                         profile.match.push_back(*text);
                 });
             }},
            {"exempt", [&](const toml::node &n, std::string_view k) { read_exempt(reader, n, k, profile); }},
            {"rule", [&](const toml::node &list, std::string_view k) {
                 reader.each(list, [&](const toml::node &n) { read_rule(reader, n, k, profile); });
             }}};
}

void apply_credentials(Reader &reader, Profile &profile, const Credentials &credentials) {
    if (!credentials.at)
        return;
    for (auto &url : profile.proxies) {
        if (!url.user.empty())
            continue;
        url.user = credentials.user.value_or("");
        url.password = credentials.password.value_or("");
        if (auto status = check_credentials(url); !status)
            reader.fail(*credentials.at, "user", status.error().what, status.error().advice);
    }
}

Result<toml::table> parse_file(const std::string &path) {
    try {
        return toml::parse_file(path);
    } catch (const toml::parse_error &error) {
        const auto &where = error.source().begin;
        // The library reports a file that cannot be opened at line 0.
        if (where.line == 0)
            return Error{"cannot read " + path, "check that it exists and may be read"};
        return Error{path + ":" + std::to_string(where.line) + ":" + std::to_string(where.column) + ": " +
                         std::string(error.description()),
                     "this is not TOML: see https://toml.io"};
    }
}

} // namespace

Result<Profile> load_profile(const std::string &path) {
    auto table = parse_file(path);
    if (!table)
        return table.error();

    Reader reader(path);
    Profile profile;
    Credentials credentials;
    Handlers handlers = proxy_handlers(reader, profile, credentials);
    handlers.merge(setting_handlers(reader, profile));
    handlers.merge(list_handlers(reader, profile));
    read_table(reader, *table, handlers);
    apply_credentials(reader, profile, credentials);
    if (reader.error())
        return *reader.error();
    return profile;
}

} // namespace mprox
