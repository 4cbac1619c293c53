// SPDX-License-Identifier: GPL-2.0-or-later
#include "preload.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "parts.hpp"
#include "resolver.hpp"

#ifndef MPROX_PRELOAD_PATH
#define MPROX_PRELOAD_PATH "libmprox_auto.so"
#endif

namespace {

mprox::Status prepend_preload() {
    const auto path = find_part(MPROX_PRELOAD_PATH, "preload/libmprox_auto.so", R_OK);
    if (access(path.c_str(), R_OK) != 0)
        return mprox::Error{"cannot read " + path + ": " + std::strerror(errno),
                            "install libmprox_auto.so, or do without --preload and bind"};
    const char *old = std::getenv("LD_PRELOAD");
    setenv("LD_PRELOAD", (path + (old && *old ? std::string(":") + old : "")).c_str(), 1);
    return mprox::ok();
}

/// Nothing is done for a program that would not start with it.
Obstacle prepend_unasked(const std::string &command) {
    auto obstacle = obstacle_in(find_program(command));
    if (obstacle.harmful)
        return obstacle;
    if (auto status = prepend_preload(); !status)
        return {status.error().what, false};
    return obstacle;
}

} // namespace

mprox::Status set_up_preload(const Options &options, const mprox::Plan &plan) {
    // Said in either case: we may be below another mprox-run.
    setenv("MPROX_DNS", plan.resolves_directly() ? "direct" : "captured", 1);
    if (options.no_preload)
        return mprox::ok();
    // With bind: who else would tell the program where its port is?
    if (options.preload || plan.bind)
        return prepend_preload();
    const auto resolver = plan.resolves_directly() ? "" : daemon_asked_for_names();
    if (resolver.empty())
        return mprox::ok();
    spdlog::info("programs here ask {} for names; libmprox_auto.so keeps them from it", resolver);
    if (const auto obstacle = prepend_unasked(options.command[0]); !obstacle.why.empty())
        spdlog::warn("{}\n  if {} asks {} for names, the queries are the daemon's and go direct;\n"
                     "  {}; or say --no-preload if it does not",
                     obstacle.why, options.command[0], resolver,
                     resolver == "nscd" ? "stop nscd" : "write \"hosts: files dns\" into /etc/nsswitch.conf");
    return mprox::ok();
}
