// SPDX-License-Identifier: GPL-2.0-or-later
#include "options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "command_line.hpp"
#include "settings.hpp"

#ifndef MPROX_VERSION
#define MPROX_VERSION "unknown"
#endif

using mprox::Error;
using mprox::Result;
using mprox::Status;

namespace {

/// As CLI11 fills it in; see take_log().
struct LogWords {
    std::string format;
    std::string level;
    std::vector<std::string> filters;
};

const std::string kRun(mprox::kGroupRun);

void declare_run(CLI::App &app, LogWords &words, Options &options) {
    app.add_option("--dns-log", options.dns_log, "what queries come to, line by line; - is the standard error")
        ->type_name("FILE")
        ->group(std::string(mprox::kGroupNames));
    auto *log = app.add_option("--log", options.log, "what happens, line by line: a file, journal, or - for the\n"
                               "standard error")
                    ->type_name("FILE");
    auto *format = app.add_option("--log-format", words.format, "text or json (default: json if FILE ends in .json or .jsonl)")
                       ->type_name("FORMAT")
                       ->check(CLI::IsMember({"text", "json"}));
    auto *level = app.add_option("--log-level", words.level, "warning, notice, info or debug: what is worth as much, or\n"
                                 "more (default debug: all)")
                      ->type_name("LEVEL");
    auto *filter = app.add_option("--log-filter", words.filters, "those events alone of which it is true: 'reason!=port';\n"
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
Status take_log(const LogWords &words, Options &options) {
    const std::string_view log = options.log;
    if (log == "journal" && !words.format.empty())
        return Error{"--log-format has no effect: an entry of the journal has fields", "leave it out"};
    options.log_is_json = words.format.empty() ? log.ends_with(".json") || log.ends_with(".jsonl") : words.format == "json";
    if (!words.level.empty())
        if (auto status = options.log_filter.take_level(words.level); !status)
            return status.error().in("--log-level");
    for (const auto &text : words.filters)
        if (auto status = options.log_filter.take_terms(text); !status)
            return status.error().in("--log-filter");
    return mprox::ok();
}

Status take_words(ProfileOptions &words, const LogWords &log, const CLI::App &app, Options &options) {
    auto wanted = words.take(app);
    if (!wanted)
        return wanted.error();
    static_cast<Wanted &>(options) = std::move(*wanted);
    return take_log(log, options);
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
    ProfileOptions words;
    LogWords log;
    CLI::App app("", "mprox-run");
    describe(app);
    words.add_places(app);
    words.add_logins(app);
    words.add_no_proxy_env(app);
    words.add_tries(app);
    words.add_settings(app);
    declare_run(app, log, options);

    const auto end = end_of_options(app, argc, argv);
    if (!end)
        return end.error();
    auto status = parse(app, *end, argv, options);
    hide_values(app, *end, argv, ProfileOptions::secrets());
    if (status && options.exit_code < 0)
        status = take_words(words, log, app, options);
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
    return gather(options, command.substr(command.rfind('/') + 1));
}

Status check_preload(const Options &options) {
    if (options.no_preload && options.profile.bind == true && !std::getenv("LD_PRELOAD"))
        return Error{"--bind has no effect: it works by libmprox_auto.so, which --no-preload leaves out",
                     "leave out one of the two"};
    return mprox::ok();
}
