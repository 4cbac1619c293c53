// SPDX-License-Identifier: GPL-2.0-or-later
#include "reason.hpp"

#include <algorithm>
#include <array>
#include <linux/mutex_proxy.h>

extern "C" {
#include "refusal.h"
}

namespace mprox {
namespace {

// What a proxy says: the module's own words, and mprox-run --check's.
static_assert(MUTEX_PROXY_REASON_IS_HTTP == static_cast<int>(MPROX_REFUSAL_IS_HTTP));
static_assert(MUTEX_PROXY_REASON_LOGIN_WANTED == static_cast<int>(MPROX_REFUSAL_LOGIN_WANTED));
static_assert(MUTEX_PROXY_REASON_RULE == static_cast<int>(MPROX_REFUSAL_RULE));
static_assert(MUTEX_PROXY_REASON_NET == static_cast<int>(MPROX_REFUSAL_NET));
static_assert(MUTEX_PROXY_REASON_TIMEOUT + 1 == static_cast<int>(MPROX_REFUSAL_NR));
constexpr const char *kOfRefusal = nullptr;

constexpr std::array kReasons = {
    Reason{MUTEX_PROXY_REASON_IS_HTTP, "is-http", Blame::proxy, kOfRefusal},
    Reason{MUTEX_PROXY_REASON_IS_SOCKS5, "is-socks5", Blame::proxy, kOfRefusal},
    Reason{MUTEX_PROXY_REASON_IS_TLS, "is-tls", Blame::proxy, kOfRefusal},
    Reason{MUTEX_PROXY_REASON_IS_SSH, "is-ssh", Blame::proxy, kOfRefusal},
    Reason{MUTEX_PROXY_REASON_IS_OTHER, "is-other", Blame::proxy, kOfRefusal},
    Reason{MUTEX_PROXY_REASON_GARBLED, "garbled", Blame::proxy, kOfRefusal},
    Reason{MUTEX_PROXY_REASON_LOGIN_WANTED, "login-wanted", Blame::proxy, kOfRefusal},
    Reason{MUTEX_PROXY_REASON_LOGIN_WRONG, "login-wrong", Blame::proxy, kOfRefusal},
    Reason{MUTEX_PROXY_REASON_LOGIN_UNWANTED, "login-unwanted", Blame::proxy, kOfRefusal},
    Reason{MUTEX_PROXY_REASON_LOGIN_NEEDLESS, "login-needless", Blame::proxy, kOfRefusal},
    Reason{MUTEX_PROXY_REASON_LOGIN_KIND, "login-kind", Blame::proxy, kOfRefusal},
    Reason{MUTEX_PROXY_REASON_IDENT, "ident", Blame::proxy, kOfRefusal},
    Reason{MUTEX_PROXY_REASON_RULE, "rule", Blame::proxy, kOfRefusal},
    Reason{MUTEX_PROXY_REASON_PORTAL, "portal", Blame::proxy, kOfRefusal},
    Reason{MUTEX_PROXY_REASON_BUSY, "busy", Blame::proxy, kOfRefusal},
    Reason{MUTEX_PROXY_REASON_NO_CONNECT, "no-connect", Blame::proxy, kOfRefusal},
    Reason{MUTEX_PROXY_REASON_COMMAND, "command", Blame::proxy, kOfRefusal},
    Reason{MUTEX_PROXY_REASON_ADDRESS_TYPE, "address-type", Blame::proxy, kOfRefusal},
    Reason{MUTEX_PROXY_REASON_FAILED, "failed", Blame::proxy, kOfRefusal},
    Reason{MUTEX_PROXY_REASON_NET, "net", Blame::destination, kOfRefusal},
    Reason{MUTEX_PROXY_REASON_HOST, "host", Blame::destination, kOfRefusal},
    Reason{MUTEX_PROXY_REASON_PORT, "port", Blame::destination, kOfRefusal},
    Reason{MUTEX_PROXY_REASON_TIMEOUT, "timeout", Blame::destination, kOfRefusal},
    Reason{MUTEX_PROXY_REASON_SERVER_REFUSED, "server-refused", Blame::proxy,
           "refuses the connection: nobody listens there"},
    Reason{MUTEX_PROXY_REASON_SERVER_TIMEOUT, "server-timeout", Blame::proxy, "does not answer"},
    Reason{MUTEX_PROXY_REASON_SERVER_UNREACHABLE, "server-unreachable", Blame::proxy,
           "cannot be reached: a router says so"},
    Reason{MUTEX_PROXY_REASON_SERVER_CLOSED, "server-closed", Blame::proxy, "hangs up before it has done it"},
    Reason{MUTEX_PROXY_REASON_SERVER_SILENT, "server-silent", Blame::proxy, "takes the connection, and says nothing"},
    Reason{MUTEX_PROXY_REASON_NO_ROUTE, "no-route", Blame::proxy, "no route leads to the proxy"},
    Reason{MUTEX_PROXY_REASON_NO_PORT, "no-port", Blame::here, "every local port towards the proxy is in use"},
    Reason{MUTEX_PROXY_REASON_NO_SERVER, "no-server", Blame::proxy, "no proxy of this scope can lead there"},
    Reason{MUTEX_PROXY_REASON_DEADLINE, "deadline", Blame::proxy, "the time that the proxy has is over"},
    Reason{MUTEX_PROXY_REASON_ABORTED, "aborted", Blame::here, "the program has given up"},
    Reason{MUTEX_PROXY_REASON_NO_MEMORY, "no-memory", Blame::here, "there is no memory for it"},
    Reason{MUTEX_PROXY_REASON_QUOTA, "quota", Blame::here, "too many connections are being made at the same time"},
    Reason{MUTEX_PROXY_REASON_RATE, "rate", Blame::here, "too many connections are made in a second"},
    Reason{MUTEX_PROXY_REASON_NO_NAME, "no-name", Blame::here, "the address stands for no name, or for none any more"},
    Reason{MUTEX_PROXY_REASON_SIGNED, "signed", Blame::here,
           "the socket signs what it sends (TCP-MD5, TCP-AO), which no proxy can pass on"},
    Reason{MUTEX_PROXY_REASON_NETNS, "netns", Blame::here,
           "the program is in another network namespace than the scope"},
    Reason{MUTEX_PROXY_REASON_DETOUR, "detour", Blame::here, "it is source-routed"},
    Reason{MUTEX_PROXY_REASON_BLOCKED, "blocked", Blame::here, "a rule blocks it"},
    Reason{MUTEX_PROXY_REASON_PROTOCOL, "protocol", Blame::here, "no proxy carries this protocol"},
    Reason{MUTEX_PROXY_REASON_SEALED, "sealed", Blame::here, "the scope is sealed, and lets nothing out"},
    Reason{MUTEX_PROXY_REASON_NO_RELAY, "no-relay", Blame::proxy, "no proxy of this scope relays datagrams"},
    Reason{MUTEX_PROXY_REASON_SYSTEM, "system", Blame::here, "the kernel fails"},
    Reason{MUTEX_PROXY_REASON_HANDSHAKE, "handshake", Blame::nobody, "the proxy is being asked"},
    Reason{MUTEX_PROXY_REASON_BY_RULE, "by-rule", Blame::nobody, "a rule says so"},
    Reason{MUTEX_PROXY_REASON_BUILTIN, "builtin", Blame::nobody, "it is loopback, link-local or multicast"},
    Reason{MUTEX_PROXY_REASON_LOCAL, "local", Blame::nobody, "it stays on this machine"},
    Reason{MUTEX_PROXY_REASON_IS_SERVER, "is-server", Blame::nobody, "it is a proxy of this scope"},
};

constexpr std::array<const char *, MUTEX_PROXY_EVENT_KINDS> kKinds = {
    "lost",   "open",   "attempt",     "failed",    "proxied", "direct", "refused",
    "closed", "policy", "server-down", "server-up", "alert",   "query",  "flow"};
constexpr std::array<const char *, 8> kChanges = {nullptr,  "policy", "enabled", "disabled",
                                                  "locked", "joined", "sealed",  "ended"};
constexpr std::array<const char *, 8> kQueries = {nullptr,  "faked", "empty",  "blocked",
                                                  "cached", "asked", "direct", "bad"};
constexpr std::array<Alert, MUTEX_PROXY_ALERT_KINDS> kAlerts = {{
    {"unknown", "something is out of bounds", ""},
    {"failed", "connections have failed", ""},
    {"failed-percent", "of the connections have failed", " %"},
    {"latency", "it takes long to get through the proxy", " ms"},
    {"bandwidth", "much goes through the proxy", " octets a second"},
    {"servers-down", "servers are down", ""},
}};
constexpr std::array<const char *, 6> kCodes = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"};

struct Type {
    unsigned number;
    const char *word;
};
constexpr std::array kTypes = {Type{1, "A"},    Type{2, "NS"},    Type{5, "CNAME"}, Type{6, "SOA"}, Type{12, "PTR"},
                               Type{15, "MX"}, Type{28, "AAAA"}, Type{33, "SRV"},  Type{255, "ANY"}};

template <std::size_t N>
std::string word_of(const std::array<const char *, N> &words, unsigned number, const char *otherwise) {
    return number < N && words[number] ? words[number] : otherwise + std::to_string(number);
}

const Reason *find_reason(unsigned number) {
    const auto *found = std::find_if(kReasons.begin(), kReasons.end(), [=](const auto &one) { return one.number == number; });
    return found == kReasons.end() ? nullptr : &*found;
}

} // namespace

std::span<const Reason> reasons() { return kReasons; }

std::string reason_token(unsigned number) {
    const auto *reason = find_reason(number);
    return reason ? std::string(reason->token) : "reason-" + std::to_string(number);
}

std::string reason_text(unsigned number) {
    const auto *reason = find_reason(number);
    if (!reason)
        return is_of_server(number) ? "fails for reason " + std::to_string(number)
                                    : "it fails for reason " + std::to_string(number);
    return reason->text ? reason->text : mprox_refusal_text(static_cast<mprox_refusal>(number));
}

Blame blame_of(unsigned number) {
    const auto *reason = find_reason(number);
    return reason ? reason->blame : is_of_server(number) ? Blame::proxy : Blame::here;
}

bool is_of_server(unsigned number) { return number && number < MUTEX_PROXY_REASON_NO_ROUTE; }

std::string event_word(unsigned kind) { return word_of(kKinds, kind, "kind-"); }
std::string change_word(unsigned change) { return word_of(kChanges, change, "change-"); }
std::string query_word(unsigned verb) { return word_of(kQueries, verb, "query-"); }

const Alert &alert_of(unsigned kind) {
    return kAlerts[kind < kAlerts.size() ? kind : 0];
}

std::string dns_type_word(unsigned type) {
    const auto *found = std::find_if(kTypes.begin(), kTypes.end(), [=](const auto &one) { return one.number == type; });
    return found == kTypes.end() ? "TYPE" + std::to_string(type) : found->word;
}

std::string dns_rcode_word(unsigned rcode) { return word_of(kCodes, rcode, "RCODE"); }

} // namespace mprox
