// SPDX-License-Identifier: GPL-2.0-or-later
#include "event_readers.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/resource.h>

#include "apply.hpp"
#include "mprox.h"

using mprox::Error;
using mprox::Event;
using mprox::Fd;
using mprox::Result;
using mprox::Status;

namespace {

constexpr std::size_t kRoom = 65536; // octets that are read at once

/// Many contexts are many descriptors.
void raise_bound() {
    rlimit bound = {};
    if (getrlimit(RLIMIT_NOFILE, &bound) == 0) {
        bound.rlim_cur = bound.rlim_max;
        setrlimit(RLIMIT_NOFILE, &bound);
    }
}

Error explain_events(const Context &context, int error) {
    const auto what = "the scope " + label_of(context) + " does not tell what happens";
    if (error == EMLINK)
        return {what + ": it has " + std::to_string(MUTEX_PROXY_MAX_READERS) + " readers already", "end one of them"};
    if (error == EPERM)
        return {what + ": you may not", "do it as who made it, or as root"};
    return mprox::explain_device(what, error);
}

/// The context's own descriptor is closed.
Result<Fd> open_events(const Context &context, std::uint32_t kinds) {
    const auto fd = open_context(context);
    if (!fd)
        return fd.error();
    mutex_proxy_events wanted = {};
    wanted.size = sizeof(wanted);
    wanted.flags = MUTEX_PROXY_NONBLOCK;
    wanted.kinds = kinds;
    Fd events(mprox_events(fd->get(), &wanted));
    if (!events)
        return explain_events(context, errno);
    return events;
}

/// False: the end.
bool read_one(int fd, std::vector<Event> &events) {
    alignas(8) std::array<std::uint8_t, kRoom> octets;
    const ssize_t got = read(fd, octets.data(), octets.size());
    if (got <= 0)
        return got < 0 && (errno == EINTR || errno == EAGAIN);
    std::span<const std::uint8_t> rest(octets.data(), static_cast<std::size_t>(got));
    while (auto event = mprox::take_event(rest))
        events.push_back(std::move(*event));
    return true;
}

} // namespace

EventReaders::EventReaders(std::uint32_t kinds) : kinds_(kinds) { raise_bound(); }

Status EventReaders::add(const Context &context) {
    if (!tried_.insert(context.id).second)
        return mprox::ok();
    auto events = open_events(context, kinds_);
    if (!events)
        return events.error();
    readers_[context.id] = std::move(*events);
    return mprox::ok();
}

void EventReaders::forget_all_but(const std::set<std::uint32_t> &present) {
    std::erase_if(tried_, [&](std::uint32_t id) { return !present.contains(id); });
}

std::vector<Event> EventReaders::wait(int milliseconds, pollfd &other) {
    std::vector<pollfd> polled = {other};
    std::vector<std::uint32_t> ids = {0};
    for (const auto &[id, fd] : readers_) {
        polled.push_back({fd.get(), POLLIN, 0});
        ids.push_back(id);
    }
    std::vector<Event> events;
    if (poll(polled.data(), polled.size(), milliseconds) > 0)
        for (std::size_t i = 1; i < polled.size(); i++)
            if (polled[i].revents && !read_one(polled[i].fd, events))
                readers_.erase(ids[i]);
    other.revents = polled[0].revents;
    std::stable_sort(events.begin(), events.end(),
                     [](const Event &a, const Event &b) { return a.head.monotonic < b.head.monotonic; });
    for (auto &event : events)
        joiner_.join(event);
    return events;
}

std::vector<Event> EventReaders::wait(int milliseconds) {
    pollfd nobody = {-1, 0, 0};
    return wait(milliseconds, nobody);
}
