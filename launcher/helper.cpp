// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <spdlog/spdlog.h>
#include <unistd.h>
#include <vector>

#include "loopback.hpp"
#include "mprox.h"
#include "orphan.hpp"
#include "parts.hpp"
#include "pass_fd.hpp"

#ifndef MPROX_RESOLVER_PATH
#define MPROX_RESOLVER_PATH "mprox-resolver"
#endif

using mprox::Error;
using mprox::Fd;
using mprox::Result;
using mprox::Status;

namespace {

constexpr int kOutOfTheWay = 64; // of programs that expect the low descriptors
// The helper's descriptors, behind the standard ones.
constexpr int kListener = 3, kLife = 4, kReport = 5;

Error system_error(const std::string &what) { return {what + ": " + std::strerror(errno), ""}; }

/// In the new process; the errno of what failed goes to @p own's last.
[[noreturn]] void become_helper(const std::string &program, std::vector<std::string> words,
                                const std::array<int, 3> &own, bool aloud, const User *user) {
    std::vector<char *> argv;
    for (auto &word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);
    // It is in scope without the preload library, which would look for a context.
    unsetenv("LD_PRELOAD");
    unsetenv("MPROX_FD");
    const bool arranged = keep_only(own, aloud) && fcntl(kReport, F_SETFD, FD_CLOEXEC) == 0 && chdir("/") == 0;
    if (arranged && (!user || become_user(*user)))
        execv(program.c_str(), argv.data());
    const int error = errno;
    const auto written = write(arranged ? kReport : own.back(), &error, sizeof(error));
    _exit(written < 0);
}

std::vector<std::string> words_for(const mprox::Plan &plan, bool aloud) {
    const bool global = plan.scope == mprox::Scope::global;
    std::vector<std::string> words = {"mprox-resolver", "--listen-fd", std::to_string(kListener),
                                      global ? "--exit-on-close" : "--context-fd", std::to_string(kLife),
                                      aloud ? "-v" : "--syslog"};
    if (!plan.dns_ca.empty())
        words.insert(words.end(), {"--ca", std::filesystem::absolute(plan.dns_ca).string()});
    words.push_back(plan.dns_url->text());
    return words;
}

/// In the new process: into the scope, if it is not there by being our child's.
[[noreturn]] void join_and_become(const std::string &program, const mprox::Plan &plan,
                                  const std::array<int, 3> &own, bool aloud, const User *user) {
    // Nobody else is in a scope of one process by being its child.
    if (plan.scope != mprox::Scope::process || mprox_join(own[1]) == 0)
        become_helper(program, words_for(plan, aloud), own, aloud, user);
    const int error = errno;
    const auto written = write(own.back(), &error, sizeof(error));
    _exit(written < 0);
}

} // namespace

Result<Helper> prepare_helper(mprox::Plan &plan) {
    if (!plan.dns_url)
        return Helper{};
    Helper helper{find_part(MPROX_RESOLVER_PATH, "resolver/mprox-resolver", X_OK), {}};
    const auto whom = plan.dns_url->text();
    if (access(helper.program.c_str(), X_OK) != 0)
        return Error{"cannot ask " + whom + ": " + helper.program + ": " + std::strerror(errno),
                     "install mprox-resolver, or name a resolver by its address alone"};
    if (!plan.dns_ca.empty() && access(plan.dns_ca.c_str(), R_OK) != 0)
        return system_error("cannot read the certificates of " + plan.dns_ca);
    helper.listener = mprox::listen_on_loopback(0);
    if (!helper.listener)
        return system_error("cannot listen on 127.0.0.1");
    plan.set_helper(mprox::port_of(helper.listener.get()));
    return helper;
}

Status start_helper(Helper &helper, const mprox::Plan &plan, int context, bool aloud, const User *user) {
    if (helper.program.empty())
        return mprox::ok();
    // Whoever took its port after its death would hear the scope's questions.
    if (mprox_keep(context, helper.listener.get()) != 0)
        return system_error("cannot keep the port of " + helper.program);
    int life[2] = {-1, -1};
    int report[2];
    // A global scope has no members: it lives as long as the descriptors that
    // COMMAND inherits, and one more of them tells the helper.
    if (pipe2(report, O_CLOEXEC) != 0 || (plan.scope == mprox::Scope::global && pipe2(life, O_CLOEXEC) != 0))
        return system_error("cannot start " + helper.program);
    const Fd heard(report[0]);
    Fd told(report[1]);
    const Fd watched(life[0]);
    const Fd held(life[1]);
    const std::array<int, 3> own = {helper.listener.get(), watched ? watched.get() : context, told.get()};
    if (!start_orphan([&] { join_and_become(helper.program, plan, own, aloud, user); }))
        return system_error("cannot start " + helper.program);
    told = Fd();
    helper.listener = Fd();
    int error = 0;
    if (read(heard.get(), &error, sizeof(error)) != 0) {
        errno = error;
        return system_error("cannot start " + helper.program);
    }
    spdlog::debug("{} asks {}", helper.program, plan.dns_url->text());
    if (held && fcntl(held.get(), F_DUPFD, kOutOfTheWay) < 0)
        return system_error("cannot keep " + helper.program);
    return mprox::ok();
}
