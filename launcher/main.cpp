// SPDX-License-Identifier: GPL-2.0-or-later
// Parses, validates, plans, applies, and becomes COMMAND.
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "apply.hpp"
#include "check.hpp"
#include "contexts.hpp"
#include "dns_log.hpp"
#include "event_log.hpp"
#include "helper.hpp"
#include "log.hpp"
#include "options.hpp"
#include "environment_proxy.hpp"
#include "outside.hpp"
#include "plan.hpp"
#include "preload.hpp"
#include "print.hpp"
#include "secret.hpp"
#include "strict.hpp"
#include "supervise.hpp"
#include "user.hpp"

namespace {

// As env(1) and nohup(1) have them.
enum Exit { failed = 125, cannot_run = 126, not_found = 127 };

/// The one place that prints errors.
int die(const mprox::Error &error, int code = failed) {
    spdlog::error("{}{}{}", error.what, error.advice.empty() ? "" : "\n  ", error.advice);
    return code;
}

int become(char **command) {
    execvp(command[0], command);
    const int error = errno;
    // Who forgets -x has written a password here.
    const bool is_url = std::strstr(command[0], "://") != nullptr;
    return die({"cannot run " + (is_url ? mprox::masked(command[0]) : "'" + std::string(command[0]) + "'") + ": " +
                    std::strerror(error),
                is_url ? "a proxy is named by -x" : ""},
               error == ENOENT ? not_found : cannot_run);
}

/// In this process, which becomes COMMAND, and so after all that needs more.
mprox::Status confine(const mprox::Plan &plan, const User *user) {
    auto status = plan.strict ? become_strict(plan.families) : mprox::ok();
    return status && user ? become_user(*user) : status;
}

/// @p parent: who waits for COMMAND; nullptr: nobody of ours.
int run(const Options &options, const mprox::Profile &profile, Parent *parent) {
    auto found = find_user(options.user);
    if (!found)
        return die(found.error());
    const User *user = *found ? &**found : nullptr;
    auto plan = mprox::make_plan(profile);
    if (!plan)
        return die(plan.error());
    if (auto status = check_effects(options, profile, *plan); !status)
        return die(status.error());
    if (auto status = check_preload(options); !status)
        return die(status.error());
    if (plan->name.empty() && *options.command)
        plan->name = context_name_of(*options.command);
    for (const auto &line : plan->describe())
        spdlog::info("{}", line);
    for (const auto &text : profile.notes)
        spdlog::warn("{}", text);
    warn_of_outside(options.command, user);
    if (options.check)
        if (auto status = check_proxies(*plan, print_checked); !status)
            return die(status.error());
    if (options.dry_run)
        return print_plan(*plan, options.command, options.json);

    std::optional<DnsLog> log;
    if (!options.dns_log.empty()) {
        auto started = DnsLog::start(options.dns_log);
        if (!started)
            return die(started.error());
        log = std::move(*started);
    }
    auto events = EventLog::start(options);
    if (!events)
        return die(events.error());
    auto helper = prepare_helper(*plan);
    if (!helper)
        return die(helper.error());
    auto fd = mprox::apply(*plan);
    if (!fd)
        return die(fd.error());
    for (const auto &sentence : mprox::outer_contexts(fd->get(), *plan))
        spdlog::warn("{}", sentence);
    if (log)
        if (auto status = log->hand_over(fd->get()); !status)
            return die(status.error());
    if (auto status = *events ? (*events)->hand_over(fd->get()) : mprox::ok(); !status)
        return die(status.error());
    if (auto status = parent ? parent->hand_over(fd->get()) : mprox::ok(); !status)
        return die(status.error());
    if (auto status = start_helper(*helper, *plan, fd->get(), options.verbose > 0, user); !status)
        return die(status.error());
    if (auto status = mprox::lock(fd->get(), *plan); !status)
        return die(status.error());
    spdlog::debug("the proxy's descriptor is {}", fd->get());
    setenv("MPROX_FD", std::to_string(fd->release()).c_str(), 1);
    if (auto status = confine(*plan, user); !status)
        return die(status.error());
    if (auto status = set_up_preload(options, *plan); !status)
        return die(status.error());
    mprox::unset_environment_proxies();
    if (parent)
        parent->die_with_it();
    return become(options.command);
}

} // namespace

int main(int argc, char **argv) {
    set_up_log({});
    auto options = parse_options(argc, argv);
    if (!options)
        return die(options.error());
    if (options->exit_code >= 0)
        return options->exit_code;
    spdlog::drop_all();
    set_up_log(*options);
    if (options->list || !options->end.empty()) {
        auto status = options->list ? print_contexts() : end_context(options->end);
        return status ? EXIT_SUCCESS : die(status.error());
    }
    auto profile = gather(*options);
    if (!profile)
        return die(profile.error());
    if (!options->fail_status)
        return run(*options, *profile, nullptr);
    return supervise(*options->fail_status, [&](Parent &parent) { return run(*options, *profile, &parent); });
}
