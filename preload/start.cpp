// SPDX-License-Identifier: GPL-2.0-or-later
// At program start: takes over the context of mprox-run, or makes one.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>
#include <unistd.h>

#include "address.hpp"
#include "apply.hpp"
#include "context_fd.hpp"
#include "environment.hpp"
#include "layers.hpp"
#include "plan.hpp"
#include "resolver.hpp"

using mprox::Error;
using mprox::Profile;
using mprox::Result;

namespace {

/// The descriptor in MPROX_FD, if it is one of ours.
int inherited() {
    std::uint64_t fd = 0;
    const char *text = secure_getenv("MPROX_FD");
    if (!text || !mprox::parse_number(text, 0, INT32_MAX, fd) || !mprox::is_context(static_cast<int>(fd)))
        return -1;
    return static_cast<int>(fd);
}

/// As mprox-run has it; MPROX_PROFILE is its -p.
Result<Profile> gather() {
    const char *name = secure_getenv("MPROX_PROFILE");
    return mprox::gather_layers({.config = {},
                                 .profile_name = name ? name : "",
                                 .program = program_invocation_short_name,
                                 .options = {}});
}

/// What cannot be proxied does not start, unless the profile says otherwise.
void give_up(const Error &error, bool go_direct) {
    dprintf(STDERR_FILENO, "libmprox_auto: %s: %s%s%s\n", program_invocation_short_name, error.what.c_str(),
            error.advice.empty() ? "" : "\n  ", error.advice.c_str());
    if (!go_direct) {
        dprintf(STDERR_FILENO, "libmprox_auto: %s is not started\n", program_invocation_short_name);
        _exit(125);
    }
    dprintf(STDERR_FILENO, "libmprox_auto: on_failure = \"direct\": it goes on WITHOUT a proxy\n");
}

/// The context behind @p fd is ours; MPROX_DNS says how it has names resolved.
void take_over(int fd) {
    mprox_auto::set_context_fd(fd);
    mprox_auto::publish_context_fd(fd);
    // Without the variable, too: who loses it must not leak names.
    const char *dns = secure_getenv("MPROX_DNS");
    if (dns && std::strcmp(dns, "direct") == 0)
        return;
    if (auto status = mprox_auto::keep_resolver_to_packets(); !status)
        give_up(status.error(), false);
}

void start() {
    if (const int fd = inherited(); fd >= 0)
        return take_over(fd);
    auto profile = gather();
    if (!profile)
        return give_up(profile.error(), false);
    const bool go_direct = profile->on_failure == mprox::OnFailure::direct;
    auto plan = mprox::make_plan(*profile);
    if (!plan)
        return give_up(plan.error(), go_direct);
    if (plan->strict)
        return give_up({"strict = true, and libmprox_auto.so alone installs no filter of system calls",
                        "start the program with mprox-run, or leave it out of the profile"},
                       false);
    auto fd = mprox::apply(*plan);
    if (!fd)
        return give_up(fd.error(), go_direct);
    if (auto status = mprox::lock(fd->get(), *plan); !status)
        return give_up(status.error(), false);
    const int number = fd->release();
    setenv("MPROX_FD", std::to_string(number).c_str(), 1);
    setenv("MPROX_DNS", plan->resolves_directly() ? "direct" : "captured", 1);
    take_over(number);
}

__attribute__((constructor)) void on_load() {
    const int saved = errno;
    try {
        start();
    } catch (const std::exception &error) {
        give_up({error.what(), ""}, false);
    }
    mprox_auto::remember_environment();
    errno = saved;
}

} // namespace
