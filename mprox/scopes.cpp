// SPDX-License-Identifier: GPL-2.0-or-later
#include "scopes.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <pwd.h>

#include "apply.hpp"
#include "contexts.hpp"
#include "mprox.h"

using mprox::Error;
using mprox::Fd;
using mprox::Result;

Result<Contexts> choose(const Contexts &all, const std::vector<std::string> &which) {
    if (which.empty())
        return all;
    Contexts chosen;
    for (const auto &one : which) {
        const auto context = find_context(all, one);
        if (!context)
            return context.error();
        if (std::none_of(chosen.begin(), chosen.end(), [&](const auto &other) { return other.id == context->id; }))
            chosen.push_back(*context);
    }
    return chosen;
}

bool is_one_of(const Context &context, const std::vector<std::string> &which) {
    return which.empty() || std::any_of(which.begin(), which.end(), [&](const auto &one) {
               return one == context.name || one == std::to_string(context.id);
           });
}

Result<Contexts> look_for(const std::vector<std::string> &which) {
    const auto all = mprox::list_contexts(false);
    return all ? choose(*all, which) : all;
}

Error explain_open(const Context &context, int error) {
    const auto what = "the scope " + label_of(context) + " cannot be opened";
    if (error == ENOENT && context.flags & MUTEX_PROXY_CONTEXT_MEMBER)
        return {what + ": this process is in it, but it is not yours", "do it as who made it, or as root outside of it"};
    if (error == ENOENT)
        return {what + ": it has ended", ""};
    if (error == ESTALE && context.flags & MUTEX_PROXY_CONTEXT_SEALED)
        return {what + ": it is sealed, and has nothing left to tell", "end it with 'mprox end " + std::to_string(context.id) + "'"};
    if (error == ESTALE)
        return {what + ": it is ending", ""};
    if (error == EMFILE || error == ENFILE)
        return {what + ": too many files are open", "name fewer scopes, or raise the bound (ulimit -n)"};
    return mprox::explain_device(what, error);
}

Result<Fd> open_context(const Context &context) {
    Fd fd(mprox_open_id(context.id));
    if (!fd)
        return explain_open(context, errno);
    return fd;
}

std::string label_of(const Context &context) {
    const auto number = std::to_string(context.id);
    return *context.name ? "'" + std::string(context.name) + "' (" + number + ")" : number;
}

std::string user_of(unsigned uid) {
    const auto *entry = getpwuid(uid);
    return entry ? entry->pw_name : std::to_string(uid);
}

void add_contexts(CLI::App &command, std::vector<std::string> &which) {
    command.add_option("scope", which, "these alone, by number or name")->type_name("ID|NAME");
}

CLI::Option *add_csv(CLI::App &command, bool &csv) {
    return command.add_flag("--csv", csv, "say it with commas (RFC 4180)")->excludes(command.get_option("--json"));
}
