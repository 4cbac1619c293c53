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

using mprox::Result;

namespace {

bool is_called(const mutex_proxy_context &context, const std::string &which) {
    return which == context.name || which == std::to_string(context.id);
}

} // namespace

const char *scope_word(const mutex_proxy_context &context) {
    switch (context.scope) {
    case MUTEX_PROXY_SCOPE_TREE:
        return "tree";
    case MUTEX_PROXY_SCOPE_PROCESS:
        return "process";
    default:
        return "global";
    }
}

const char *state_word(const mutex_proxy_context &context) {
    if (context.flags & MUTEX_PROXY_CONTEXT_SEALED)
        return "sealed";
    if (!(context.flags & MUTEX_PROXY_CONTEXT_ENABLED))
        return "disabled";
    return context.flags & MUTEX_PROXY_CONTEXT_LOCKED ? "locked" : "enabled";
}

Result<mutex_proxy_context> find_context(const std::vector<mutex_proxy_context> &contexts, const std::string &which) {
    std::vector<mutex_proxy_context> found;
    std::copy_if(contexts.begin(), contexts.end(), std::back_inserter(found),
                 [&](const auto &context) { return is_called(context, which); });
    if (found.empty())
        return Error{"there is no scope '" + which + "', or none that you may know of",
                     "'mprox ps --all' tells those that you may know of; root knows all"};
    if (found.size() > 1) {
        std::string numbers;
        for (const auto &context : found)
            numbers += " " + std::to_string(context.id);
        return Error{std::to_string(found.size()) + " scopes are called '" + which + "':" + numbers,
                     "name one by its number"};
    }
    return found[0];
}

Status print_contexts() {
    const auto contexts = mprox::list_contexts(false);
    if (!contexts)
        return contexts.error();
    std::printf("%-10s %-8s %-8s %-10s %-7s %s\n", "NUMBER", "SCOPE", "STATE", "UID", "MEMBERS", "NAME");
    for (const auto &context : *contexts)
        std::printf("%-10u %-8s %-8s %-10u %-7u %s\n", context.id, scope_word(context), state_word(context),
                    context.uid, context.members, *context.name ? context.name : "-");
    return mprox::ok();
}

Status end_context(const std::string &which) {
    const auto contexts = mprox::list_contexts(false);
    if (!contexts)
        return contexts.error();
    const auto context = find_context(*contexts, which);
    if (!context)
        return context.error();
    if (mprox_end(context->id) == 0)
        return mprox::ok();
    if (errno == EPERM)
        return Error{"'" + which + "' cannot be ended: this process is in it, and it is locked",
                     "do it from outside of the scope"};
    if (errno == ENOENT)
        return Error{"'" + which + "' cannot be ended: it is somebody else's, or has ended", "ask who made it, or root"};
    return Error{"'" + which + "' cannot be ended: " + std::strerror(errno), ""};
}

std::string context_name_of(const std::string &command) {
    std::string name;
    for (const char c : command.substr(command.rfind('/') + 1))
        if (c > ' ' && c <= '~' && name.size() < MUTEX_PROXY_MAX_CONTEXT_NAME)
            name += c;
    return name;
}
