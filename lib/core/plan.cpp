// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "endpoint.hpp"
#include "settings.hpp"

namespace mprox {
namespace {

__u32 type_of(const ProxyUrl &url) {
    return url.is_http()     ? MUTEX_PROXY_TYPE_HTTP
           : url.is_socks4() ? MUTEX_PROXY_TYPE_SOCKS4
                             : MUTEX_PROXY_TYPE_SOCKS5;
}

template <typename To> void put(To &to, const std::string &from) {
    std::copy(from.begin(), from.end(), std::begin(to));
}

/// All but where it is.
mutex_proxy_server make_server(const ProxyUrl &url) {
    mutex_proxy_server server = {};
    server.type = type_of(url);
    server.port = url.port;
    server.auth = static_cast<__u8>(url.auth);
    server.user_len = static_cast<__u8>(url.user.size());
    server.pass_len = static_cast<__u8>(url.password.size());
    server.headers_len = static_cast<__u16>(url.headers.size());
    put(server.user, url.user);
    put(server.pass, url.password);
    put(server.headers, url.headers);
    return server;
}

void put_address(mutex_proxy_server &server, const Address &address) {
    server.family = static_cast<__u16>(address.family);
    server.scope_id = address.scope_id;
    std::copy(address.bytes.begin(), address.bytes.end(), server.addr);
}

/// An address stands for itself; a name for its first address of each family.
Result<std::vector<Address>> resolve(const ProxyUrl &url) {
    if (auto address = parse_address(url.host))
        return std::vector{*address};

    addrinfo hints = {};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo *list = nullptr;
    if (const int error = getaddrinfo(url.host.c_str(), nullptr, &hints, &list))
        return Error{"cannot resolve the proxy's name '" + url.host + "': " + gai_strerror(error),
                     "check the name, or give the proxy's address"};
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, freeaddrinfo);
    std::vector<Address> found;
    for (const auto *entry = list; entry; entry = entry->ai_next) {
        const bool known = std::any_of(found.begin(), found.end(),
                                       [&](const Address &a) { return a.family == entry->ai_family; });
        if (!known && (entry->ai_family == AF_INET || entry->ai_family == AF_INET6))
            found.push_back(from_sockaddr(*entry->ai_addr));
    }
    if (found.empty())
        return Error{"the proxy's name '" + url.host + "' has no IP address", "give the proxy's address"};
    return found;
}

bool is_unusable(const Address &address) {
    if (address.family == AF_INET6) {
        const auto *in6 = reinterpret_cast<const in6_addr *>(address.bytes.data());
        return IN6_IS_ADDR_UNSPECIFIED(in6) || IN6_IS_ADDR_MULTICAST(in6);
    }
    in_addr in = {};
    std::memcpy(&in, address.bytes.data(), sizeof(in));
    const in_addr_t host = ntohl(in.s_addr);
    return host >> 24 == 0 || IN_MULTICAST(host) || host == INADDR_BROADCAST;
}

bool is_mapped(const Address &address) {
    return address.family == AF_INET6 &&
           IN6_IS_ADDR_V4MAPPED(reinterpret_cast<const in6_addr *>(address.bytes.data()));
}

/// What the kernel would refuse, with words. A hop has no interface of ours.
Status check_address(const ProxyUrl &url, const Address &address) {
    const auto *in6 = reinterpret_cast<const in6_addr *>(address.bytes.data());
    const auto who = "proxy " + url.text() + ": ";
    if (is_unusable(address))
        return Error{who + address.text() + " is no host's address", "give the address at which the proxy listens"};
    if (address.family != AF_INET6)
        return ok();
    if (is_mapped(address))
        return Error{who + "an IPv4 address in IPv6 clothes", "write it as an IPv4 address"};
    if (url.hop && address.scope_id)
        return Error{who + "an interface means nothing to the proxy before it", "leave out the % and what follows it"};
    if (!url.hop && IN6_IS_ADDR_LINKLOCAL(in6) && address.scope_id == 0)
        return Error{who + "a link-local address needs an interface", "write it as socks5://[fe80::1%25eth0]"};
    if (!IN6_IS_ADDR_LINKLOCAL(in6) && address.scope_id)
        return Error{who + "only a link-local address has an interface", "leave out the % and what follows it"};
    return ok();
}

/// A hop's name goes to the proxy before it as it is.
Status check_name(const ProxyUrl &url) {
    const auto is_plain = [](unsigned char c) { return std::isalnum(c) || (c && std::strchr("-_.", c)); };
    if (url.host.size() >= sizeof(mutex_proxy_server::name))
        return Error{"proxy " + url.text() + ": the name has more than 255 octets", ""};
    if (!std::all_of(url.host.begin(), url.host.end(), is_plain))
        return Error{"proxy " + url.text() + ": the name of a chain's hop has letters, digits, '-', '_' and '.' only",
                     "write an international name in its xn-- form"};
    return ok();
}

mutex_proxy_rule make_rule(const Rule &rule) {
    mutex_proxy_rule result = {};
    result.verdict = rule.verdict == Verdict::direct  ? MUTEX_PROXY_VERDICT_DIRECT
                     : rule.verdict == Verdict::proxy ? MUTEX_PROXY_VERDICT_PROXY
                                                      : MUTEX_PROXY_VERDICT_BLOCK;
    result.proto = rule.proto;
    result.port_first = rule.port_first;
    result.port_last = rule.port_last;
    if (rule.to) {
        result.family = static_cast<__u16>(rule.to->network.family);
        result.prefix = rule.to->prefix;
        std::copy(rule.to->network.bytes.begin(), rule.to->network.bytes.end(), result.addr);
    }
    return result;
}

/// First the rules as written, then the bypasses, then UDP.
void add_rules(Plan &plan, const Profile &profile) {
    const auto add = [&](const Rule &rule, const std::string &source) {
        plan.rules.push_back(make_rule(rule));
        plan.sources.rules.push_back(source);
    };
    for (std::size_t i = 0; i < profile.rules.size(); i++)
        add(profile.rules[i], source_of_rule(profile, i));
    for (std::size_t i = 0; i < profile.bypass.size(); i++)
        add({Verdict::direct, profile.bypass[i], 0, 0, 0}, source_of(profile, "bypass", i));
    if (profile.udp == Udp::direct)
        add({Verdict::direct, {}, IPPROTO_UDP, 0, 0}, source_of(profile, "udp"));
}

void add_exempt(Plan &plan, const Profile &profile) {
    const auto add = [&](const std::vector<std::uint32_t> &ids, __u32 kind, std::string_view key) {
        for (std::size_t i = 0; i < ids.size(); i++) {
            plan.exempt.push_back({kind, ids[i]});
            plan.sources.exempt.push_back(source_of(profile, key, i));
        }
    };
    add(profile.exempt_uids, MUTEX_PROXY_EXEMPT_UID, "exempt.uid");
    add(profile.exempt_pids, MUTEX_PROXY_EXEMPT_PID, "exempt.pid");
}

Status check_bounds(const Plan &plan) {
    std::size_t servers = 0;
    std::size_t hops = 0;
    for (const auto &server : plan.servers) {
        hops = server.flags & MUTEX_PROXY_SERVER_HOP ? hops + 1 : 1;
        servers += hops == 1;
        if (hops > MUTEX_PROXY_MAX_HOPS)
            return Error{"a chain of more than " + std::to_string(MUTEX_PROXY_MAX_HOPS) + " proxies", "name fewer"};
    }
    if (servers > MUTEX_PROXY_MAX_SERVERS)
        return Error{std::to_string(servers) + " servers; " + std::to_string(MUTEX_PROXY_MAX_SERVERS) + " is the most",
                     "name fewer; a name that has an IPv4 and an IPv6 address makes two"};
    if (plan.rules.size() > MUTEX_PROXY_MAX_RULES)
        return Error{"more than " + std::to_string(MUTEX_PROXY_MAX_RULES) + " rules and bypasses", "join some"};
    if (plan.exempt.size() > MUTEX_PROXY_MAX_EXEMPT)
        return Error{"more than " + std::to_string(MUTEX_PROXY_MAX_EXEMPT) + " exemptions", "name fewer"};
    return ok();
}

/// Is there another proxy behind this one, in its chain?
bool leads_on(const Plan &plan, std::size_t i) {
    return i + 1 < plan.servers.size() && plan.servers[i + 1].flags & MUTEX_PROXY_SERVER_HOP;
}

/// The last proxy of some server must know how to open a port.
Status check_bind(const Plan &plan) {
    if (!plan.bind)
        return ok();
    for (std::size_t i = 0; i < plan.servers.size(); i++) {
        if (!leads_on(plan, i) && plan.servers[i].type != MUTEX_PROXY_TYPE_HTTP)
            return ok();
    }
    return Error{"bind: an HTTP proxy has no ports to give", "name a SOCKS proxy, or leave out bind"};
}

/// Only one SOCKS5 proxy by itself has a relay that we could reach.
Status check_udp(const Plan &plan) {
    if (plan.udp_relay &&
        (is_unusable(*plan.udp_relay) || is_mapped(*plan.udp_relay) || plan.udp_relay->scope_id))
        return Error{"udp_relay: " + plan.udp_relay->text() + " is no address that a relay could have", ""};
    if (!plan.udp)
        return ok();
    for (std::size_t i = 0; i < plan.servers.size(); i++) {
        const auto &server = plan.servers[i];
        if (server.type == MUTEX_PROXY_TYPE_SOCKS5 && !(server.flags & MUTEX_PROXY_SERVER_HOP) && !leads_on(plan, i))
            return ok();
    }
    return Error{"udp = \"proxy\": no proxy here carries UDP", "name a SOCKS5 proxy by itself, or leave UDP blocked"};
}

} // namespace

