// SPDX-License-Identifier: GPL-2.0-or-later
// mprox events and names: what happens in contexts, from now on.
#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <map>
#include <poll.h>
#include <set>
#include <sys/resource.h>

#include "apply.hpp"
#include "contexts.hpp"
#include "event_filter.hpp"
#include "mprox.h"
#include "scopes.hpp"

using mprox::Error;
using mprox::Event;
using mprox::Fd;
using mprox::Result;
using mprox::Status;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kBetweenLooks(1000);
constexpr std::size_t kRoom = 65536; // octets that are read at once

struct Words {
    std::vector<std::string> which;
    bool follow = false;
    bool json = false;
    std::vector<std::string> kinds;
    std::vector<std::string> filters;
    std::string level;
};

Result<EventFilter> filter_of(const Words &words) {
    EventFilter filter;
    auto status = words.kinds.empty() ? mprox::ok() : filter.take_kinds(words.kinds);
    if (status && !words.level.empty())
        status = filter.take_level(words.level);
    for (const auto &text : words.filters)
        if (status)
            status = filter.take_terms(text);
    if (!status)
        return status.error();
    return filter;
}

Error explain_events(const Context &context, int error) {
    const auto what = "the scope " + label_of(context) + " does not tell what happens";
    if (error == EMLINK)
        return {what + ": it has " + std::to_string(MUTEX_PROXY_MAX_READERS) + " readers already", "end one of them"};
    if (error == EPERM)
        return {what + ": you may not", "do it as who made it, or as root"};
    return mprox::explain_device(what, error);
}

/// A descriptor of its events, which keeps no scope alive: the context's own is closed.
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

Colour colour_of(unsigned kind) {
    switch (kind) {
    case MUTEX_PROXY_EVENT_FAILED:
    case MUTEX_PROXY_EVENT_REFUSED:
    case MUTEX_PROXY_EVENT_SERVER_DOWN:
    case MUTEX_PROXY_EVENT_ALERT:
        return Colour::red;
    case MUTEX_PROXY_EVENT_ATTEMPT:
    case MUTEX_PROXY_EVENT_LOST:
        return Colour::yellow;
    default:
        return Colour::none;
    }
}

/// Many contexts are many descriptors.
void raise_bound() {
    rlimit bound = {};
    if (getrlimit(RLIMIT_NOFILE, &bound) == 0) {
        bound.rlim_cur = bound.rlim_max;
        setrlimit(RLIMIT_NOFILE, &bound);
    }
}

class Watch {
  public:
    Watch(const Words &words, EventFilter filter, std::uint32_t kinds)
        : words_(words), filter_(std::move(filter)), kinds_(kinds) {}

    Result<int> run();

  private:
    Status begin();
    Status look_again();
    void take(const Context &context, Result<Fd> events);
    bool read_ready();
    bool read_one(int fd, std::vector<Event> &events);
    bool tell(std::vector<Event> &events);
    [[nodiscard]] bool is_wanted(const Context &context) const;
    [[nodiscard]] int patience() const;

    const Words &words_;
    EventFilter filter_;
    std::uint32_t kinds_;
    mprox::EventJoiner joiner_;
    std::map<std::uint32_t, Fd> readers_; ///< by the context's number
    std::set<std::uint32_t> known_;       ///< contexts that were tried
    Clock::time_point looked_ = {};
};

bool Watch::is_wanted(const Context &context) const {
    return words_.which.empty() || std::any_of(words_.which.begin(), words_.which.end(), [&](const auto &which) {
               return which == context.name || which == std::to_string(context.id);
           });
}

void Watch::take(const Context &context, Result<Fd> events) {
    known_.insert(context.id);
    if (events)
        readers_[context.id] = std::move(*events);
    else
        print_warning(one_line(events.error()));
}

/// What is named must be there, unless it may come yet.
Status Watch::begin() {
    if (words_.follow)
        return look_again();
    const auto contexts = look_for(words_.which);
    if (!contexts)
        return contexts.error();
    for (const auto &context : *contexts) {
        auto events = open_events(context, kinds_);
        if (!events && !words_.which.empty())
            return events.error();
        take(context, std::move(events));
    }
    if (readers_.empty())
        return Error{"there is no scope to hear of", "with -f it is waited for"};
    return mprox::ok();
}

