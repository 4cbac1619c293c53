// SPDX-License-Identifier: GPL-2.0-or-later
// Events for people, and for programs.
#include "event.hpp"

#include <array>
#include <cstdio>
#include <ctime>
#include <netinet/in.h>
#include <nlohmann/json.hpp>
#include <string_view>
#include <syslog.h>

#include "endpoint.hpp"
#include "reason.hpp"

namespace mprox {
namespace {

constexpr std::uint64_t kSecond = 1000000000;
constexpr int kHttp = 100; // the least status: SOCKS has nothing above 255, and nothing between 94 and 255

struct Protocol {
    std::uint8_t number;
    const char *word;
};
constexpr std::array kProtocols = {
    Protocol{IPPROTO_TCP, "tcp"},   Protocol{IPPROTO_UDP, "udp"},   Protocol{IPPROTO_ICMP, "icmp"},
    Protocol{IPPROTO_ICMPV6, "icmpv6"}, Protocol{IPPROTO_SCTP, "sctp"}, Protocol{IPPROTO_DCCP, "dccp"},
    Protocol{IPPROTO_UDPLITE, "udplite"}, Protocol{IPPROTO_RAW, "raw"}};

std::string protocol_word(std::uint8_t number) {
    for (const auto &protocol : kProtocols)
        if (protocol.number == number)
            return protocol.word;
    return std::to_string(number);
}

/// Each octet as the character of that number, in UTF-8.
std::string widened(std::string_view octets) {
    std::string text;
    for (const char c : octets) {
        const auto octet = static_cast<unsigned char>(c);
        if (octet < 0x80) {
            text += c;
        } else {
            text += static_cast<char>(0xc0 | octet >> 6);
            text += static_cast<char>(0x80 | (octet & 0x3f));
        }
    }
    return text;
}

std::string server_text(const Event &event) {
    if (!event.has_server())
        return "the proxy";
    auto text = "proxy " + server_address(event);
    return event.head.hop ? "proxy " + std::to_string(event.head.hop + 1) + " of the chain behind " + text : text;
}

std::string in_front(const Event &event, const std::string &text) {
    const auto destination = destination_text(event);
    return destination.empty() ? text : destination + ": " + text;
}

/// RFC 1928, 6: what the reason says as well.
unsigned reply_of(unsigned reason) {
    switch (reason) {
    case MUTEX_PROXY_REASON_RULE:
        return 2;
    case MUTEX_PROXY_REASON_NET:
        return 3;
    case MUTEX_PROXY_REASON_HOST:
        return 4;
    case MUTEX_PROXY_REASON_PORT:
        return 5;
    case MUTEX_PROXY_REASON_COMMAND:
        return 7;
    case MUTEX_PROXY_REASON_ADDRESS_TYPE:
        return 8;
    default:
        return 0;
    }
}

/// The server's own number, where it says more than the reason.
std::string status_text(const mutex_proxy_event &head) {
    if (head.status >= kHttp && head.status < 1000 && head.status != 0xff)
        return " (HTTP " + std::to_string(head.status) + ")";
    if (!head.status || head.reason < MUTEX_PROXY_REASON_RULE || head.status == reply_of(head.reason))
        return "";
    return " (SOCKS reply " + std::to_string(head.status) + ")";
}

/// What stands alone, told of the server and of the rule if they are known.
std::string told_of(const Event &event, std::string text) {
    const auto replace = [&](std::string_view what, const std::string &with) {
        if (const auto at = text.find(what); at != std::string::npos)
            text.replace(at, what.size(), with);
    };
    if (event.has_server())
        replace("the proxy", server_text(event));
    if (event.head.rule != 0xffff)
        replace("a rule", "rule " + std::to_string(event.head.rule));
    if (event.head.reason == MUTEX_PROXY_REASON_SYSTEM && event.head.error)
        text += ": " + errno_word(event.head.error);
    return text;
}

/// Why, with who says so.
std::string why(const Event &event) {
    const auto &head = event.head;
    if (!head.reason)
        return event.has_server() ? server_text(event) + " fails" : "it fails";
    return is_of_server(head.reason) ? server_text(event) + " " + reason_text(head.reason) + status_text(head)
                                     : told_of(event, reason_text(head.reason));
}

std::string seconds_text(std::uint64_t ns) {
    char text[32];
    std::snprintf(text, sizeof(text), "%.3f s", static_cast<double>(ns / 1000) / 1e6);
    return text;
}

std::string octets_text(const mutex_proxy_event &head) {
    return std::to_string(head.bytes_sent) + " octets sent, " + std::to_string(head.bytes_received) + " received";
}

std::string change_sentence(const Event &event) {
    switch (event.head.reason) {
    case MUTEX_PROXY_CHANGE_POLICY:
        return "the scope has a new policy";
    case MUTEX_PROXY_CHANGE_JOINED:
        return "a process has joined the scope";
    case MUTEX_PROXY_CHANGE_SEALED:
        return "the scope is sealed: what it has proxied is refused";
    case MUTEX_PROXY_CHANGE_ENDED:
        return "the scope has ended";
    default:
        return "the scope is " + change_word(event.head.reason);
    }
}

std::string query_sentence(const Event &event) {
    return query_word(event.head.reason) + " " + dns_type_word(event.head.type) + " " +
           dns_rcode_word(event.head.status) + " " + (event.name.empty() ? "." : printable(event.name));
}

/// "connections have failed: 5, and the limit is 3"; "...: 0, clear of the limit of 3"
std::string alert_sentence(const mutex_proxy_event &head) {
    const auto &alert = alert_of(head.reason);
    const auto figure = std::to_string(head.bytes_sent) + alert.unit;
    const auto limit = std::to_string(head.bytes_received) + alert.unit;
    return std::string(alert.what) + ": " + figure +
           (head.status ? ", and the limit is " + limit : ", clear of the limit of " + limit);
}

std::string time_text(std::uint64_t ns) {
    const auto seconds = static_cast<std::time_t>(ns / kSecond);
    std::tm parts = {};
    gmtime_r(&seconds, &parts);
    char day[64];
    char text[96];
    std::strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &parts);
    std::snprintf(text, sizeof(text), "%s.%06uZ", day, static_cast<unsigned>(ns % kSecond / 1000));
    return text;
}

std::string who(const Event &event) {
    const auto program = event.program();
    const auto text = program.empty() ? "-" : printable(program);
    return event.head.tgid ? text + "[" + std::to_string(event.head.tgid) + "]" : text;
}

/// Does the sentence say it already?
bool tells_errno(const Event &event) {
    return event.head.kind == MUTEX_PROXY_EVENT_QUERY || event.head.reason == MUTEX_PROXY_REASON_SYSTEM;
}

std::string reason_word(const mutex_proxy_event &head) {
    switch (head.kind) {
    case MUTEX_PROXY_EVENT_POLICY:
        return change_word(head.reason);
    case MUTEX_PROXY_EVENT_QUERY:
        return query_word(head.reason);
    case MUTEX_PROXY_EVENT_ALERT:
        return alert_of(head.reason).word;
    default:
        return reason_token(head.reason);
    }
}

using Json = nlohmann::ordered_json;

void put_who(Json &json, const Event &event) {
    const auto &head = event.head;
    if (head.pid)
        json["pid"] = head.pid;
    if (head.tgid)
        json["process"] = head.tgid;
    if (head.tgid || head.flow)
        json["uid"] = head.uid;
    if (const auto program = event.program(); !program.empty())
        json["program"] = widened(program);
    if (!event.executable.empty())
        json["executable"] = widened(event.executable);
}

void put_where(Json &json, const Event &event) {
    const auto &head = event.head;
    const auto to = endpoint_of(head.to);
    if (to.address.family)
        json["destination"] = to.address.text();
    if (!event.name.empty() || head.kind == MUTEX_PROXY_EVENT_QUERY)
        json["name"] = event.name.empty() ? "." : widened(event.name);
    if (to.port)
        json["port"] = to.port;
    if (head.proto)
        json["protocol"] = protocol_word(head.proto);
    if (event.has_server())
        json["server"] = endpoint_of(head.via).text();
    if (head.hop)
        json["hop"] = head.hop;
    if (head.rule != 0xffff)
        json["rule"] = head.rule;
}

void put_why(Json &json, const Event &event) {
    const auto &head = event.head;
    const bool is_query = head.kind == MUTEX_PROXY_EVENT_QUERY;
    const bool is_alert = head.kind == MUTEX_PROXY_EVENT_ALERT;
    if (is_query)
        json["type"] = dns_type_word(head.type);
    if (head.error)
        json["errno"] = errno_word(head.error);
    if (head.reason)
        json["reason"] = reason_word(head);
    json["text"] = sentence_of(event);
    if (head.status || is_query || is_alert)
        json["status"] = head.status;
    if (head.attempts)
        json["attempts"] = head.attempts;
}

void put_measures(Json &json, const mutex_proxy_event &head) {
    const bool has_ended = head.kind == MUTEX_PROXY_EVENT_CLOSED || head.kind == MUTEX_PROXY_EVENT_FLOW;
    if (head.rtt_us)
        json["rtt_us"] = head.rtt_us;
    if (head.duration || has_ended)
        json["duration_ms"] = static_cast<double>(head.duration / 1000) / 1e3;
    if (has_ended) {
        json["bytes_sent"] = head.bytes_sent;
        json["bytes_received"] = head.bytes_received;
    }
    if (head.kind == MUTEX_PROXY_EVENT_LOST)
        json["lost"] = head.bytes_sent;
    if (head.kind == MUTEX_PROXY_EVENT_ALERT) {
        json["figure"] = head.bytes_sent;
        json["limit"] = head.bytes_received;
    }
}

} // namespace