Status check_plan(const Plan &plan) {
    for (const auto check : {check_bounds, check_bind, check_udp})
        if (auto status = check(plan); !status)
            return status;
    return ok();
}

Plan::~Plan() {
    for (auto &server : servers)
        explicit_bzero(&server, sizeof(server));
}

mutex_proxy_policy Plan::policy() {
    mutex_proxy_policy policy = numbers;
    policy.size = sizeof(policy);
    policy.servers = reinterpret_cast<std::uintptr_t>(servers.data());
    policy.rules = reinterpret_cast<std::uintptr_t>(rules.data());
    policy.exempt = reinterpret_cast<std::uintptr_t>(exempt.data());
    policy.nr_servers = static_cast<__u32>(servers.size());
    policy.nr_rules = static_cast<__u32>(rules.size());
    policy.nr_exempt = static_cast<__u32>(exempt.size());
    policy.server_size = sizeof(mutex_proxy_server);
    policy.rule_size = sizeof(mutex_proxy_rule);
    policy.flags = (stepwise ? MUTEX_PROXY_POLICY_STEPWISE : 0) | (fastopen ? MUTEX_PROXY_POLICY_FASTOPEN : 0) |
                   (bind ? MUTEX_PROXY_POLICY_BIND : 0) | (udp ? MUTEX_PROXY_POLICY_UDP : 0) |
                   (local ? 0 : MUTEX_PROXY_POLICY_NO_LOCAL);
    policy.strategy = static_cast<__u32>(strategy);
    if (udp_relay) {
        policy.relay_family = static_cast<__u16>(udp_relay->family);
        std::copy(udp_relay->bytes.begin(), udp_relay->bytes.end(), policy.relay_addr);
    }
    dns.rules = reinterpret_cast<std::uintptr_t>(dns_rules.data());
    policy.dns = reinterpret_cast<std::uintptr_t>(&dns);
    return policy;
}

