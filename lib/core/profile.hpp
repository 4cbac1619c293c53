// SPDX-License-Identifier: GPL-2.0-or-later
// What a user wants: read from TOML files and the command line, laid over each
// other, and later compiled into a plan for the kernel.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "address.hpp"
#include "dns_url.hpp"
#include "family.hpp"
#include "proxy_url.hpp"
#include "result.hpp"

namespace mprox {

enum class Scope { tree, process, global };
enum class Dns { fake, direct, block, proxy };
/// In the order of the words for it.
enum class Udp { block, proxy, direct };
enum class OnFailure { refuse, direct };
enum class Verdict { direct, proxy, block };
/// In the order of MUTEX_PROXY_STRATEGY_*.
enum class Strategy {
    failover,
    round_robin,
    random,
    weighted,
    least_connections,
    hash_source,
    hash_destination,
    least_latency
};

struct Rule {
    Verdict verdict = Verdict::direct;
    std::optional<Cidr> to;      ///< none: every destination
    std::uint8_t proto = 0;      ///< IPPROTO_*, 0: all
    std::uint16_t port_first = 0; ///< 0: all ports
    std::uint16_t port_last = 0;
    std::size_t line = 0; ///< of the file that it stands in; 0: not known
};

/// What becomes of some names.
struct DnsRule {
    std::string name; ///< lower case: "host.example", "*.example" or "*"
    Dns mode = Dns::block;
    std::optional<Endpoint> server{}; ///< whom to ask: through the proxy, or with Dns::direct directly
    std::size_t line = 0; ///< as Rule's
};

struct Profile {
    std::vector<ProxyUrl> proxies;
    std::optional<bool> chain; ///< all proxies are one chain
    std::optional<Strategy> strategy;
    std::optional<std::uint32_t> attempt_ms;
    std::optional<std::uint32_t> fail_ms;
    std::optional<std::uint32_t> rounds;
    std::optional<std::uint32_t> connects_per_second; ///< those beyond are refused
    std::optional<bool> pipeline;
    std::optional<bool> fastopen;
    std::optional<bool> bind; ///< ports on the proxy for programs that listen
    std::optional<std::uint32_t> bind_ms;
    std::optional<Udp> udp;
    std::optional<Address> udp_relay; ///< where relays are, whatever the proxy says
    std::optional<bool> route; ///< a way out where no default route is
    std::optional<std::uint32_t> probe_ms; ///< 0: never
    std::optional<Scope> scope;
    std::optional<bool> lock; ///< members cannot get out of it; if not said: without CAP_NET_ADMIN
    std::optional<std::string> name; ///< of the context; if not said: the program's
    std::optional<bool> local; ///< the machine's own addresses are direct
    std::optional<bool> strict; ///< a filter of system calls
    std::vector<int> families;  ///< of sockets, that it allows besides
    std::optional<Dns> dns; ///< fake
    std::optional<Endpoint> dns_server; ///< whom to ask with Dns::proxy
    std::optional<DnsUrl> dns_url; ///< or whom to ask with TLS
    std::optional<std::string> dns_ca; ///< the file whose certificates are trusted for that
    std::optional<bool> dns_server_direct; ///< and not through the proxy
    std::optional<bool> dns_ipv6;
    std::optional<bool> dns_records; ///< whether those of fake names are asked for
    std::optional<std::uint32_t> dns_ttl; ///< seconds
    std::optional<Cidr> fake4;
    std::optional<Cidr> fake6;
    std::vector<DnsRule> dns_rules;
    std::optional<OnFailure> on_failure;
    std::optional<std::uint32_t> handshake_ms;
    std::vector<Cidr> bypass;
    std::vector<Rule> rules;
    std::vector<std::string> match;
    std::vector<std::uint32_t> exempt_uids;
    std::vector<std::uint32_t> exempt_pids;
    std::vector<std::string> notes; ///< for the user: what means less than he may think
    /// By a setting's key: where each of its values came from, see settings.hpp.
    std::map<std::string, std::vector<std::string>, std::less<>> sources;
};

/// Reads a file in TOML, or in JSON: one whose first character is '{'. An error names
/// file, line, column and key.
Result<Profile> load_profile(const std::string &path);

/// Files that are to be: paths and contents. Passwords are read from them before they
/// are looked for on the disk.
using Files = std::map<std::string, std::string>;

/// The same of a file that has @p text.
Result<Profile> parse_profile(const std::string &path, const std::string &text, const Files &files = {});

/// Every key that a file may have: "scope", "server.url", "exempt.uid".
std::vector<std::string> profile_keys();

/// @p over wins where it says something; lists of rules and bypasses add up,
/// @p over first. The table of settings.cpp says which.
Profile merge(Profile base, const Profile &over);

/// The words of the command line and of the files.
Result<Scope> parse_scope(std::string_view text);
/// 1 to 31 printable ASCII characters without a blank.
Result<std::string> parse_context_name(std::string_view text);
Result<Dns> parse_dns(std::string_view text);
/// "9.9.9.9", "[2620:fe::fe]:53": a resolver, at port 53 unless it says otherwise.
Result<Endpoint> parse_resolver(std::string_view text);
/// The same, or "tls://9.9.9.9", "https://dns.example/dns-query".
Status set_dns_server(Profile &profile, std::string_view text);
/// Is that of dns_server asked for any name?
bool asks_common_resolver(const Profile &profile);
/// "Host.example." becomes "host.example"; also "*.example" and "*".
Result<std::string> parse_pattern(std::string_view text);
/// The network that addresses which stand for names are of.
Status add_range(Profile &profile, const Cidr &range);
/// Seconds, 0.1 to 600, as milliseconds.
Result<std::uint32_t> parse_timeout(double seconds);
/// Seconds, 1 to 3600, as milliseconds.
Result<std::uint32_t> parse_interval(double seconds);
/// Milliseconds as files have them.
double seconds_of(std::uint32_t milliseconds);

Result<Strategy> parse_strategy(std::string_view text);

std::string_view name_of(Strategy strategy);
std::string_view name_of(Scope scope);
std::string_view name_of(Dns dns);
Result<Udp> parse_udp(std::string_view text);
std::string_view name_of(Udp udp);
std::string_view name_of(Verdict verdict);

} // namespace mprox
