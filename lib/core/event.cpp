// SPDX-License-Identifier: GPL-2.0-or-later
#include "event.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <utility>

namespace mprox {
namespace {

constexpr std::uint16_t kNone = 0xffff;
/// Less than the kind, and how long the strings are, nobody can tell anything by.
constexpr std::size_t kLeast = offsetof(mutex_proxy_event, to);

std::string string_at(std::span<const std::uint8_t> octets, std::size_t at, std::size_t len) {
    return {reinterpret_cast<const char *>(octets.data()) + at, len};
}

} // namespace

Event::Event() {
    head.server = kNone;
    head.rule = kNone;
}

std::string Event::program() const {
    const auto *comm = reinterpret_cast<const char *>(head.comm);
    return {comm, strnlen(comm, sizeof(head.comm))};
}

std::optional<Event> take_event(std::span<const std::uint8_t> &octets) {
    const auto all = std::exchange(octets, {});
    std::uint16_t sizes[2]; // size, head
    if (all.size() < kLeast)
        return {};
    std::memcpy(sizes, all.data(), sizeof(sizes));
    const std::size_t size = sizes[0];
    const std::size_t head = sizes[1];
    if (size > all.size() || head > size || head < kLeast)
        return {};
    Event event;
    std::memcpy(&event.head, all.data(), std::min(head, sizeof(event.head)));
    const std::size_t name = event.head.name_len;
    const std::size_t exe = event.head.exe_len;
    if (head + name + exe > size)
        return {};
    event.name = string_at(all, head, name);
    event.executable = string_at(all, head + name, exe);
    octets = all.subspan(size);
    return event;
}

void EventJoiner::join(Event &event) {
    const Key key{event.head.context, event.head.flow};
    if (!key.flow)
        return;
    if (event.head.kind == MUTEX_PROXY_EVENT_OPEN)
        return remember(key, event);
    const auto found = known_.find(key);
    if (found == known_.end())
        return;
    auto &open = found->second.event;
    if (event.head.kind == MUTEX_PROXY_EVENT_PROXIED) {
        open.head.via = event.head.via;
        open.head.server = event.head.server;
    }
    if (event.name.empty())
        event.name = open.name;
    if (event.executable.empty())
        event.executable = open.executable;
    if (!event.head.to.family)
        event.head.to = open.head.to;
    if (!event.head.proto)
        event.head.proto = open.head.proto;
    if (!event.head.tgid) {
        event.head.pid = open.head.pid;
        event.head.tgid = open.head.tgid;
        event.head.uid = open.head.uid;
    }
    if (event.head.kind == MUTEX_PROXY_EVENT_CLOSED && !event.has_server()) {
        event.head.via = open.head.via;
        event.head.server = open.head.server;
    }
    if (!*event.head.comm)
        std::memcpy(event.head.comm, open.head.comm, sizeof(open.head.comm));
    if (event.head.kind == MUTEX_PROXY_EVENT_CLOSED || event.head.kind == MUTEX_PROXY_EVENT_FAILED)
        forget(key);
}

void EventJoiner::remember(const Key &key, const Event &event) {
    forget(key);
    if (known_.size() >= bound_ && !ages_.empty()) {
        const Key oldest = ages_.front();
        forget(oldest);
    }
    ages_.push_back(key);
    known_.insert_or_assign(key, Known{event, std::prev(ages_.end())});
}

void EventJoiner::forget(const Key &key) {
    const auto found = known_.find(key);
    if (found == known_.end())
        return;
    ages_.erase(found->second.age);
    known_.erase(found);
}

} // namespace mprox