namespace {

/// The proxies behind a chain's first one, each as the one before is to find it.
Result<std::vector<mutex_proxy_server>> make_hops(const std::vector<ProxyUrl> &urls, std::size_t first) {
    std::vector<mutex_proxy_server> hops;
    for (std::size_t i = first + 1; i < urls.size() && urls[i].hop; i++) {
        auto server = make_server(urls[i]);
        server.flags = MUTEX_PROXY_SERVER_HOP;
        if (auto address = parse_address(urls[i].host)) {
            if (auto status = check_address(urls[i], *address); !status)
                return status.error();
            if (urls[i - 1].is_socks4() && address->family == AF_INET6)
                return Error{"proxy " + urls[i].text() + ": SOCKS4 cannot lead to an IPv6 address",
                             "use another proxy before it, or its name"};
            put_address(server, *address);
        } else {
            if (auto status = check_name(urls[i]); !status)
                return status.error();
            server.name_len = static_cast<__u8>(urls[i].host.size());
            put(server.name, urls[i].host);
        }
        hops.push_back(server);
    }
    return hops;
}

Status add_servers(Plan &plan, const std::vector<ProxyUrl> &urls, std::size_t first) {
    const auto &url = urls[first];
    auto addresses = resolve(url);
    if (!addresses)
        return addresses.error();
    auto hops = make_hops(urls, first);
    if (!hops)
        return hops.error();
    for (const auto &address : *addresses) {
        if (auto status = check_address(url, address); !status)
            return status.error();
        plan.servers.push_back(make_server(url));
        plan.servers.back().weight = url.weight;
        plan.servers.back().tries = url.tries;
        plan.servers.back().attempt_ms = url.attempt_ms;
        put_address(plan.servers.back(), address);
        plan.servers.insert(plan.servers.end(), hops->begin(), hops->end());
    }
    return ok();
}

/// With @p chain all are one chain, else each says for itself.
std::vector<ProxyUrl> arrange(std::vector<ProxyUrl> urls, bool chain) {
    for (std::size_t i = 0; i < urls.size(); i++)
        urls[i].hop = i > 0 && (chain || urls[i].hop);
    return urls;
}

/// What the table says of each setting by itself.
void take_settings(Plan &plan, const Profile &profile) {
    for (const auto &setting : settings()) {
        if (setting.kernel)
            plan.numbers.*setting.kernel = (profile.*setting.access.number).value_or(0);
        const auto text = setting.text ? setting.text(profile) : "";
        if (!text.empty())
            plan.settings.push_back({std::string(setting.title), text, source_of(profile, setting.key)});
    }
}

} // namespace

