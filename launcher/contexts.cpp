// SPDX-License-Identifier: GPL-2.0-or-later
#include "contexts.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <vector>

#include "apply.hpp"
#include "mprox.h"

using mprox::Error;
using mprox::Status;

namespace {

const char *scope_of(const mutex_proxy_context &context) {
    switch (context.scope) {
    case MUTEX_PROXY_SCOPE_TREE:
        return "tree";
    case MUTEX_PROXY_SCOPE_PROCESS:
        return "process";
    default:
        return "global";
    }
}

const char *state_of(const mutex_proxy_context &context) {
    if (context.flags & MUTEX_PROXY_CONTEXT_SEALED)
        return "sealed";
    if (!(context.flags & MUTEX_PROXY_CONTEXT_ENABLED))
        return "disabled";
    return context.flags & MUTEX_PROXY_CONTEXT_LOCKED ? "locked" : "enabled";
}

bool is_called(const mutex_proxy_context &context, const std::string &which) {
    return which == context.name || which == std::to_string(context.id);
}

} // namespace

Status print_contexts() {
    const auto contexts = mprox::list_contexts(false);
    if (!contexts)
        return contexts.error();
    std::printf("%-10s %-8s %-8s %-10s %-7s %s\n", "NUMBER", "SCOPE", "STATE", "UID", "MEMBERS", "NAME");
    for (const auto &context : *contexts)
        std::printf("%-10u %-8s %-8s %-10u %-7u %s\n", context.id, scope_of(context), state_of(context), context.uid,
                    context.members, *context.name ? context.name : "-");
    return mprox::ok();
}

Status end_context(const std::string &which) {
    const auto contexts = mprox::list_contexts(false);
    if (!contexts)
        return contexts.error();
    std::vector<mutex_proxy_context> found;
    std::copy_if(contexts->begin(), contexts->end(), std::back_inserter(found),
                 [&](const auto &context) { return is_called(context, which); });
    if (found.empty())
        return Error{"there is no scope '" + which + "', or none that you may end",
                     "mprox-run --list tells the scopes that you may know of; root knows all"};
    if (found.size() > 1) {
        std::string numbers;
        for (const auto &context : found)
            numbers += " " + std::to_string(context.id);
        return Error{std::to_string(found.size()) + " scopes are called '" + which + "':" + numbers,
                     "name one by its number"};
    }
    if (mprox_end(found[0].id) == 0)
        return mprox::ok();
    if (errno == EPERM)
        return Error{"'" + which + "' cannot be ended: this process is in it, and it is locked",
                     "do it from outside of the scope"};
    return Error{"'" + which + "' cannot be ended: " + std::strerror(errno), ""};
}

std::string context_name_of(const std::string &command) {
    std::string name;
    for (const char c : command.substr(command.rfind('/') + 1))
        if (c > ' ' && c <= '~' && name.size() < MUTEX_PROXY_MAX_CONTEXT_NAME)
            name += c;
    return name;
}
