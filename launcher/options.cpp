// SPDX-License-Identifier: GPL-2.0-or-later
#include "options.hpp"

#include <CLI/CLI.hpp>
#include <cstring>
#include <iostream>
#include <optional>

#include "paths.hpp"
#include "proxychains.hpp"
#include "settings.hpp"

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
    std::string proxy_user;
    std::string bearer;
    std::vector<std::string> headers;
    bool digest = false;
    std::optional<std::uint32_t> tries;
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
    app.add_flag("--proxy-digest", words.digest, "HTTP: never send the password, answer Digest challenges only");
    app.add_option("--proxy-bearer", words.bearer, "HTTP: a token for Proxy-Authorization: Bearer")
        ->type_name("TOKEN")
        ->check(not_empty());
    app.add_option("--tries", words.tries, "how often in a row each server of -x is tried (default 1)")
        ->type_name("N")
        ->check(CLI::Range(1, 10));
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

/// Those of the table. CLI11 keeps their words until take_settings().
void declare_settings(CLI::App &app) {
    for (const auto &setting : mprox::settings()) {
        if (setting.option.empty())
            continue;
        const std::string names(setting.option);
        const std::string help(setting.help);
        if (setting.value.empty()) {
            app.add_flag(names, help);
            continue;
        }
        app.add_option(names)
            ->description(help)
            ->type_name(std::string(setting.value))
            ->allow_extra_args(false)
            ->multi_option_policy(setting.access.repeats ? CLI::MultiOptionPolicy::TakeAll
                                                         : CLI::MultiOptionPolicy::Throw);
    }
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

Status take_settings(const CLI::App &app, mprox::Profile &profile) {
    for (const auto &setting : mprox::settings()) {
        const auto *option = setting.option.empty() ? nullptr : app.get_option(std::string(setting.long_option()));
        if (!option || !option->count())
            continue;
        // CLI11 lets a flag be denied: --fastopen=false.
        if (setting.value.empty() && option->results().back() != "true")
            return Error{std::string(setting.long_option()) + " takes no value", "leave it out, or the option"};
        if (auto status = mprox::take_option(profile, setting, option->results()); !status)
            return status;
    }
    mprox::note_source(profile, "");
    return mprox::ok();
}

Status take_tries(const Words &words, mprox::Profile &profile) {
    if (words.tries && profile.proxies.empty())
        return Error{"--tries is for the proxies of -x, and there is none",
                     "write tries = N into the [[server]] of the profile that names the proxy"};
    for (auto &url : profile.proxies)
        url.tries = static_cast<std::uint8_t>(words.tries.value_or(0));
    return mprox::ok();
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
    declare_settings(app);
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
    if (auto status = take_tries(words, options.profile); !status)
        return status.error();
    if (auto status = take_settings(app, options.profile); !status)
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
        mprox::note_source(profile, "ALL_PROXY");
    }
    return profile;
}