std::string destination_text(const Event &event) {
    const auto to = endpoint_of(event.head.to);
    std::string text;
    if (!event.name.empty())
        text = printable(event.name) + (to.port ? ":" + std::to_string(to.port) : "");
    else if (to.address.family)
        text = to.port ? to.text() : to.address.text();
    if (!text.empty() && event.head.proto && event.head.proto != IPPROTO_TCP)
        text += "/" + protocol_word(event.head.proto);
    return text;
}

std::string server_address(const Event &event) {
    return event.has_server() ? endpoint_of(event.head.via).text() : "";
}

std::string printable(std::string_view octets) {
    std::string text;
    for (const char c : octets) {
        const auto octet = static_cast<unsigned char>(c);
        if (octet > ' ' && octet < 0x7f && octet != '\\') {
            text += c;
        } else {
            char number[8];
            std::snprintf(number, sizeof(number), "\\%03u", octet);
            text += number;
        }
    }
    return text;
}

int priority_of(unsigned kind) {
    switch (kind) {
    case MUTEX_PROXY_EVENT_LOST:
    case MUTEX_PROXY_EVENT_FAILED:
    case MUTEX_PROXY_EVENT_REFUSED:
    case MUTEX_PROXY_EVENT_SERVER_DOWN:
    case MUTEX_PROXY_EVENT_ALERT:
        return LOG_WARNING;
    case MUTEX_PROXY_EVENT_ATTEMPT:
    case MUTEX_PROXY_EVENT_POLICY:
    case MUTEX_PROXY_EVENT_SERVER_UP:
        return LOG_NOTICE;
    case MUTEX_PROXY_EVENT_OPEN:
    case MUTEX_PROXY_EVENT_QUERY:
        return LOG_DEBUG;
    default:
        return LOG_INFO;
    }
}

