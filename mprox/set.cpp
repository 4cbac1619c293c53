// SPDX-License-Identifier: GPL-2.0-or-later
#include "set.hpp"

#include <algorithm>
#include <cerrno>
#include <map>

#include "apply.hpp"
#include "contexts.hpp"
#include "mprox.h"
#include "similar.hpp"

using mprox::Error;
using mprox::Result;
using mprox::Status;

namespace {

const std::map<std::string, Change> kChanges = {
    {"enable", Change::enable}, {"disable", Change::disable}, {"name", Change::name}};

int make(int fd, Change change, const std::string &name) {
    switch (change) {
    case Change::enable:
        return mprox_enable(fd);
    case Change::disable:
        return mprox_disable(fd);
    default:
        return mprox_set_name(fd, name.c_str());
    }
}

Result<int> set(const std::string &which, const std::string &word, const std::string &name) {
    const auto found = kChanges.find(word);
    if (found == kChanges.end())
        return Error{"'" + word + "' is nothing that can be done to a scope",
                     mprox::did_you_mean(word, {"enable", "disable", "name"}, "say enable, disable, or name and the new name")};
    const auto change = found->second;
    const auto chosen = look_for({which});
    if (!chosen)
        return chosen.error();
    const auto &context = chosen->front();
    if (auto status = check_change(context, change, name); !status)
        return status.error();
    const auto fd = open_context(context);
    if (!fd)
        return fd.error();
    if (make(fd->get(), change, name) != 0)
        return explain_change(context, change, errno);
    return static_cast<int>(fine);
}

} // namespace

Status check_change(const Context &context, Change change, const std::string &name) {
    const bool is_valid = !name.empty() && name.size() <= MUTEX_PROXY_MAX_CONTEXT_NAME &&
                          std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c <= '~'; });
    if (change == Change::name && !is_valid)
        return Error{"'" + name + "' is no name of a scope",
                     "name it with 1 to " + std::to_string(MUTEX_PROXY_MAX_CONTEXT_NAME) + " printable characters, without a blank"};
    if (change != Change::name && !name.empty())
        return Error{"'" + name + "' has no effect", "say 'name " + name + "' to give the scope another name"};
    if (change == Change::disable && !context.descriptors && !(context.flags & MUTEX_PROXY_CONTEXT_SEALED))
        return Error{"the scope " + label_of(context) + " has no descriptor left: disabled it would be over",
                     "if that is what you want: 'mprox end " + std::to_string(context.id) + "'"};
    return mprox::ok();
}

Error explain_change(const Context &context, Change change, int error) {
    const auto what = "the scope " + label_of(context) + " cannot be " +
                      (change == Change::enable ? "enabled" : change == Change::disable ? "disabled" : "renamed");
    if (error == EPERM && context.flags & MUTEX_PROXY_CONTEXT_LOCKED && context.flags & MUTEX_PROXY_CONTEXT_MEMBER)
        return {what + ": this process is in it, and it is locked", "do it from outside of the scope"};
    if (error == EPERM)
        return {what + ": you may not", "do it as who made it, or as root"};
    if (error == ENODATA)
        return {what + ": it has no server", "whoever made it has to say which first"};
    return mprox::explain_device(what, error);
}

void add_set(CLI::App &app, Task &task) {
    struct Words {
        std::string which;
        std::string change;
        std::string name;
    };
    auto words = std::make_shared<Words>();
    auto *command = add_command(app, "set", "enables, disables or renames a scope from outside");
    command->add_option("scope", words->which, "by its number or name")->type_name("ID|NAME")->required();
    command->add_option("change", words->change, "enable, disable, or name and the new name")
        ->type_name("WHAT")
        ->required();
    command->add_option("new", words->name, "behind name")->type_name("NEW");
    command->callback([&task, words] { task = [words] { return set(words->which, words->change, words->name); }; });
}

void add_end(CLI::App &app, Task &task) {
    auto which = std::make_shared<std::string>();
    auto *command = add_command(app, "end", "ends a scope: what it has held goes direct");
    command->add_option("scope", *which, "by its number or name")->type_name("ID|NAME")->required();
    command->callback([&task, which] {
        task = [which]() -> Result<int> {
            const auto status = end_context(*which);
            return status ? Result<int>(fine) : Result<int>(status.error());
        };
    });
}
