// SPDX-License-Identifier: GPL-2.0-or-later
#include "options.hpp"

#include <CLI/CLI.hpp>
#include <cstring>
#include <iostream>
#include <optional>

#include "paths.hpp"
#include "proxychains.hpp"

#ifndef MPROX_VERSION
#define MPROX_VERSION "unknown"
#endif

using mprox::Error;
using mprox::Result;
using mprox::Status;

namespace {

/// As CLI11 fills it in; turned into a Profile afterwards.
struct Words {
    std::vector<std::string> proxies;
    std::vector<std::string> bypass;
    std::vector<std::uint32_t> exempt_uids;
    std::vector<std::uint32_t> exempt_pids;
    std::string proxy_user;
    std::string scope;
    std::string dns;
    std::string dns_server;
    std::string dns_ca;
    bool dns_server_direct = false;
    std::string udp;
    std::string strategy;
    std::string bearer;
    std::vector<std::string> headers;
    bool chain = false;
    bool digest = false;
    bool stepwise = false;
    bool fastopen = false;
    bool bind = false;
    bool no_route = false;
    std::optional<double> probe_interval;
    std::optional<std::uint32_t> tries;
    std::optional<double> timeout;
    std::optional<double> attempt_timeout;
    std::optional<std::uint32_t> rounds;
};

/// An empty variable on the command line must not pass for an option not given.
const CLI::Validator &not_empty() {
    static const CLI::Validator validator([](std::string &text) { return std::string(text.empty() ? "is empty" : ""); },
                                          "");
    return validator;
}

void declare_proxy(CLI::App &app, Words &words, Options &options) {
    app.add_option("-x,--proxy", words.proxies, "SCHEME://[user:password@]host[:port], SCHEME one of socks5, socks5h,\n"
                   "socks4, socks4a, http; repeatable: servers in order")
        ->type_name("URL")
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    app.add_option("-u,--proxy-user", words.proxy_user, "credentials for proxies that have none in their URL")
        ->type_name("USER:PASSWORD")
        ->check(not_empty());
    app.add_flag("--chain", words.chain, "the proxies are one chain, each reached through the one before");
    app.add_option("--strategy", words.strategy,
                   "which of several servers goes first: failover (default), round-robin,\n"
                   "random, weighted, least-connections, hash-source, hash-destination\n"
                   "or least-latency")
        ->type_name("NAME")
        ->check(not_empty());
    app.add_flag("--proxy-digest", words.digest, "HTTP: never send the password, answer Digest challenges only");
    app.add_option("--proxy-bearer", words.bearer, "HTTP: a token for Proxy-Authorization: Bearer")
        ->type_name("TOKEN")
        ->check(not_empty());
    app.add_option("--proxy-header", words.headers, "HTTP: one more header line; repeatable")
        ->type_name("'NAME: VALUE'")
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    app.add_option("-p,--profile", options.profile_name, "a profile's name, or its file")
        ->type_name("NAME")
        ->check(not_empty());
    app.add_option("-f,--config", options.config, "instead of the default configuration file; or a\nproxychains.conf")
        ->type_name("FILE")
        ->check(not_empty());
}

void declare_policy(CLI::App &app, Words &words) {
    app.add_option("--bypass", words.bypass, "networks to reach directly; repeatable, or with commas")
        ->type_name("CIDR[,CIDR]")
        ->allow_extra_args(false)
        ->delimiter(',')
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    app.add_option("--scope", words.scope, "who is captured: tree (default), process or global")
        ->type_name("SCOPE")
        ->check(not_empty());
    app.add_option("--udp", words.udp, "what becomes of UDP: block (default), proxy (SOCKS5) or direct")
        ->type_name("MODE")
        ->check(not_empty());
    app.add_option("--dns-server", words.dns_server, "whom --dns proxy asks: ADDRESS[:PORT] over TCP,\n"
                                                     "tls://HOST[:PORT] or https://HOST[:PORT][/PATH]")
        ->type_name("WHOM")
        ->check(not_empty());
    app.add_option("--dns-server-ca", words.dns_ca, "whose certificates are trusted for that, instead of\n"
                                                    "the system's")
        ->type_name("FILE")
        ->check(not_empty());
    app.add_flag("--dns-server-direct", words.dns_server_direct, "that one is not reached through the proxy");
    app.add_option("--dns", words.dns, "how names are resolved: fake (default: by the proxy),\n"
                                       "proxy (of --dns-server, through it), direct or block")
        ->type_name("MODE")
        ->check(not_empty());
    app.add_option("--handshake-timeout", words.timeout, "how long the proxy may take (default 60)")
        ->type_name("SECONDS")
        ->check(not_empty());
    app.add_option("--attempt-timeout", words.attempt_timeout, "how long one of several servers may take (default 10)")
        ->type_name("SECONDS")
        ->check(not_empty());
    app.add_option("--rounds", words.rounds, "how often the list of servers is gone through (default 2)")
        ->type_name("N")
        ->check(CLI::Range(1, 10));
    app.add_option("--tries", words.tries, "how often in a row each server of -x is tried (default 1)")
        ->type_name("N")
        ->check(CLI::Range(1, 10));
    app.add_option("--probe-interval", words.probe_interval, "probe the servers that often (default: never)")
        ->type_name("SECONDS")
        ->check(not_empty());
    app.add_flag("--no-pipeline", words.stepwise, "wait for each of the proxy's answers");
    app.add_flag("--fastopen", words.fastopen, "TCP Fast Open to servers that offer it");
    app.add_flag("--no-route", words.no_route, "no last-resort route where no default route is");
    app.add_flag("--bind", words.bind, "ports on the proxy (SOCKS BIND) for programs that listen,\n"
                 "as FTP clients do in active mode; implies --preload");
    app.add_option("--exempt-uid", words.exempt_uids, "a user to leave alone; repeatable")
        ->type_name("UID")
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    app.add_option("--exempt-pid", words.exempt_pids, "a process to leave alone; repeatable")
        ->type_name("PID")
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void declare_run(CLI::App &app, Options &options) {
    app.add_option("--dns-log", options.dns_log, "what queries come to, line by line; - is the standard error")
        ->type_name("FILE")
        ->check(not_empty());
    app.add_flag("--check", options.check, "connect to every server first; do not start if one cannot be used");
    auto *preload = app.add_flag("--preload", options.preload, "also put libmprox_auto.so into LD_PRELOAD");
    app.add_flag("--no-preload", options.no_preload,
                 "never; else it is done for --bind, and where names are resolved by a\ndaemon such as nscd")
        ->excludes(preload);
    app.add_flag("--dry-run", options.dry_run, "say what would be done, and do nothing");
    app.add_flag("-q,--quiet", options.quiet, "errors only");
    app.add_flag("-v,--verbose", options.verbose, "say what is done; twice: more");
    app.set_version_flag("--version", "mprox-run " MPROX_VERSION);
}

Status take_headers(const Words &words, mprox::ProxyUrl &url) {
    if (!url.is_http())
        return mprox::ok();
    if (!words.bearer.empty())
        if (auto status = mprox::set_bearer(url, words.bearer); !status)
            return status.error().in("--proxy-bearer");
    for (const auto &line : words.headers) {
        const auto colon = line.find(':');
        const auto value = colon == std::string::npos ? colon : line.find_first_not_of(" \t", colon + 1);
        if (auto status = mprox::add_header(url, colon == std::string::npos ? "" : line.substr(0, colon),
                                            value == std::string::npos ? "" : line.substr(value));
            !status)
            return status.error().in("--proxy-header");
    }
    if (words.digest) {
        url.auth = mprox::ProxyAuth::digest;
        if (auto status = mprox::check_credentials(url); !status)
            return status.error().in("--proxy-digest");
    }
    return mprox::ok();
}

Status take_proxies(const Words &words, mprox::Profile &profile) {
    bool http = false;
    for (const auto &text : words.proxies) {
        auto url = mprox::parse_proxy_url(text);
        if (!url)
            return url.error();
        if (!words.proxy_user.empty() && !url->has_login())
            if (auto status = mprox::set_credentials(*url, words.proxy_user); !status)
                return status.error().in("--proxy-user");
        if (auto status = take_headers(words, *url); !status)
            return status;
        http |= url->is_http();
        profile.proxies.push_back(*url);
    }
    if (words.proxies.empty() && !words.proxy_user.empty())
        return Error{"--proxy-user is for the proxies of -x, and there is none",
                     "write the credentials where the proxy is named: into its URL, or the profile"};
    if (!http && (words.digest || !words.bearer.empty() || !words.headers.empty()))
        return Error{"--proxy-digest, --proxy-bearer and --proxy-header are for HTTP proxies, and -x names none",
                     "write it as -x http://HOST:PORT, or put them into the profile that names the proxy"};
    return mprox::ok();
}

template <typename T> Status take(std::optional<T> &to, Result<T> result, const char *option) {
    if (!result)
        return result.error().in(option);
    to = *result;
    return mprox::ok();
}

Status take_settings(const Words &words, mprox::Profile &profile) {
    for (const auto &text : words.bypass) {
        auto cidr = mprox::parse_cidr(text);
        if (!cidr)
            return cidr.error().in("--bypass");
        profile.bypass.push_back(*cidr);
    }
    profile.exempt_uids = words.exempt_uids;
    profile.exempt_pids = words.exempt_pids;
    Status status = mprox::ok();
    if (status && !words.scope.empty())
        status = take(profile.scope, mprox::parse_scope(words.scope), "--scope");
    if (status && !words.udp.empty())
        status = take(profile.udp, mprox::parse_udp(words.udp), "--udp");
    if (status && !words.dns_server.empty())
        status = mprox::set_dns_server(profile, words.dns_server);
    if (!status)
        return status.error().in("--dns-server");
    if (!words.dns_ca.empty())
        profile.dns_ca = words.dns_ca;
    if (words.dns_server_direct)
        profile.dns_server_direct = true;
    if (status && !words.dns.empty())
        status = take(profile.dns, mprox::parse_dns(words.dns), "--dns");
    if (status && !words.strategy.empty())
        status = take(profile.strategy, mprox::parse_strategy(words.strategy), "--strategy");
    if (status && words.timeout)
        status = take(profile.handshake_ms, mprox::parse_timeout(*words.timeout), "--handshake-timeout");
    if (status && words.attempt_timeout)
        status = take(profile.attempt_ms, mprox::parse_timeout(*words.attempt_timeout), "--attempt-timeout");
    if (words.chain)
        profile.chain = true;
    if (status && words.probe_interval)
        status = take(profile.probe_ms, mprox::parse_interval(*words.probe_interval), "--probe-interval");
    if (words.stepwise)
        profile.pipeline = false;
    if (words.fastopen)
        profile.fastopen = true;
    if (words.no_route)
        profile.route = false;
    if (words.bind)
        profile.bind = true;
    if (words.tries && profile.proxies.empty())
        return Error{"--tries is for the proxies of -x, and there is none",
                     "write tries = N into the [[server]] of the profile that names the proxy"};
    for (auto &url : profile.proxies)
        url.tries = static_cast<std::uint8_t>(words.tries.value_or(0));
    profile.rounds = words.rounds;
    return status;
}

/// Where COMMAND begins: CLI11 leaves the tail that it did not take. It takes
/// an unknown option for the beginning, too, unless "--" stands before it.
Result<char **> find_command(int argc, char **argv, std::size_t left, bool required) {
    int index = argc - static_cast<int>(left);
    const bool marked = index > 1 && std::strcmp(argv[index - 1], "--") == 0;
    if (left && !marked && std::strcmp(argv[index], "--") == 0) {
        index++;
    } else if (left && !marked && argv[index][0] == '-') {
        return Error{std::string("unknown option '") + argv[index] + "'",
                     "see mprox-run --help; write -- in front of a command that begins with a dash"};
    }
    if (index >= argc && required)
        return Error{"no command is given", "write it behind the options: mprox-run -x socks5://HOST curl ..."};
    return argv + index;
}

} // namespace

Result<Options> parse_options(int argc, char **argv) {
    Options options;
    Words words;
    CLI::App app("mprox-run [OPTIONS] [--] COMMAND [ARGS...]\n"
                 "Starts COMMAND with all of its TCP connections going through a proxy.",
                 "mprox-run");
    app.footer("COMMAND keeps its arguments, standard streams, signals and exit status. Without -x or a\n"
               "profile the proxy is that of /etc/mprox/mprox.toml or of the variable ALL_PROXY.\n"
               "Exit status of our own: 125 if we fail, 126 if COMMAND cannot be run, 127 if it is not there.\n"
               "See mprox-run(1).");
    app.prefix_command();
    declare_proxy(app, words, options);
    declare_policy(app, words);
    declare_run(app, options);

    try {
        app.parse(argc, argv);
    } catch (const CLI::Success &success) {
        options.exit_code = app.exit(success);
        return options;
    } catch (const CLI::ParseError &error) {
        return Error{error.what(), "see mprox-run --help"};
    }
    if (auto status = take_proxies(words, options.profile); !status)
        return status.error();
    if (auto status = take_settings(words, options.profile); !status)
        return status.error();
    auto command = find_command(argc, argv, app.remaining_size(), !options.dry_run);
    if (!command)
        return command.error();
    options.command = *command;
    return options;
}

Result<mprox::Profile> gather(const Options &options) {
    mprox::Profile profile;
    const auto config = options.config.empty() ? mprox::default_config() : std::optional(options.config);
    if (config) {
        auto loaded = mprox::is_proxychains(*config) ? mprox::load_proxychains(*config) : mprox::load_profile(*config);
        if (!loaded)
            return loaded.error();
        profile = std::move(*loaded);
    }
    if (!options.profile_name.empty()) {
        auto path = mprox::find_profile(options.profile_name);
        if (!path)
            return path.error();
        auto loaded = mprox::load_profile(*path);
        if (!loaded)
            return loaded.error();
        profile = mprox::merge(std::move(profile), *loaded);
    }
    profile = mprox::merge(std::move(profile), options.profile);
    if (profile.proxies.empty()) {
        auto url = mprox::proxy_of_environment();
        if (!url)
            return url.error();
        if (*url)
            profile.proxies.push_back(**url);
    }
    return profile;
}