/// New ones. Of those that have ended nothing is kept.
Status Watch::look_again() {
    const auto contexts = mprox::list_contexts(false);
    if (!contexts)
        return contexts.error();
    looked_ = Clock::now();
    std::set<std::uint32_t> present;
    for (const auto &context : *contexts) {
        present.insert(context.id);
        if (is_wanted(context) && !known_.contains(context.id))
            take(context, open_events(context, kinds_));
    }
    std::erase_if(known_, [&](std::uint32_t id) { return !present.contains(id); });
    return mprox::ok();
}

int Watch::patience() const {
    if (!words_.follow)
        return -1;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(looked_ + kBetweenLooks - Clock::now()).count();
    return static_cast<int>(std::max<std::int64_t>(left, 0));
}

/// False: the end.
bool Watch::read_one(int fd, std::vector<Event> &events) {
    alignas(8) std::array<std::uint8_t, kRoom> octets;
    const ssize_t got = read(fd, octets.data(), octets.size());
    if (got <= 0)
        return got < 0 && (errno == EINTR || errno == EAGAIN);
    std::span<const std::uint8_t> rest(octets.data(), static_cast<std::size_t>(got));
    while (auto event = mprox::take_event(rest))
        events.push_back(std::move(*event));
    return true;
}

/// False: nobody takes what is written.
bool Watch::tell(std::vector<Event> &events) {
    std::stable_sort(events.begin(), events.end(),
                     [](const Event &a, const Event &b) { return a.head.monotonic < b.head.monotonic; });
    std::string text;
    for (auto &event : events) {
        joiner_.join(event);
        if (filter_.matches(event))
            text += (words_.json ? mprox::json_of(event) : coloured(mprox::text_of(event), colour_of(event.head.kind))) + "\n";
    }
    return text.empty() || print(text);
}

bool Watch::read_ready() {
    std::vector<pollfd> polled;
    std::vector<std::uint32_t> ids;
    for (const auto &[id, fd] : readers_) {
        polled.push_back({fd.get(), POLLIN, 0});
        ids.push_back(id);
    }
    std::vector<Event> events;
    if (poll(polled.data(), polled.size(), patience()) > 0)
        for (std::size_t i = 0; i < polled.size(); i++)
            if (polled[i].revents && !read_one(polled[i].fd, events))
                readers_.erase(ids[i]);
    return tell(events);
}

Result<int> Watch::run() {
    raise_bound();
    if (auto status = begin(); !status)
        return status.error();
    while (words_.follow || !readers_.empty()) {
        if (!read_ready())
            return static_cast<int>(failed);
        if (words_.follow && patience() == 0)
            if (auto status = look_again(); !status)
                return status.error();
    }
    return static_cast<int>(fine);
}

Result<int> watch(const Words &words) {
    auto filter = filter_of(words);
    if (!filter)
        return filter.error();
    const auto kinds = filter->kernel_kinds();
    if (!kinds)
        return kinds.error();
    return Watch(words, *filter, *kinds).run();
}

CLI::App *add_watch(CLI::App &app, Task &task, const std::string &name, const std::string &help,
                    const std::shared_ptr<Words> &words) {
    auto *command = add_command(app, name, help);
    add_contexts(*command, words->which);
    command->add_flag("-f,--follow", words->follow, "scopes that are made later, too, until it is interrupted");
    command->add_option("--filter", words->filters, "those alone of which it is true; repeatable")
        ->type_name("FILTER")
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    command->add_flag("--json", words->json, "an object in each line");
    command->callback([&task, words] { task = [words] { return watch(*words); }; });
    return command;
}

} // namespace

void add_events(CLI::App &app, Task &task) {
    auto words = std::make_shared<Words>();
    auto *command = add_watch(app, task, "events", "what happens from now on, until the scopes end", words);
    command->add_option("--kinds", words->kinds, "those alone: failed,refused")
        ->type_name("KIND,...")
        ->delimiter(',')
        ->allow_extra_args(false);
    command->add_option("--level", words->level, "warning, notice or info: what is worth as much, or more")->type_name("LEVEL");
}

void add_names(CLI::App &app, Task &task) {
    auto words = std::make_shared<Words>();
    words->kinds = {"query"};
    add_watch(app, task, "names", "what names are asked for from now on, and what it comes to", words);
}