std::string errno_word(int error) {
    const char *word = strerrorname_np(error < 0 ? -error : error);
    return word ? word : std::to_string(error);
}

std::string sentence_of(const Event &event) {
    const auto &head = event.head;
    switch (head.kind) {
    case MUTEX_PROXY_EVENT_LOST:
        return std::to_string(head.bytes_sent) + " events were lost: more happened than was read";
    case MUTEX_PROXY_EVENT_OPEN:
        return in_front(event, "is to go through a proxy");
    case MUTEX_PROXY_EVENT_ATTEMPT:
    case MUTEX_PROXY_EVENT_FAILED:
    case MUTEX_PROXY_EVENT_REFUSED:
        return in_front(event, why(event));
    case MUTEX_PROXY_EVENT_PROXIED:
        return in_front(event, "goes through " + server_text(event));
    case MUTEX_PROXY_EVENT_DIRECT:
        return in_front(event, "goes direct" + (head.reason ? ": " + why(event) : ""));
    case MUTEX_PROXY_EVENT_CLOSED:
        return in_front(event, "closed after " + seconds_text(head.duration) + ", " + octets_text(head));
    case MUTEX_PROXY_EVENT_FLOW:
        if (head.reason)
            return in_front(event, why(event));
        return in_front(event, "goes through " + server_text(event) + " since " + seconds_text(head.duration) + ", " +
                                   octets_text(head));
    case MUTEX_PROXY_EVENT_POLICY:
        return change_sentence(event);
    case MUTEX_PROXY_EVENT_SERVER_DOWN:
        return why(event);
    case MUTEX_PROXY_EVENT_SERVER_UP:
        return server_text(event) + " works";
    case MUTEX_PROXY_EVENT_ALERT:
        return alert_sentence(head);
    case MUTEX_PROXY_EVENT_QUERY:
        return query_sentence(event);
    default:
        return in_front(event, "event of " + event_word(head.kind));
    }
}

std::string text_of(const Event &event) {
    auto text = time_text(event.head.time) + " " + event_word(event.head.kind) + " " + who(event) + " " + sentence_of(event);
    return event.head.error && !tells_errno(event) ? text + ": " + errno_word(event.head.error) : text;
}

std::string json_of(const Event &event) {
    Json json;
    json["time"] = time_text(event.head.time);
    json["monotonic"] = static_cast<double>(event.head.monotonic / 1000) / 1e6;
    json["kind"] = event_word(event.head.kind);
    json["context"] = event.head.context;
    if (event.head.flow)
        json["flow"] = event.head.flow;
    put_who(json, event);
    put_where(json, event);
    put_why(json, event);
    put_measures(json, event.head);
    return json.dump(-1, ' ', true);
}

} // namespace mprox