Result<Plan> make_plan(const Profile &profile) {
    Plan plan;
    const auto urls = arrange(profile.proxies, profile.chain.value_or(false));
    for (std::size_t i = 0; i < urls.size(); i++)
        if (!urls[i].hop) {
            if (auto status = add_servers(plan, urls, i); !status)
                return status.error();
            plan.sources.servers.resize(plan.servers.size(), source_of(profile, "proxy", i));
        }
    if (plan.servers.empty())
        return Error{"no proxy is named",
                     "use -x socks5://HOST:PORT; or write proxy = \"socks5://HOST:PORT\" into ~/.config/mprox/mprox.toml, "
                     "/etc/mprox/mprox.toml or a profile; or set the variable ALL_PROXY"};
    add_rules(plan, profile);
    add_exempt(plan, profile);
    plan.scope = profile.scope.value_or(Scope::tree);
    plan.lock = profile.lock;
    plan.name = profile.name.value_or("");
    plan.strategy = profile.strategy.value_or(Strategy::failover);
    plan.sources.strategy = source_of(profile, "strategy");
    plan.stepwise = !profile.pipeline.value_or(true);
    plan.fastopen = profile.fastopen.value_or(false);
    plan.bind = profile.bind.value_or(false);
    plan.route = profile.route.value_or(true);
    plan.local = profile.local.value_or(true);
    plan.strict = profile.strict.value_or(false);
    plan.families = profile.families;
    take_settings(plan, profile);
    plan.udp = profile.udp == Udp::proxy;
    plan.udp_relay = profile.udp_relay;
    if (auto status = check_plan(plan); !status)
        return status.error();
    if (auto status = plan.set_dns(profile); !status)
        return status.error();
    return plan;
}

} // namespace mprox
