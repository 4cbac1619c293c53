// SPDX-License-Identifier: GPL-2.0-or-later
#include "options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <optional>

#include "ask.hpp"
#include "command_line.hpp"
#include "layers.hpp"
#include "secret.hpp"
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
    std::string log_format;
    std::string log_level;
    std::vector<std::string> log_filters;
};

// What ps(1) must not show.
const std::vector<std::string> kSecretOptions = {"--proxy", "--proxy-user", "--proxy-bearer", "--proxy-header"};

const std::string kProxy(mprox::kGroupProxy);
const std::string kRun(mprox::kGroupRun);

void declare_proxy(CLI::App &app, Words &words, Options &options) {
    app.add_option("-x,--proxy", words.proxies, "SCHEME://[user:password@]host[:port], SCHEME one of socks5, socks5h,\n"
                   "socks4, socks4a, http; repeatable: servers in order")
        ->type_name("URL")
        ->group(kProxy)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    app.add_option("-u,--proxy-user", words.proxy_user, "credentials for proxies that have none in their URL;\n"
                   "without a password it is asked for on the terminal")
        ->type_name("USER[:PASSWORD]")
        ->group(kProxy);
    app.add_option("-p,--profile", options.profile_name, "a profile's name, or its file")
        ->type_name("NAME")
        ->group(kProxy);
    app.add_option("-f,--config", options.config, "instead of all configuration that is read unasked; or a\n"
                   "proxychains.conf")
        ->type_name("FILE")
        ->group(kProxy);
    app.add_flag("--no-proxy-env", options.no_proxy_env, "do not except what NO_PROXY names from the proxy of ALL_PROXY")
        ->group(kProxy);
    app.add_flag("--proxy-digest", words.digest, "HTTP: never send the password, answer Digest challenges only")
        ->group(kProxy);
    app.add_option("--proxy-bearer", words.bearer, "HTTP: a token for Proxy-Authorization: Bearer")
        ->type_name("TOKEN")
        ->group(kProxy);
    app.add_option("--proxy-header", words.headers, "HTTP: one more header line; repeatable")
        ->type_name("'NAME: VALUE'")
        ->group(kProxy)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    app.add_option("--tries", words.tries, "how often in a row each server of -x is tried (default 1)")
        ->type_name("N")
        ->group(std::string(mprox::kGroupSeveral))
        ->check(CLI::Range(1, 10));
}

/// Those of the table. CLI11 keeps their words until take_settings().
void declare_settings(CLI::App &app) {
    for (const auto &setting : mprox::settings()) {
        if (setting.option.empty())
            continue;
        const std::string names(setting.option);
        const std::string help(setting.help);
        if (setting.value.empty()) {
            app.add_flag(names, help)->group(std::string(setting.group));
            continue;
        }
        app.add_option(names)
            ->description(help)
            ->type_name(std::string(setting.value))
            ->group(std::string(setting.group))
            ->allow_extra_args(false)
            ->multi_option_policy(setting.access.repeats ? CLI::MultiOptionPolicy::TakeAll
                                                         : CLI::MultiOptionPolicy::Throw);
    }
}

void declare_run(CLI::App &app, Words &words, Options &options) {
    app.add_option("--dns-log", options.dns_log, "what queries come to, line by line; - is the standard error")
        ->type_name("FILE")
        ->group(std::string(mprox::kGroupNames));
    auto *log = app.add_option("--log", options.log, "what happens, line by line: a file, journal, or - for the\n"
                               "standard error")
                    ->type_name("FILE");
    auto *format = app.add_option("--log-format", words.log_format, "text or json (default: json if FILE ends in .json or .jsonl)")
                       ->type_name("FORMAT")
                       ->check(CLI::IsMember({"text", "json"}));
    auto *level = app.add_option("--log-level", words.log_level, "warning, notice, info or debug: what is worth as much, or\n"
                                 "more (default debug: all)")
                      ->type_name("LEVEL");
    auto *filter = app.add_option("--log-filter", words.log_filters, "those events alone of which it is true: 'reason!=port';\n"
                                  "repeatable")
                       ->type_name("FILTER")
                       ->allow_extra_args(false)
                       ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    auto *fail = app.add_option("--fail-status", options.fail_status, "the exit status if COMMAND fails, and a connection of it\n"
                                "has failed because of the proxy; COMMAND is a child then")
                     ->type_name("N")
                     ->check(CLI::Range(1, 255));
    auto *user = app.add_option("--user", options.user, "for root: COMMAND is that user's, and has none of root's\n"
                                "privileges")
                     ->type_name("NAME");
    auto *preload = app.add_flag("--preload", options.preload, "also put libmprox_auto.so into LD_PRELOAD");
    auto *no_preload = app.add_flag("--no-preload", options.no_preload,
                                    "never; else it is done for --bind, and where names are resolved\n"
                                    "by a daemon such as nscd");
    auto *dry_run = app.add_flag("--dry-run", options.dry_run, "say what would be done, and do nothing");
    auto *json = app.add_flag("--json", options.json, "say it in JSON");
    auto *check = app.add_flag("--check", options.check, "ask every server first, with the login; do not start if\n"
                               "none can be used");
    auto *list = app.add_flag("--list", options.list, "the scopes that you may know of, and nothing else");
    auto *end = app.add_option("--end", options.end, "ends the scope of that name or number, and nothing else")
                    ->type_name("SCOPE");
    auto *quiet = app.add_flag("-q,--quiet", options.quiet, "errors only");
    auto *verbose = app.add_flag("-v,--verbose", options.verbose, "say what is done; twice: more");
    auto *version = app.set_version_flag("--version", "mprox-run " MPROX_VERSION, "say which version this is");
    no_preload->excludes(preload);
    json->needs(dry_run);
    for (auto *option : {format, level, filter})
        option->needs(log);
    verbose->excludes(quiet);
    // Last, so that the groups come in our order.
    app.set_help_flag();
    auto *help = app.set_help_flag("-h,--help", "say this");
    for (auto *option : {log, format, level, filter, fail, user, preload, no_preload, check, dry_run, json, list, end, quiet, verbose, version, help})
        option->group(kRun);
}

