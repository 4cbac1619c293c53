// SPDX-License-Identifier: GPL-2.0-or-later
#include "top_picture.hpp"

#include <algorithm>
#include <unordered_map>

#include "reason.hpp"

using mprox::Event;

namespace {

constexpr double kSecond = 1e9;
constexpr std::uint32_t kEnded = 0; ///< stands for contexts that are over: none has the number

constexpr std::uint32_t bit(unsigned kind) { return 1U << kind; }

/// Nothing that is counted becomes less, but a reader may see one counter before the other.
std::uint64_t in_a_second(std::uint64_t before, std::uint64_t now, std::uint64_t elapsed_ns) {
    const auto more = static_cast<double>(now > before ? now - before : 0);
    return static_cast<std::uint64_t>(more * kSecond / static_cast<double>(elapsed_ns));
}

template <typename Counters> Rate rate_of(const Counters &before, const Counters &now, std::uint64_t elapsed_ns) {
    if (!elapsed_ns)
        return {};
    return {in_a_second(before.bytes_sent, now.bytes_sent, elapsed_ns),
            in_a_second(before.bytes_received, now.bytes_received, elapsed_ns)};
}

using FlowsByNumber = std::unordered_map<std::uint64_t, const mutex_proxy_event *>;

FlowsByNumber by_number(const Sample *sample) {
    FlowsByNumber flows;
    for (std::size_t i = 0; sample && i < sample->flows.size(); i++)
        flows[sample->flows[i].head.flow] = &sample->flows[i].head;
    return flows;
}

/// A connection that was not there has begun with nothing; one that must have been there, and
/// was left out as there were too many, has an unknown rate.
Rate rate_of(const mutex_proxy_event &flow, const FlowsByNumber &before, std::uint64_t elapsed_ns) {
    if (const auto found = before.find(flow.flow); found != before.end())
        return rate_of(*found->second, flow, elapsed_ns);
    return flow.duration <= elapsed_ns ? rate_of(mutex_proxy_event{}, flow, elapsed_ns) : Rate{};
}

} // namespace

std::string short_label_of(const Context &context) {
    return *context.name ? context.name : std::to_string(context.id);
}

Picture compare(const Snapshot &before, const Snapshot &now) {
    Picture picture;
    std::unordered_map<std::uint32_t, const Sample *> earlier;
    for (const auto &sample : before)
        earlier[sample.context.id] = &sample;
    for (const auto &sample : now) {
        const auto found = earlier.find(sample.context.id);
        const auto *past = found == earlier.end() ? nullptr : found->second;
        const auto elapsed = past ? sample.at_ns - past->at_ns : 0;
        ScopeNow scope{sample.context.id, short_label_of(sample.context), sample.statistics, 0,
                       past ? rate_of(past->statistics, sample.statistics, elapsed) : Rate{}};
        const auto flows = by_number(past);
        for (const auto &flow : sample.flows) {
            scope.handshakes += flow.head.reason ? 1 : 0;
            picture.flows.push_back({flow, scope.name, rate_of(flow.head, flows, elapsed)});
        }
        picture.scopes.push_back(std::move(scope));
    }
    return picture;
}

std::uint32_t Failures::kinds() {
    return bit(MUTEX_PROXY_EVENT_ATTEMPT) | bit(MUTEX_PROXY_EVENT_FAILED) | bit(MUTEX_PROXY_EVENT_REFUSED);
}

void Failures::take(const Event &event, const std::string &scope) {
    const auto kind = event.head.kind;
    if (kind == MUTEX_PROXY_EVENT_LOST)
        lost_ += event.head.bytes_sent;
    if (kind >= MUTEX_PROXY_EVENT_KINDS || !(kinds() & bit(kind)))
        return;
    if (kind != MUTEX_PROXY_EVENT_ATTEMPT)
        counts_[event.head.context][mprox::reason_token(event.head.reason)]++;
    recent_.push_front({event, scope});
    if (recent_.size() > kBound)
        recent_.pop_back();
}

Failures::Counts Failures::counts(std::optional<std::uint32_t> context) const {
    Counts sum;
    for (const auto &[id, counts] : counts_)
        if (!context || *context == id)
            for (const auto &[reason, count] : counts)
                sum[reason] += count;
    return sum;
}

void Failures::forget_all_but(const std::set<std::uint32_t> &present) {
    for (auto one = counts_.begin(); one != counts_.end();) {
        if (one->first == kEnded || present.contains(one->first)) {
            ++one;
            continue;
        }
        for (const auto &[reason, count] : one->second)
            counts_[kEnded][reason] += count;
        one = counts_.erase(one);
    }
}
