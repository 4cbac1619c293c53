// SPDX-License-Identifier: GPL-2.0-or-later
// What mprox-run does with -x and -f, for programs that make contexts themselves.
#include "mprox.h"

#include <cerrno>
#include <new>
#include <string>

#include "apply.hpp"
#include "config_file.hpp"
#include "plan.hpp"
#include "proxy_url.hpp"

namespace {

using mprox::Error;
using mprox::Profile;
using mprox::Result;
using mprox::Status;

/// Of the calling thread's last call, if that failed.
thread_local std::string last_error;

int fail(const Error &error, int code) {
    last_error = error.what + (error.advice.empty() ? "" : "\n" + error.advice);
    errno = code;
    return -1;
}

Result<Profile> profile_of(const char *url) {
    auto proxy = mprox::parse_proxy_url(url);
    if (!proxy)
        return proxy.error();
    Profile profile;
    profile.proxies.push_back(*proxy);
    return profile;
}

/// What a profile may ask of mprox-run, and a context alone does not give.
Status only_configures(const mprox::Plan &plan) {
    if (plan.scope == mprox::Scope::global)
        return Error{"scope = \"global\": a context is global from its beginning",
                     "make it by mprox_create(MUTEX_PROXY_GLOBAL), and leave scope out of the profile"};
    if (plan.strict)
        return Error{"strict = true: only mprox-run installs a filter of system calls",
                     "start the program by mprox-run, or leave strict out of the profile"};
    if (plan.lock.value_or(false))
        return Error{"lock = true: a context is locked when all who belong to it have joined",
                     "call mprox_lock() then, and leave lock out of the profile"};
    return mprox::ok();
}

int set_profile(int fd, const Result<Profile> &profile) {
    if (!profile)
        return fail(profile.error(), EINVAL);
    auto plan = mprox::make_plan(*profile);
    if (!plan)
        return fail(plan.error(), EINVAL);
    if (auto status = only_configures(*plan); !status)
        return fail(status.error(), EINVAL);
    errno = 0;
    if (auto status = mprox::configure(fd, *plan); !status)
        return fail(status.error(), errno ? errno : EINVAL);
    return 0;
}

/// No exception leaves: the caller may be C.
template <typename Call> int guarded(const Call &call) {
    last_error.clear();
    try {
        return call();
    } catch (const std::bad_alloc &) {
        errno = ENOMEM;
    } catch (...) {
        errno = EINVAL;
    }
    return -1;
}

} // namespace

int mprox_set_url(int fd, const char *url) {
    return guarded([&] { return set_profile(fd, profile_of(url)); });
}

int mprox_load_profile(int fd, const char *file) {
    return guarded([&] { return set_profile(fd, mprox::load_config(file)); });
}

const char *mprox_error(void) { return last_error.c_str(); }
