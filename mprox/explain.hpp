// SPDX-License-Identifier: GPL-2.0-or-later
// mprox explain: what becomes of a destination, by a plan alone. The rules are asked by the
// module's own code (kmod/rules), names are matched and conversations written by kmod/proto.
// A plan may be of a profile, or whatever else fills in the kernel's structs.
#pragma once

#include <functional>
#include <netinet/in.h>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "output.hpp"
#include "plan.hpp"

/// What is asked about.
struct Destination {
    std::string name; ///< empty: an address
    mprox::Address address = {};
    std::uint8_t proto = IPPROTO_TCP;
    std::uint16_t port = 443;
    bool has_port = false; ///< or it is assumed
};

/// "HOST[:PORT][/udp]"
mprox::Result<Destination> parse_destination(std::string_view text);

/// What this machine says of it.
struct Here {
    std::uint32_t uid = 0; ///< whose programs are asked about
    /// Does what is sent there go from that address to itself?
    std::function<bool(const mprox::Address &)> stays;
    /// What /etc/hosts has: for these no query is made.
    std::function<std::vector<mprox::Address>(const std::string &name)> in_hosts;
};

Here look_here();

enum class Fate {
    direct,
    proxied,
    refused,
    query ///< the name that it asks for decides
};

/// One of the plan's servers, and whether it can lead there.
struct Candidate {
    std::size_t index = 0; ///< as in events
    std::size_t at = 0;    ///< of its first proxy in Plan::servers
    std::size_t hops = 1;
    bool leads = true;
};

/// What becomes of what is sent to one address, or to any of a family.
struct Way {
    int family = AF_INET;
    std::optional<mprox::Address> address = {}; ///< none: it is not known which
    bool stands_for_name = false;               ///< so the proxy is told the name
    Fate fate = Fate::proxied;
    unsigned reason = 0;                    ///< MUTEX_PROXY_REASON_*; 0: nothing says otherwise
    std::optional<std::size_t> rule = {};   ///< that decides
    std::vector<std::size_t> unless = {};   ///< rules of some networks, that would be heard before
    int error = 0;                          ///< errno, if it is refused
    std::vector<Candidate> servers = {};    ///< in the order of the plan, those of the family first
};

/// Where the addresses of a name are from.
enum class Source {
    hosts,    ///< /etc/hosts
    loopback, ///< RFC 6761, 6.3
    fake,     ///< an address stands for the name
    asked,    ///< a resolver that the plan names
    direct,   ///< whom the program asks
    none,     ///< the query is answered with NXDOMAIN
    packet    ///< queries are nothing to the scope
};

struct Query {
    Source source = Source::fake;
    std::uint32_t mode = MUTEX_PROXY_DNS_FAKE;
    std::optional<std::size_t> rule = {}; ///< of Plan::dns_rules
    std::string resolver = {};            ///< Source::asked
    bool through_proxy = false;           ///< that is asked so
    bool ipv6 = false;                    ///< Source::fake: by addresses of IPv6, too
};

struct Explanation {
    Destination to;
    bool is_exempt = false; ///< the user is left alone
    std::optional<Query> query = {};
    std::vector<Way> ways = {}; ///< none: the name has no address

    /// None: it depends on the address.
    [[nodiscard]] std::optional<Fate> fate() const;
};

/// What becomes of a query for that name's addresses. An error: no query can ask for it.
mprox::Result<Query> explain_query(const mprox::Plan &plan, const std::string &name, const Here &here);

/// @p named: @p address stands for the name that is asked about.
Way explain_address(const mprox::Plan &plan, const Destination &to, const mprox::Address &address, bool named,
                    const Here &here);

/// The name's address is one of the family, and known to others alone.
Way explain_any(const mprox::Plan &plan, const Destination &to, int family);

mprox::Result<Explanation> explain(const mprox::Plan &plan, const Destination &to, const Here &here);

std::string text_of(const Explanation &explanation, const mprox::Plan &plan);
Json json_of(const Explanation &explanation, const mprox::Plan &plan);
