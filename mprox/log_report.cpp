// SPDX-License-Identifier: GPL-2.0-or-later
#include "log_report.hpp"

#include <algorithm>
#include <linux/mutex_proxy.h>
#include <tuple>

#include "log_time.hpp"
#include "reason.hpp"

namespace {

/// More milliseconds than any handshake may last (hours): somebody else has written that.
constexpr double kMostMilliseconds = 1e9;
constexpr const char *kOtherKind = "other";
constexpr const char *kNoReason = "unknown";

std::string word_in(const Json &event, const char *key) {
    const auto found = event.find(key);
    return found != event.end() && found->is_string() ? found->get<std::string>() : "";
}

std::uint64_t number_in(const Json &event, const char *key) {
    const auto found = event.find(key);
    return found != event.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

/// "hidden.test:80", "[2001:db8::1]:443/udp"
std::string destination_in(const Json &event) {
    auto text = word_in(event, "name");
    const auto port = number_in(event, "port");
    if (text.empty()) {
        text = word_in(event, "destination");
        if (port && text.find(':') != std::string::npos)
            text = "[" + text + "]";
    }
    if (text.empty())
        return text;
    const auto protocol = word_in(event, "protocol");
    return text + (port ? ":" + std::to_string(port) : "") + (protocol.empty() || protocol == "tcp" ? "" : "/" + protocol);
}

bool is_of(const std::string &kind, unsigned number) { return kind == mprox::event_word(number); }

/// One that is known, so that there are not many.
std::string known_kind(const std::string &kind) {
    for (unsigned number = 0; number < MUTEX_PROXY_EVENT_KINDS; number++)
        if (is_of(kind, number))
            return kind;
    return kOtherKind;
}

using Ranked = std::vector<const std::pair<const std::string, Group> *>;

Ranked ranked(const std::map<std::string, Group> &groups, Rank rank) {
    Ranked all;
    for (const auto &one : groups)
        all.push_back(&one);
    const auto key = [&](const Group &group) {
        const auto connections = std::make_tuple(group.connections, group.failed + group.refused + group.attempts + group.direct);
        return rank == Rank::octets ? std::make_tuple(group.bytes(), connections, std::uint64_t{0})
                                    : std::make_tuple(std::uint64_t{0}, connections, group.bytes());
    };
    std::stable_sort(all.begin(), all.end(), [&](const auto *a, const auto *b) { return key(a->second) > key(b->second); });
    return all;
}

} // namespace

void Group::add(const Json &event) {
    const auto kind = word_in(event, "kind");
    if (is_of(kind, MUTEX_PROXY_EVENT_PROXIED)) {
        connections++;
        const auto duration = event.find("duration_ms");
        if (duration != event.end() && duration->is_number() && *duration >= 0.0 && *duration <= kMostMilliseconds)
            handshakes.add(duration->get<double>());
    } else if (is_of(kind, MUTEX_PROXY_EVENT_FAILED)) {
        connections++;
        failed++;
    } else if (is_of(kind, MUTEX_PROXY_EVENT_ATTEMPT)) {
        attempts++;
    } else if (is_of(kind, MUTEX_PROXY_EVENT_REFUSED)) {
        refused++;
    } else if (is_of(kind, MUTEX_PROXY_EVENT_DIRECT)) {
        direct++;
    } else if (is_of(kind, MUTEX_PROXY_EVENT_CLOSED)) {
        closed++;
        bytes_sent += number_in(event, "bytes_sent");
        bytes_received += number_in(event, "bytes_received");
    }
}

Group &Group::operator+=(const Group &other) {
    connections += other.connections;
    failed += other.failed;
    attempts += other.attempts;
    refused += other.refused;
    direct += other.direct;
    closed += other.closed;
    bytes_sent += other.bytes_sent;
    bytes_received += other.bytes_received;
    handshakes += other.handshakes;
    return *this;
}

void Groups::add(const std::string &name, const Json &event) {
    if (name.empty())
        return;
    const auto found = groups_.find(name);
    if (found != groups_.end()) {
        found->second.add(event);
    } else if (groups_.size() < bound_) {
        groups_[name].add(event);
    } else {
        rest_.add(event);
        has_overflown_ = true;
    }
}

std::vector<Groups::Named> Groups::first(std::size_t most, Rank rank) const {
    std::vector<Named> named;
    for (const auto *one : ranked(groups_, rank))
        if (named.size() < most)
            named.push_back({one->first, one->second});
    return named;
}

Group Groups::others(std::size_t most, Rank rank) const {
    Group sum = rest_;
    const auto all = ranked(groups_, rank);
    for (std::size_t i = most; i < all.size(); i++)
        sum += all[i]->second;
    return sum;
}

void LogReport::add(const Json &event) {
    const auto time = word_in(event, "time");
    const auto kind = known_kind(word_in(event, "kind"));
    events++;
    kinds[kind]++;
    from = from.empty() ? time : std::min(from, time);
    to = std::max(to, time);
    if (is_of(kind, MUTEX_PROXY_EVENT_LOST)) {
        lost += number_in(event, "lost");
        return;
    }
    // A query has a name, but leads nowhere; what a server does by itself is of no connection.
    const bool is_of_connection = is_of(kind, MUTEX_PROXY_EVENT_PROXIED) || is_of(kind, MUTEX_PROXY_EVENT_CLOSED) ||
                                  is_of(kind, MUTEX_PROXY_EVENT_DIRECT);
    const bool is_failure = is_of(kind, MUTEX_PROXY_EVENT_FAILED) || is_of(kind, MUTEX_PROXY_EVENT_ATTEMPT) ||
                            is_of(kind, MUTEX_PROXY_EVENT_REFUSED);
    if (!is_of_connection && !is_failure)
        return;
    all.add(event);
    destinations.add(destination_in(event), event);
    servers.add(word_in(event, "server"), event);
    programs.add(word_in(event, "program"), event);
    if (is_failure)
        reasons.add(event.contains("reason") ? word_in(event, "reason") : kNoReason, event);
}

bool is_log_event(const Json &json) { return json.is_object() && !word_in(json, "kind").empty() && is_log_time(word_in(json, "time")); }
