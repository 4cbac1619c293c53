// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel is to be told: a profile with its names resolved.
#pragma once

#include <linux/mutex_proxy.h>
#include <string>
#include <vector>

#include "profile.hpp"
#include "result.hpp"

namespace mprox {

/// A line of --dry-run.
struct Line {
    std::string title;
    std::string text;
    std::string source; ///< where it came from; empty: the command line, or a default
};

/// Where the parts of a plan came from, each list beside the plan's own.
struct Sources {
    std::vector<std::string> servers;
    std::vector<std::string> rules;
    std::vector<std::string> exempt;
    std::vector<std::string> dns_rules;
    std::string strategy;
    std::string dns;
    std::string dns_records;
};

struct Plan {
    Scope scope = Scope::tree;
    std::optional<bool> lock; ///< not said: where the context is unprivileged
    std::string name;         ///< of the context; empty: none
    Strategy strategy = Strategy::failover;
    bool stepwise = false;
    bool fastopen = false;
    bool bind = false;
    bool udp = false; ///< through a relay
    std::optional<Address> udp_relay;
    bool route = true; ///< a way out where no default route is
    bool local = true; ///< the machine's own addresses are direct
    bool strict = false; ///< a filter of system calls, for who becomes COMMAND
    std::vector<int> families; ///< that it allows besides
    mutex_proxy_policy numbers = {}; ///< those that Setting::kernel names; nothing else
    std::vector<mutex_proxy_server> servers;
    std::vector<mutex_proxy_rule> rules;
    std::vector<mutex_proxy_exempt> exempt;
    mutex_proxy_dns dns = {};
    std::vector<mutex_proxy_dns_rule> dns_rules;
    /// Somebody on this machine asks it for us, at the port set below.
    std::optional<DnsUrl> dns_url;
    std::string dns_ca; ///< a file; empty: the system's
    std::vector<Line> settings; ///< what --dry-run says of those that have a title
    Sources sources;

    Plan() = default;
    Plan(Plan &&) = default;
    Plan &operator=(Plan &&) = default;
    Plan(const Plan &) = default;
    Plan &operator=(const Plan &) = default;
    ~Plan(); ///< wipes the passwords

    /// For SET_POLICY; points into this plan, which must stay where it is.
    [[nodiscard]] mutex_proxy_policy policy();

    Status set_dns(const Profile &profile);
    /// Where who asks dns_url listens, on 127.0.0.1.
    void set_helper(std::uint16_t port);
    /// True if no name is left to the proxy: the program may then ask any resolver.
    [[nodiscard]] bool resolves_directly() const;

    /// Whom a name is asked of by that rule, by none of them for nothing; empty: whom the
    /// program has chosen, or nobody.
    [[nodiscard]] std::string resolver_of(std::optional<std::size_t> rule) const;
    /// Is that one of no rule's own asked past the proxy?
    [[nodiscard]] bool asks_directly() const;
    /// The network that addresses which stand for names are of; family 0: no name has one.
    [[nodiscard]] Cidr fake_range(int family) const;

    /// Lines for a person; no passwords.
    [[nodiscard]] std::vector<Line> lines() const;
    [[nodiscard]] std::vector<std::string> describe() const;
    [[nodiscard]] std::vector<Line> dns_lines() const;
    [[nodiscard]] std::vector<std::string> describe_dns() const;
};

/// One rule, one proxy, as --dry-run says it; no passwords.
std::string rule_text(const mutex_proxy_rule &rule);
std::string server_text(const mutex_proxy_server &server);
/// "socks5", and "192.0.2.1:1080"
std::string server_type(const mutex_proxy_server &server);
std::string server_place(const mutex_proxy_server &server);

/// What the kernel would refuse of servers, rules and exemptions together, with words.
Status check_plan(const Plan &plan);

/// Resolves host names with the system's resolver: a name becomes a server for
/// each of its addresses, at most one per address family. Names of a chain's
/// hops are left to the hop before.
Result<Plan> make_plan(const Profile &profile);

} // namespace mprox