/// The password of -u, which is asked for once, and only if a proxy needs one.
Status complete_login(Words &words, const mprox::ProxyUrl &url) {
    if (words.proxy_user.find(':') != std::string::npos || url.is_socks4())
        return mprox::ok();
    auto password = ask_password("Password of " + words.proxy_user + " for " + url.text() + ": ");
    if (!password)
        return password.error();
    words.proxy_user += ":" + *password;
    mprox::wipe(*password);
    return mprox::ok();
}

/// True if the proxy takes the login of -u.
Result<bool> take_login(Words &words, mprox::ProxyUrl &url) {
    if (words.proxy_user.empty() || url.has_login())
        return false;
    auto status = complete_login(words, url);
    if (status)
        status = mprox::set_credentials(url, words.proxy_user);
    if (!status)
        return status.error().in("--proxy-user");
    return true;
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

Status take_proxies(Words &words, mprox::Profile &profile) {
    bool http = false;
    bool logs_in = false;
    for (const auto &text : words.proxies) {
        auto url = mprox::parse_proxy_url(text);
        if (!url)
            return url.error();
        const auto taken = take_login(words, *url);
        if (!taken)
            return taken.error();
        if (auto status = take_headers(words, *url); !status)
            return status;
        logs_in |= *taken;
        http |= url->is_http();
        profile.proxies.push_back(*url);
    }
    if (words.proxies.empty() && !words.proxy_user.empty())
        return Error{"--proxy-user is for the proxies of -x, and there is none",
                     "write the credentials where the proxy is named: into its URL, or the profile"};
    if (!words.proxy_user.empty() && !logs_in)
        return Error{"--proxy-user has no effect: every proxy of -x has a login of its own", "leave one of the two out"};
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
        // CLI11 lets a flag be denied: --fastopen=false. Some have an option for that.
        const bool deniable = setting.option.find(",!") != std::string_view::npos;
        if (setting.value.empty() && option->results().back() != "true" && !deniable)
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

void describe(CLI::App &app) {
    app.description("Starts COMMAND with all of its TCP connections going through a proxy.");
    app.formatter(help_formatter());
    app.footer("Examples:\n"
               "  mprox-run firefox                        with the proxy of a configuration\n"
               "  mprox-run -x socks5://127.0.0.1:1080 curl https://example.org\n"
               "  mprox-run -x http://proxy:3128 -u me git clone https://...\n"
               "  mprox-run --chain -x socks5://outer -x http://inner:3128 ssh host\n"
               "  mprox-run --bypass 10.0.0.0/8 --udp proxy -x socks5://127.0.0.1 -- COMMAND\n\n"
               "COMMAND keeps its arguments, standard streams, signals and exit status. Without -x the proxy\n"
               "is that of a profile, of mprox.toml (/etc/mprox, ~/.config/mprox) or of the variable ALL_PROXY.\n"
               "Exit status of our own: 125 if we fail, 126 if COMMAND cannot be run, 127 if it is not there.\n"
               "See mprox-run(1).");
}

/// What CLI11 says of our words, in its own order: the last one first.
Status parse(CLI::App &app, int end, char **argv, Options &options) {
    std::vector<std::string> words(argv + 1, argv + end);
    std::reverse(words.begin(), words.end());
    try {
        app.parse(std::move(words));
    } catch (const CLI::Success &success) {
        options.exit_code = app.exit(success);
    } catch (const CLI::ParseError &error) {
        return Error{error.what(), "see mprox-run --help"};
    }
    return mprox::ok();
}

/// A file's name says it unless --log-format does.
Status take_log(const Words &words, Options &options) {
    const std::string_view log = options.log;
    if (log == "journal" && !words.log_format.empty())
        return Error{"--log-format has no effect: an entry of the journal has fields", "leave it out"};
    options.log_is_json = words.log_format.empty() ? log.ends_with(".json") || log.ends_with(".jsonl")
                                                   : words.log_format == "json";
    if (!words.log_level.empty())
        if (auto status = options.log_filter.take_level(words.log_level); !status)
            return status.error().in("--log-level");
    for (const auto &text : words.log_filters)
        if (auto status = options.log_filter.take_terms(text); !status)
            return status.error().in("--log-filter");
    return mprox::ok();
}

Status take_words(Words &words, const CLI::App &app, Options &options) {
    auto status = take_proxies(words, options.profile);
    if (status)
        status = take_log(words, options);
    if (status)
        status = take_tries(words, options.profile);
    if (status)
        status = take_settings(app, options.profile);
    for (auto *secret : {&words.proxy_user, &words.bearer})
        mprox::wipe(*secret);
    for (auto *secrets : {&words.proxies, &words.headers})
        std::for_each(secrets->begin(), secrets->end(), mprox::wipe);
    return status;
}

/// --list and --end have nothing to do with any other option, or with a COMMAND.
Status check_alone(const CLI::App &app, char **command) {
    const auto given = [](const CLI::Option *option) {
        static const std::vector<std::string> fitting = {"list", "end", "quiet", "verbose"};
        const auto &names = option->get_lnames();
        return option->count() && std::find_first_of(names.begin(), names.end(), fitting.begin(), fitting.end()) ==
                                      names.end();
    };
    const auto options = app.get_options();
    const auto other = std::find_if(options.begin(), options.end(), given);
    if (other != options.end())
        return Error{(*other)->get_name() + " has no effect beside --list or --end", "leave it out"};
    if (app.count("--list") && app.count("--end"))
        return Error{"--list and --end are two things", "do one after the other"};
    if (*command)
        return Error{std::string("'") + *command + "' is not started by --list or --end",
                     "leave it out; put what belongs to --end behind it: --end NAME"};
    return mprox::ok();
}

} // namespace

Result<Options> parse_options(int argc, char **argv) {
    Options options;
    Words words;
    CLI::App app("", "mprox-run");
    describe(app);
    declare_proxy(app, words, options);
    declare_settings(app);
    declare_run(app, words, options);

    const auto end = end_of_options(app, argc, argv);
    if (!end)
        return end.error();
    auto status = parse(app, *end, argv, options);
    hide_values(app, *end, argv, kSecretOptions);
    if (status && options.exit_code < 0)
        status = take_words(words, app, options);
    if (!status)
        return status.error();
    const bool marked = *end < argc && std::strcmp(argv[*end], "--") == 0;
    options.command = argv + *end + marked;
    if (options.exit_code >= 0)
        return options;
    if (options.list || !options.end.empty()) {
        if (status = check_alone(app, options.command); !status)
            return status.error();
    } else if (!*options.command && !options.dry_run) {
        return Error{"no command is given", "write it behind the options: mprox-run -x socks5://HOST curl ..."};
    }
    return options;
}

Result<mprox::Profile> gather(const Options &options) {
    const std::string command = *options.command ? *options.command : "";
    return mprox::gather_layers({.config = options.config,
                                 .profile_name = options.profile_name,
                                 .program = command.substr(command.rfind('/') + 1),
                                 .options = options.profile,
                                 .honour_no_proxy = !options.no_proxy_env});
}

Status check_effects(const Options &options, const mprox::Profile &profile, mprox::Plan &plan) {
    const auto is_hop = [](const auto &server) { return (server.flags & MUTEX_PROXY_SERVER_HOP) != 0; };
    const auto servers = std::count_if(plan.servers.begin(), plan.servers.end(), std::not_fn(is_hop));
    for (const auto &[setting, why] : mprox::idle_settings(profile, static_cast<std::size_t>(servers))) {
        if (setting->access.count(options.profile))
            return Error{std::string(setting->long_option()) + " has no effect: " + why, "leave it out"};
        // A file is written for more than one occasion.
        plan.settings.push_back({"no effect", std::string(setting->key) + ": " + why,
                                 mprox::source_of(profile, setting->key)});
    }
    if (options.no_preload && options.profile.bind == true && !std::getenv("LD_PRELOAD"))
        return Error{"--bind has no effect: it works by libmprox_auto.so, which --no-preload leaves out",
                     "leave out one of the two"};
    return mprox::ok();
}
