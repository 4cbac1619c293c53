// SPDX-License-Identifier: GPL-2.0-or-later
#include "policy_plan.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "apply.hpp"
#include "mprox.h"
#include "settings.hpp"

namespace mprox {
namespace {

template <typename T> std::vector<T> list_at(__u64 address, __u32 count) {
    const auto *first = reinterpret_cast<const T *>(static_cast<std::uintptr_t>(address));
    return count ? std::vector<T>(first, first + count) : std::vector<T>();
}

std::optional<Address> relay_of(const mutex_proxy_policy &policy) {
    if (!policy.relay_family)
        return {};
    Address relay{.family = policy.relay_family};
    std::copy(std::begin(policy.relay_addr), std::end(policy.relay_addr), relay.bytes.begin());
    return relay;
}

/// What GET_POLICY fills in, with room for @p counts.
struct Room {
    std::vector<mutex_proxy_server> servers;
    std::vector<mutex_proxy_rule> rules;
    std::vector<mutex_proxy_exempt> exempt;
    std::vector<mutex_proxy_dns_rule> dns_rules;
    mutex_proxy_dns dns = {};

    mutex_proxy_policy policy(const mutex_proxy_policy &counts, __u32 nr_dns_rules) {
        servers.resize(counts.nr_servers);
        rules.resize(counts.nr_rules);
        exempt.resize(counts.nr_exempt);
        dns_rules.resize(nr_dns_rules);
        dns = {};
        dns.size = sizeof(dns);
        dns.rules = reinterpret_cast<std::uintptr_t>(dns_rules.data());
        dns.nr_rules = nr_dns_rules;
        dns.rule_size = sizeof(mutex_proxy_dns_rule);
        mutex_proxy_policy policy = {};
        policy.size = sizeof(policy);
        policy.servers = reinterpret_cast<std::uintptr_t>(servers.data());
        policy.rules = reinterpret_cast<std::uintptr_t>(rules.data());
        policy.exempt = reinterpret_cast<std::uintptr_t>(exempt.data());
        policy.nr_servers = counts.nr_servers;
        policy.nr_rules = counts.nr_rules;
        policy.nr_exempt = counts.nr_exempt;
        policy.server_size = sizeof(mutex_proxy_server);
        policy.rule_size = sizeof(mutex_proxy_rule);
        policy.dns = reinterpret_cast<std::uintptr_t>(&dns);
        return policy;
    }

    /// Was there room for all that @p told counts?
    [[nodiscard]] bool holds(const mutex_proxy_policy &told) const {
        return told.nr_servers <= servers.size() && told.nr_rules <= rules.size() && told.nr_exempt <= exempt.size() &&
               dns.nr_rules <= dns_rules.size();
    }
};

Error explain_get(int error) {
    if (error == ENODATA)
        return {"it has no policy: nobody has said yet what it is to do", "whoever made it has to say which servers it has"};
    if (error == EPERM)
        return {"its policy is not told to you", "ask as who made it, from outside of it, or as root"};
    if (error == E2BIG)
        return {"the kernel module is newer than this program, and has more to tell than this one can read",
                "use the program that came with it"};
    return explain_device("its policy is not told", error);
}

} // namespace

Plan plan_of(const mutex_proxy_policy &policy) {
    Plan plan;
    plan.servers = list_at<mutex_proxy_server>(policy.servers, policy.nr_servers);
    plan.rules = list_at<mutex_proxy_rule>(policy.rules, policy.nr_rules);
    plan.exempt = list_at<mutex_proxy_exempt>(policy.exempt, policy.nr_exempt);
    plan.sources.servers.resize(plan.servers.size());
    plan.sources.rules.resize(plan.rules.size());
    plan.sources.exempt.resize(plan.exempt.size());
    plan.strategy = static_cast<Strategy>(policy.strategy);
    plan.stepwise = (policy.flags & MUTEX_PROXY_POLICY_STEPWISE) != 0;
    plan.fastopen = (policy.flags & MUTEX_PROXY_POLICY_FASTOPEN) != 0;
    plan.bind = (policy.flags & MUTEX_PROXY_POLICY_BIND) != 0;
    plan.udp = (policy.flags & MUTEX_PROXY_POLICY_UDP) != 0;
    plan.local = !(policy.flags & MUTEX_PROXY_POLICY_NO_LOCAL);
    plan.udp_relay = relay_of(policy);
    for (const auto &setting : settings())
        if (setting.kernel)
            plan.numbers.*setting.kernel = policy.*setting.kernel;
    plan.dns.size = sizeof(plan.dns);
    if (policy.dns) {
        plan.dns = *reinterpret_cast<const mutex_proxy_dns *>(static_cast<std::uintptr_t>(policy.dns));
        plan.dns_rules = list_at<mutex_proxy_dns_rule>(plan.dns.rules, plan.dns.nr_rules);
    }
    return plan;
}

Result<Plan> read_policy(int fd) {
    Room room;
    auto policy = room.policy({}, 0);
    if (mprox_get_policy(fd, &policy) != 0)
        return explain_get(errno);
    // It may be replaced by a larger one meanwhile.
    while (!room.holds(policy)) {
        policy = room.policy(policy, room.dns.nr_rules);
        if (mprox_get_policy(fd, &policy) != 0)
            return explain_get(errno);
    }
    auto plan = plan_of(policy);
    mutex_proxy_context info = {};
    if (mprox_info(fd, &info) != 0)
        return explain_device("the kernel tells nothing of the scope", errno);
    plan.scope = info.scope == MUTEX_PROXY_SCOPE_GLOBAL    ? Scope::global
                 : info.scope == MUTEX_PROXY_SCOPE_PROCESS ? Scope::process
                                                           : Scope::tree;
    plan.name = info.name;
    return plan;
}

} // namespace mprox
