// SPDX-License-Identifier: GPL-2.0-or-later
#include "set_servers.hpp"

#include <algorithm>
#include <cerrno>

#include "address.hpp"
#include "apply.hpp"
#include "config.hpp"
#include "policy_plan.hpp"
#include "set.hpp"
#include "settings.hpp"

using mprox::Error;
using mprox::Plan;
using mprox::Result;
using mprox::Status;

namespace {

using Servers = std::vector<mutex_proxy_server>;

constexpr std::string_view kWeight = "weight=";
constexpr std::uint64_t kMaxWeight = 1000; // the kernel's WEIGHT_MAX

bool is_hop(const mutex_proxy_server &server) { return (server.flags & MUTEX_PROXY_SERVER_HOP) != 0; }

/// The elements of the server with that index, hops included; empty: there is none.
std::pair<std::size_t, std::size_t> elements_of(const Plan &plan, std::size_t index) {
    std::size_t begin = 0;
    for (std::size_t i = 0; i < plan.servers.size(); i++)
        if (!is_hop(plan.servers[i]) && index-- == 0) {
            begin = i;
            auto end = i + 1;
            while (end < plan.servers.size() && is_hop(plan.servers[end]))
                end++;
            return {begin, end};
        }
    return {0, 0};
}

std::size_t count_of(const Plan &plan) {
    return static_cast<std::size_t>(std::count_if(plan.servers.begin(), plan.servers.end(), [](const auto &one) { return !is_hop(one); }));
}

/// One for each address of a name.
Result<Servers> servers_of(const std::string &url) {
    auto parsed = mprox::parse_proxy_url(url);
    if (!parsed)
        return parsed.error();
    mprox::Profile profile;
    profile.proxies.push_back(std::move(*parsed));
    auto plan = mprox::make_plan(profile);
    return plan ? Result<Servers>(plan->servers) : plan.error();
}

/// @p with instead of the elements from @p begin to @p end.
Status replace(Plan &plan, std::size_t begin, std::size_t end, const Servers &with) {
    const auto at = [&](std::size_t i) { return plan.servers.begin() + static_cast<std::ptrdiff_t>(i); };
    plan.servers.erase(at(begin), at(end));
    plan.servers.insert(at(begin), with.begin(), with.end());
    plan.sources.servers.assign(plan.servers.size(), "");
    return mprox::check_plan(plan);
}

Status set_weight(Plan &plan, std::size_t element, std::string_view text) {
    std::uint64_t weight = 0;
    if (!mprox::parse_number(text, 1, kMaxWeight, weight))
        return Error{"weight=" + std::string(text) + ": no such weight", "write a number from 1 to " + std::to_string(kMaxWeight)};
    plan.servers[element].weight = static_cast<__u16>(weight);
    const auto strategy = plan.strategy;
    if (strategy != mprox::Strategy::random && strategy != mprox::Strategy::weighted &&
        strategy != mprox::Strategy::least_connections)
        print_warning("weight has no effect: the strategy is " + std::string(name_of(strategy)));
    return mprox::ok();
}

Status set_url(Plan &plan, std::size_t begin, std::size_t end, const std::string &url) {
    if (end - begin > 1)
        return Error{"this server is a chain, which one URL cannot say", "remove it, and add the new one; or set the whole policy"};
    auto servers = servers_of(url);
    if (!servers)
        return servers.error();
    for (auto &server : *servers) {
        server.weight = plan.servers[begin].weight;
        server.tries = plan.servers[begin].tries;
        server.attempt_ms = plan.servers[begin].attempt_ms;
    }
    return replace(plan, begin, end, *servers);
}

/// The policy in force, with that change, is the policy.
Make make_with(std::function<Status(Plan &)> change) {
    return [change = std::move(change)](const Context &context, int fd) -> Status {
        auto plan = mprox::read_policy(fd);
        if (!plan)
            return plan.error().in("the scope " + label_of(context));
        if (auto status = change(*plan); !status)
            return status;
        errno = 0;
        auto status = mprox::set_policy(fd, *plan);
        const int error = errno;
        if (status)
            return status;
        if (error == EPERM)
            return explain_change(context, Change::policy, error);
        if (error == EINVAL)
            return Error{"the scope " + label_of(context) + " cannot have another policy: the kernel refuses a part of it",
                         "see dmesg; somebody else may have changed it meanwhile: try again"};
        return status;
    };
}

/// What concerns who starts a program, and not a scope that is there.
void warn_of_start(const mprox::Profile &profile) {
    for (const char *key : {"scope", "lock", "name", "strict", "allow_family", "route", "on_failure"})
        if (const auto *setting = mprox::find_setting(key); setting && setting->access.count(profile))
            print_warning(std::string(key) + " has no effect on a scope that is there");
}

} // namespace

Status change_server(Plan &plan, std::size_t index, const std::string &what) {
    const auto [begin, end] = elements_of(plan, index);
    if (begin == end)
        return Error{"there is no server " + std::to_string(index) + ": the scope has " + std::to_string(count_of(plan)),
                     "they are counted from 0; see 'mprox servers --json'"};
    if (what.starts_with(kWeight))
        return set_weight(plan, begin, std::string_view(what).substr(kWeight.size()));
    if (what != "remove")
        return set_url(plan, begin, end, what);
    if (count_of(plan) == 1)
        return Error{"it is the only server: without one there is no policy", "add another one first; or end the scope with 'mprox end'"};
    return replace(plan, begin, end, {});
}

Status append_server(Plan &plan, const std::string &url) {
    const auto servers = servers_of(url);
    return servers ? replace(plan, plan.servers.size(), plan.servers.size(), *servers) : Status(servers.error());
}

Result<Make> make_server(const Words &words) {
    std::uint64_t index = 0;
    if (words.size() != 2 || !mprox::parse_number(words[0], 0, MUTEX_PROXY_MAX_SERVERS - 1, index))
        return Error{"it is not said which server is to become what", "write 'server N URL', 'server N weight=W' or 'server N remove'; the first is 0"};
    return make_with([index, what = words[1]](Plan &plan) { return change_server(plan, index, what); });
}

Result<Make> make_add_server(const Words &words) {
    if (words.size() != 1)
        return Error{"it is not said which server is to be added", "write 'add-server URL', with one URL"};
    return make_with([url = words[0]](Plan &plan) { return append_server(plan, url); });
}

Result<Make> make_policy(const Words &words) {
    if (words.size() != 1)
        return Error{"it is not said which policy it is to have", "write 'policy FILE', or a program's name instead of the file"};
    const auto profile = settings_of(words[0]);
    if (!profile)
        return profile.error();
    auto plan = mprox::make_plan(*profile);
    if (!plan)
        return plan.error();
    warn_of(*profile);
    warn_of_start(*profile);
    return Make([plan = std::move(*plan)](const Context &context, int fd) mutable -> Status {
        errno = 0;
        auto status = mprox::set_policy(fd, plan);
        return status || errno != EPERM ? status : Status(explain_change(context, Change::policy, EPERM));
    });
}
