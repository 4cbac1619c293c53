// SPDX-License-Identifier: GPL-2.0-or-later
#include "set.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include "apply.hpp"
#include "contexts.hpp"
#include "mprox.h"
#include "similar.hpp"

using mprox::Error;
using mprox::Result;
using mprox::Status;

namespace {

Status make(const Context &context, int fd, Change change, const std::string &name) {
    if (auto status = check_change(context, change, name); !status)
        return status;
    const int result = change == Change::enable    ? mprox_enable(fd)
                       : change == Change::disable ? mprox_disable(fd)
                                                   : mprox_set_name(fd, name.c_str());
    return result == 0 ? mprox::ok() : Status(explain_change(context, change, errno));
}

template <Change change> Result<Make> make_change(const Words &words) {
    if (words.size() > 1)
        return Error{"'" + words[1] + "' has no effect", "leave it out"};
    const auto name = words.empty() ? "" : words.front();
    return Make([name](const Context &context, int fd) { return make(context, fd, change, name); });
}

struct Verb {
    const char *word;
    Result<Make> (*parse)(const Words &words);
};
constexpr std::array kVerbs = {Verb{"enable", make_change<Change::enable>}, Verb{"disable", make_change<Change::disable>},
                               Verb{"name", make_change<Change::name>},     Verb{"server", make_server},
                               Verb{"add-server", make_add_server},         Verb{"policy", make_policy},
                               Verb{"alerts", make_alerts}};

Result<Make> parse(const std::string &word, const Words &words) {
    std::vector<std::string> known;
    for (const auto &verb : kVerbs) {
        if (word == verb.word)
            return verb.parse(words);
        known.emplace_back(verb.word);
    }
    return Error{"'" + word + "' is nothing that can be done to a scope",
                 mprox::did_you_mean(word, known, "say enable, disable, name, server, add-server, policy or alerts")};
}

Result<int> set(const std::string &which, const std::string &word, const Words &words) {
    const auto make = parse(word, words);
    if (!make)
        return make.error();
    const auto chosen = look_for({which});
    if (!chosen)
        return chosen.error();
    const auto &context = chosen->front();
    const auto fd = open_context(context);
    if (!fd)
        return fd.error();
    const auto status = (*make)(context, fd->get());
    return status ? Result<int>(fine) : Result<int>(status.error());
}

const char *what_of(Change change) {
    static constexpr std::array kWhat = {"be enabled", "be disabled", "be renamed", "have another policy", "have alerts"};
    return kWhat.at(static_cast<std::size_t>(change));
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
    const auto what = "the scope " + label_of(context) + " cannot " + what_of(change);
    if (error == EPERM && context.flags & MUTEX_PROXY_CONTEXT_LOCKED && context.flags & MUTEX_PROXY_CONTEXT_MEMBER)
        return {what + ": this process is in it, and it is locked", "do it from outside of the scope"};
    if (error == EPERM)
        return {what + ": you may not", "do it as who made it, or as root"};
    if (error == ENODATA)
        return {what + ": it has no server", "whoever made it has to say which first"};
    return mprox::explain_device(what, error);
}

void add_set(CLI::App &app, Task &task) {
    struct All {
        std::string which;
        std::string change;
        Words words;
    };
    auto all = std::make_shared<All>();
    auto *command = add_command(app, "set", "changes a scope from outside");
    command->add_option("scope", all->which, "by its number or name")->type_name("ID|NAME")->required();
    command->add_option("change", all->change, "enable, disable, name, server, add-server, policy or alerts")
        ->type_name("WHAT")
        ->required();
    command->add_option("words", all->words, "what belongs to it")->type_name("...");
    command->footer("enable | disable                led to the proxy, or direct from now on\n"
                    "name NEW                        it is called NEW\n"
                    "server N URL|weight=W|remove    its server number N is another one, or no more\n"
                    "add-server URL                  one more server, behind the others\n"
                    "policy APP|FILE                 all that the profile says, instead of what it has\n"
                    "alerts LIMIT=N...|off           when mprox events tells an alert: failed, failed-percent,\n"
                    "                                min-connects, latency, bandwidth, servers-down; window, clear");
    command->callback([&task, all] { task = [all] { return set(all->which, all->change, all->words); }; });
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
