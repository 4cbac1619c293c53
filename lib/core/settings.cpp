// SPDX-License-Identifier: GPL-2.0-or-later
#include "settings.hpp"

#include <algorithm>
#include <charconv>
#include <linux/mutex_proxy.h>

namespace mprox {
namespace {

constexpr std::int64_t kMaxTtl = 86400; // the kernel's TTL_MAX
constexpr std::int64_t kMaxRounds = 10; // and its ROUNDS_MAX
constexpr std::int64_t kMaxConnectsPerSecond = 1000000; // and its CONNECTS_PER_SECOND_MAX

template <typename T> using Optional = std::optional<T> Profile::*;
template <typename T> using List = std::vector<T> Profile::*;

/// All but how it is taken, of a member that is there or not.
template <typename T> Access single(Form form, Optional<T> member) {
    Access access;
    access.form = form;
    access.count = [=](const Profile &profile) { return (profile.*member).has_value() ? 1U : 0U; };
    access.lay = [=](Profile &base, const Profile &over) {
        if (over.*member)
            base.*member = over.*member;
        return false;
    };
    return access;
}

/// As files have it.
std::string written(const std::string &text) { return text; }
std::string written(int family) { return name_of_family(family); }
std::string written(OnFailure on_failure) { return on_failure == OnFailure::direct ? "direct" : "refuse"; }
std::string written(const Address &address) { return address.text(); }
std::string written(const Cidr &network) { return network.text(); }
template <typename T> std::string written(T word) { return std::string(name_of(word)); }

template <typename T> Status keep(Profile &profile, Optional<T> member, Result<T> result) {
    if (!result)
        return result.error();
    profile.*member = std::move(*result);
    return ok();
}

template <typename T> Access word(Optional<T> member, Result<T> (*parse)(std::string_view)) {
    auto access = single(Form::word, member);
    access.take = [=](Profile &profile, const Value &value) {
        return keep(profile, member, parse(std::get<std::string>(value)));
    };
    access.give = [=](const Profile &profile) {
        return profile.*member ? std::vector<Value>{written(*(profile.*member))} : std::vector<Value>{};
    };
    return access;
}

Access seconds(Optional<std::uint32_t> member, Result<std::uint32_t> (*parse)(double)) {
    auto access = single(Form::seconds, member);
    access.number = member;
    access.take = [=](Profile &profile, const Value &value) {
        return keep(profile, member, parse(std::get<double>(value)));
    };
    access.give = [=](const Profile &profile) {
        return profile.*member ? std::vector<Value>{seconds_of(*(profile.*member))} : std::vector<Value>{};
    };
    return access;
}

Access whole(Optional<std::uint32_t> member, std::int64_t low, std::int64_t high) {
    auto access = single(Form::whole, member);
    access.number = member;
    access.low = low;
    access.high = high;
    access.take = [=](Profile &profile, const Value &value) {
        profile.*member = static_cast<std::uint32_t>(std::get<std::int64_t>(value));
        return ok();
    };
    access.give = [=](const Profile &profile) {
        return profile.*member ? std::vector<Value>{std::int64_t{*(profile.*member)}} : std::vector<Value>{};
    };
    return access;
}

Access boolean(Form form, Optional<bool> member) {
    auto access = single(form, member);
    access.take = [=](Profile &profile, const Value &value) {
        profile.*member = std::get<bool>(value);
        return ok();
    };
    access.give = [=](const Profile &profile) {
        if (!(profile.*member))
            return std::vector<Value>{};
        const bool yes = *(profile.*member);
        return std::vector<Value>{form == Form::never ? Value(std::string(yes ? "auto" : "never")) : Value(yes)};
    };
    return access;
}

Access flag(Optional<bool> member) { return boolean(Form::flag, member); }
Access denial(Optional<bool> member) { return boolean(Form::denial, member); }
Access never(Optional<bool> member) { return boolean(Form::never, member); }

/// A list of which the upper layer's values come first.
template <typename T> Access rows(List<T> member) {
    Access access;
    access.repeats = true;
    access.count = [=](const Profile &profile) { return (profile.*member).size(); };
    access.lay = [=](Profile &base, const Profile &over) {
        (base.*member).insert((base.*member).begin(), (over.*member).begin(), (over.*member).end());
        return true;
    };
    return access;
}

template <typename T> Access list(List<T> member, Result<T> (*parse)(std::string_view)) {
    auto access = rows(member);
    access.form = Form::word;
    access.take = [=](Profile &profile, const Value &value) -> Status {
        auto one = parse(std::get<std::string>(value));
        if (!one)
            return one.error();
        (profile.*member).push_back(std::move(*one));
        return ok();
    };
    access.give = [=](const Profile &profile) {
        std::vector<Value> values;
        for (const auto &one : profile.*member)
            values.emplace_back(written(one));
        return values;
    };
    return access;
}

/// A list of which the upper layer's stands instead of the lower's.
template <typename T> Access instead(Access access, List<T> member) {
    access.lay = [=](Profile &base, const Profile &over) {
        if (!(over.*member).empty())
            base.*member = over.*member;
        return false;
    };
    return access;
}

/// A number in a list: uids and pids. In TOML they stand in a table.
Access numbers(List<std::uint32_t> member, std::int64_t low, std::int64_t high) {
    auto access = rows(member);
    access.form = Form::whole;
    access.low = low;
    access.high = high;
    access.take = [=](Profile &profile, const Value &value) {
        (profile.*member).push_back(static_cast<std::uint32_t>(std::get<std::int64_t>(value)));
        return ok();
    };
    access.give = [=](const Profile &profile) {
        std::vector<Value> values;
        for (const auto one : profile.*member)
            values.emplace_back(std::int64_t{one});
        return values;
    };
    return access;
}

Result<std::string> as_it_is(std::string_view text) { return std::string(text); }

Result<OnFailure> parse_on_failure(std::string_view text) {
    if (text == "refuse")
        return OnFailure::refuse;
    if (text == "direct")
        return OnFailure::direct;
    return Error{"must be \"refuse\" or \"direct\"", ""};
}

/// It speaks of a list of proxies, and so goes with it.
Access chain() {
    auto access = flag(&Profile::chain);
    access.lay = [](Profile &base, const Profile &over) {
        if (over.chain || !over.proxies.empty())
            base.chain = over.chain;
        return false;
    };
    return access;
}

/// One of two members at most: whom to ask.
Access dns_server() {
    Access access;
    access.form = Form::word;
    access.count = [](const Profile &profile) { return profile.dns_server || profile.dns_url ? 1U : 0U; };
    access.take = [](Profile &profile, const Value &value) {
        return set_dns_server(profile, std::get<std::string>(value));
    };
    access.give = [](const Profile &profile) {
        return profile.dns_url      ? std::vector<Value>{profile.dns_url->text()}
               : profile.dns_server ? std::vector<Value>{profile.dns_server->text()}
                                    : std::vector<Value>{};
    };
    access.lay = [](Profile &base, const Profile &over) {
        if (over.dns_server || over.dns_url) {
            base.dns_server = over.dns_server;
            base.dns_url = over.dns_url;
        }
        return false;
    };
    return access;
}

/// A network for each family.
Access dns_range() {
    Access access;
    access.form = Form::word;
    access.repeats = true;
    access.count = [](const Profile &profile) { return profile.fake4 || profile.fake6 ? 1U : 0U; };
    access.take = [](Profile &profile, const Value &value) -> Status {
        const auto range = parse_cidr(std::get<std::string>(value));
        return range ? add_range(profile, *range) : Status(range.error());
    };
    access.give = [](const Profile &profile) {
        std::vector<Value> values;
        for (const auto &range : {profile.fake4, profile.fake6})
            if (range)
                values.emplace_back(range->text());
        return values;
    };
    access.lay = [](Profile &base, const Profile &over) {
        if (over.fake4)
            base.fake4 = over.fake4;
        if (over.fake6)
            base.fake6 = over.fake6;
        return false;
    };
    return access;
}

using Text = std::function<std::string(const Profile &)>;

Text milliseconds(Optional<std::uint32_t> member, const char *behind, const char *before = "") {
    return [=](const Profile &profile) {
        const auto number = (profile.*member).value_or(0);
        return number ? before + std::to_string(number) + " ms" + behind : "";
    };
}

/// @p text if the member has the value.
template <typename T> Text when(Optional<T> member, T value, const char *text) {
    return [=](const Profile &profile) { return profile.*member == value ? text : ""; };
}

std::string scope_text(const Profile &profile) {
    return std::string(name_of(profile.scope.value_or(Scope::tree)));
}

std::string lock_text(const Profile &profile) {
    return !profile.lock ? "" : *profile.lock ? "no member can change or end the scope" : "none";
}

std::string rounds_text(const Profile &profile) {
    return profile.rounds ? std::to_string(*profile.rounds) : "";
}

std::string connects_text(const Profile &profile) {
    return profile.connects_per_second ? std::to_string(*profile.connects_per_second) + " in a second at most" : "";
}

std::string udp_text(const Profile &profile) {
    if (profile.udp != Udp::proxy)
        return ""; // direct is a rule, and block the default
    return "through the proxy" + (profile.udp_relay ? ", whose relay is at " + profile.udp_relay->text() : "");
}

std::string strict_text(const Profile &profile) {
    if (!profile.strict.value_or(false))
        return "";
    std::string text = "sockets of IP, Unix and netlink";
    for (const int family : profile.families)
        text += ", " + name_of_family(family);
    return text + "; no mounts, io_uring, ptrace, requested keys";
}

std::string bind_text(const Profile &profile) {
    if (!profile.bind.value_or(false))
        return "";
    const auto ms = profile.bind_ms.value_or(0);
    return "ports on the proxy" + (ms ? ", " + std::to_string(ms) + " ms for the peer" : "");
}

// What has a line of its own in Plan::describe() has no text here.

std::string idle_family(const Profile &profile, std::size_t) {
    return profile.strict.value_or(false) ? "" : "without --strict every family is allowed";
}

std::string idle_chain(const Profile &profile, std::size_t) {
    return profile.chain == true && profile.proxies.size() < 2 ? "only one proxy is named" : "";
}

std::string idle_with_one(const Profile &, std::size_t servers) {
    return servers < 2 ? "there is only one server to use" : "";
}

/// The only server may take as long as all attempts together, unless it has several.
std::string idle_attempt(const Profile &profile, std::size_t servers) {
    const bool again = std::any_of(profile.proxies.begin(), profile.proxies.end(),
                                   [](const ProxyUrl &url) { return url.tries > 1; });
    return again ? "" : idle_with_one(profile, servers);
}

std::string idle_resolver(const Profile &profile, std::size_t) {
    return asks_common_resolver(profile) ? "" : "nobody is asked: names are resolved by dns = \"" +
           std::string(name_of(profile.dns.value_or(Dns::fake))) + "\" (--dns), not by \"proxy\"";
}

std::vector<Setting> proxy_settings() {
    return {
        {.key = "proxy", .access = instead(rows(&Profile::proxies), &Profile::proxies)},
        {.key = "chain",
         .option = "--chain",
         .group = kGroupSeveral,
         .help = "the proxies are one chain, each reached through the one before",
         .access = chain(),
         .idle = idle_chain},
        {.key = "strategy",
         .option = "--strategy",
         .group = kGroupSeveral,
         .value = "NAME",
         .help = "which of several servers goes first: failover (default), round-robin,\n"
                 "random, weighted, least-connections, hash-source, hash-destination\n"
                 "or least-latency",
         .access = word(&Profile::strategy, parse_strategy),
         .idle = idle_with_one},
    };
}

std::vector<Setting> traffic_settings() {
    return {
        {.key = "scope",
         .option = "--scope",
         .group = kGroupTraffic,
         .value = "SCOPE",
         .help = "who is captured: tree (default), process or global",
         .access = word(&Profile::scope, parse_scope),
         .title = "scope",
         .text = scope_text},
        {.key = "lock",
         .option = "--lock,!--no-lock",
         .group = kGroupTraffic,
         .help = "no program of the scope can end or change it (default without\n"
                 "CAP_NET_ADMIN); a global one then refuses when its holder is gone",
         .access = flag(&Profile::lock),
         .title = "lock",
         .text = lock_text},
        {.key = "name",
         .option = "--name",
         .group = kGroupTraffic,
         .value = "NAME",
         .help = "what --list and --end call it (default: as COMMAND)",
         .access = word(&Profile::name, parse_context_name),
         .title = "name",
         .text = [](const Profile &profile) { return profile.name.value_or(""); }},
        {.key = "bypass",
         .option = "--bypass",
         .group = kGroupTraffic,
         .value = "CIDR[,CIDR]",
         .help = "networks to reach directly; repeatable, or with commas",
         .access = list(&Profile::bypass, parse_cidr)},
        {.key = "local",
         .option = "--no-local",
         .group = kGroupTraffic,
         .help = "the machine's own addresses, but for loopback, are proxied like others",
         .access = denial(&Profile::local),
         .title = "local",
         .text = when(&Profile::local, false, "this machine's own addresses are proxied, but for loopback")},
        {.key = "rule", .access = rows(&Profile::rules)},
        {.key = "exempt.uid",
         .option = "--exempt-uid",
         .group = kGroupTraffic,
         .value = "UID",
         .help = "a user to leave alone; repeatable",
         .access = numbers(&Profile::exempt_uids, 0, UINT32_MAX - 1)},
        {.key = "exempt.pid",
         .option = "--exempt-pid",
         .group = kGroupTraffic,
         .value = "PID",
         .help = "a process to leave alone; repeatable",
         .access = numbers(&Profile::exempt_pids, 1, INT32_MAX)},
        {.key = "on_failure", .access = word(&Profile::on_failure, parse_on_failure)},
        {.key = "match", .access = instead(list(&Profile::match, as_it_is), &Profile::match)},
    };
}

std::vector<Setting> dns_settings() {
    return {
        {.key = "dns",
         .option = "--dns",
         .group = kGroupNames,
         .value = "MODE",
         .help = "how names are resolved: fake (default: by the proxy),\n"
                 "proxy (of --dns-server, through it), direct or block",
         .access = word(&Profile::dns, parse_dns)},
        {.key = "dns_server",
         .option = "--dns-server",
         .group = kGroupNames,
         .value = "WHOM",
         .help = "whom --dns proxy asks: ADDRESS[:PORT] over TCP,\n"
                 "tls://HOST[:PORT] or https://HOST[:PORT][/PATH]",
         .access = dns_server(),
         .idle = idle_resolver},
        {.key = "dns_server_ca",
         .option = "--dns-server-ca",
         .group = kGroupNames,
         .value = "FILE",
         .help = "whose certificates are trusted for that, instead of\nthe system's",
         .access = word(&Profile::dns_ca, as_it_is),
         .idle = idle_resolver},
        {.key = "dns_server_direct",
         .option = "--dns-server-direct",
         .group = kGroupNames,
         .help = "that one is not reached through the proxy",
         .access = flag(&Profile::dns_server_direct),
         .idle = idle_resolver},
        {.key = "dns_ipv6", .access = flag(&Profile::dns_ipv6)},
        {.key = "dns_records", .access = flag(&Profile::dns_records)},
        {.key = "dns_ttl", .access = whole(&Profile::dns_ttl, 1, kMaxTtl)},
        {.key = "dns_range", .access = dns_range()},
        {.key = "dns_rule", .access = rows(&Profile::dns_rules)},
    };
}

std::vector<Setting> time_settings() {
    return {
        {.key = "handshake_timeout",
         .option = "--handshake-timeout",
         .group = kGroupTimes,
         .value = "SECONDS",
         .help = "how long the proxy may take (default 60)",
         .access = seconds(&Profile::handshake_ms, parse_timeout),
         .kernel = &mutex_proxy_policy::handshake_ms,
         .title = "time-out",
         .text = milliseconds(&Profile::handshake_ms, " for the handshake")},
        {.key = "attempt_timeout",
         .option = "--attempt-timeout",
         .group = kGroupTimes,
         .value = "SECONDS",
         .help = "how long one of several servers may take (default 10)",
         .access = seconds(&Profile::attempt_ms, parse_timeout),
         .kernel = &mutex_proxy_policy::attempt_ms,
         .title = "time-out",
         .text = milliseconds(&Profile::attempt_ms, " for one server"),
         .idle = idle_attempt},
        {.key = "fail_timeout",
         .access = seconds(&Profile::fail_ms, parse_timeout),
         .kernel = &mutex_proxy_policy::fail_ms,
         .title = "time-out",
         .text = milliseconds(&Profile::fail_ms, " for a server that failed")},
        {.key = "rounds",
         .option = "--rounds",
         .group = kGroupSeveral,
         .value = "N",
         .help = "how often the list of servers is gone through (default 2)",
         .access = whole(&Profile::rounds, 1, kMaxRounds),
         .kernel = &mutex_proxy_policy::rounds,
         .title = "rounds",
         .text = rounds_text,
         .idle = idle_with_one},
        {.key = "max_connects_per_second",
         .option = "--max-connects-per-second",
         .group = kGroupTraffic,
         .value = "N",
         .help = "refuse connections beyond so many in a second (default: any number)",
         .access = whole(&Profile::connects_per_second, 1, kMaxConnectsPerSecond),
         .kernel = &mutex_proxy_policy::max_connects_per_second,
         .title = "connections",
         .text = connects_text},
        {.key = "pipeline",
         .option = "--no-pipeline",
         .group = kGroupTimes,
         .help = "wait for each of the proxy's answers",
         .access = never(&Profile::pipeline),
         .title = "pipeline",
         .text = when(&Profile::pipeline, false, "never")},
        {.key = "fastopen",
         .option = "--fastopen",
         .group = kGroupTimes,
         .help = "TCP Fast Open to servers that offer it",
         .access = flag(&Profile::fastopen),
         .title = "fastopen",
         .text = when(&Profile::fastopen, true, "where a server offers it")},
        {.key = "probe_interval",
         .option = "--probe-interval",
         .group = kGroupSeveral,
         .value = "SECONDS",
         .help = "probe the servers that often (default: never)",
         .access = seconds(&Profile::probe_ms, parse_interval),
         .kernel = &mutex_proxy_policy::probe_ms,
         .title = "probes",
         .text = milliseconds(&Profile::probe_ms, "", "every ")},
    };
}

std::vector<Setting> other_settings() {
    return {
        {.key = "route",
         .option = "--no-route",
         .group = kGroupTraffic,
         .help = "no last-resort route where no default route is",
         .access = never(&Profile::route),
         .title = "route",
         .text = when(&Profile::route, false, "never one of ours")},
        {.key = "udp",
         .option = "--udp",
         .group = kGroupTraffic,
         .value = "MODE",
         .help = "what becomes of UDP: block (default), proxy (SOCKS5) or direct",
         .access = word(&Profile::udp, parse_udp),
         .title = "udp",
         .text = udp_text},
        {.key = "udp_relay", .access = word(&Profile::udp_relay, parse_address)},
        {.key = "bind",
         .option = "--bind",
         .group = kGroupTraffic,
         .help = "ports on the proxy (SOCKS BIND) for programs that listen,\n"
                 "as FTP clients do in active mode; implies --preload",
         .access = flag(&Profile::bind),
         .title = "bind",
         .text = bind_text},
        {.key = "bind_timeout",
         .access = seconds(&Profile::bind_ms, parse_interval),
         .kernel = &mutex_proxy_policy::bind_ms},
        {.key = "strict",
         .option = "--strict",
         .group = kGroupTraffic,
         .help = "a filter of system calls: no sockets but those of IP, Unix and netlink, no\n"
                 "mounts, io_uring, ptrace, or keys that the kernel would ask somebody for",
         .access = flag(&Profile::strict),
         .title = "strict",
         .text = strict_text},
        {.key = "allow_family",
         .option = "--allow-family",
         .group = kGroupTraffic,
         .value = "NAME",
         .help = "with --strict: an address family all the same, as vsock; repeatable",
         .access = list(&Profile::families, parse_family),
         .idle = idle_family},
    };
}

/// In the order of the lines of --dry-run.
std::vector<Setting> make_table() {
    std::vector<Setting> table;
    for (const auto &part : {proxy_settings(), traffic_settings(), dns_settings(), time_settings(), other_settings()})
        table.insert(table.end(), part.begin(), part.end());
    return table;
}

template <typename T> bool reads_as(const std::string &word, T &number) {
    const auto *end = word.data() + word.size();
    const auto result = std::from_chars(word.data(), end, number);
    return result.ec == std::errc() && result.ptr == end;
}

/// A word of the command line as what the setting takes.
Result<Value> value_of(const Setting &setting, const std::string &word) {
    const auto &access = setting.access;
    double number = 0;
    std::int64_t integer = 0;
    switch (access.form) {
    case Form::seconds:
        if (!reads_as(word, number))
            return Error{"'" + word + "' is no number of seconds", ""};
        return Value(number);
    case Form::whole:
        if (!reads_as(word, integer) || integer < access.low || integer > access.high)
            return Error{"'" + word + "' is no whole number from " + std::to_string(access.low) + " to " +
                             std::to_string(access.high),
                         ""};
        return Value(integer);
    case Form::flag:
        return Value(word != "false");
    case Form::denial:
    case Form::never:
        return Value(false);
    default:
        return Value(word);
    }
}

std::vector<std::string> split(const std::string &word) {
    std::vector<std::string> parts;
    for (std::size_t at = 0; at <= word.size();) {
        const auto comma = std::min(word.find(',', at), word.size());
        parts.push_back(word.substr(at, comma - at));
        at = comma + 1;
    }
    return parts;
}

} // namespace

std::string_view Setting::long_option() const {
    const auto names = option.substr(0, option.find(",!"));
    const auto at = names.rfind("--");
    return at == std::string_view::npos ? names : names.substr(at);
}

const std::vector<Setting> &settings() {
    static const std::vector<Setting> table = make_table();
    return table;
}

const Setting *find_setting(std::string_view name) {
    const auto &table = settings();
    const auto found = std::find_if(table.begin(), table.end(), [&](const Setting &setting) {
        return !name.empty() && (setting.key == name || setting.long_option() == name);
    });
    return found == table.end() ? nullptr : &*found;
}

Status take_option(Profile &profile, const Setting &setting, const std::vector<std::string> &words) {
    const std::string option(setting.long_option());
    for (const auto &word : words)
        for (const auto &part : setting.access.repeats ? split(word) : std::vector{word}) {
            if (part.empty())
                return Error{option + ": is empty", ""};
            const auto value = value_of(setting, part);
            if (!value)
                return value.error().in(option);
            if (auto status = setting.access.take(profile, *value); !status)
                return status.error().in(option);
        }
    return ok();
}

std::vector<Idle> idle_settings(const Profile &profile, std::size_t servers) {
    std::vector<Idle> idle;
    for (const auto &setting : settings())
        if (setting.idle && setting.access.count(profile))
            if (auto why = setting.idle(profile, servers); !why.empty())
                idle.push_back({&setting, std::move(why)});
    return idle;
}

void note_source(Profile &profile, const std::string &source) {
    for (const auto &setting : settings())
        if (const auto count = setting.access.count(profile))
            profile.sources[std::string(setting.key)].resize(count, source);
}

std::string source_of(const Profile &profile, std::string_view key, std::size_t index) {
    const auto found = profile.sources.find(key);
    return found == profile.sources.end() || index >= found->second.size() ? "" : found->second[index];
}

namespace {

std::string with_line(const std::string &source, std::size_t line) {
    return source.empty() || !line ? source : source + ":" + std::to_string(line);
}

} // namespace

std::string source_of_rule(const Profile &profile, std::size_t index) {
    return with_line(source_of(profile, "rule", index), profile.rules[index].line);
}

std::string source_of_dns_rule(const Profile &profile, std::size_t index) {
    return with_line(source_of(profile, "dns_rule", index), profile.dns_rules[index].line);
}

namespace {

void lay_sources(Profile &base, const Profile &over, const Setting &setting, bool both) {
    const std::string key(setting.key);
    const auto found = over.sources.find(key);
    auto above = found == over.sources.end() ? std::vector<std::string>() : found->second;
    above.resize(setting.access.count(over));
    auto &sources = base.sources[key];
    if (both)
        sources.insert(sources.begin(), above.begin(), above.end());
    else if (!above.empty())
        sources = std::move(above);
    sources.resize(setting.access.count(base));
}

} // namespace

Profile merge(Profile base, const Profile &over) {
    for (const auto &setting : settings()) {
        // A list that was filled by hand has values without a source.
        if (const auto count = setting.access.count(base))
            base.sources[std::string(setting.key)].resize(count);
        const bool both = setting.access.lay(base, over);
        lay_sources(base, over, setting, both);
    }
    base.notes.insert(base.notes.begin(), over.notes.begin(), over.notes.end());
    return base;
}

} // namespace mprox
