// SPDX-License-Identifier: GPL-2.0-or-later
// mprox events and names: what happens in contexts, from now on.
#include <algorithm>
#include <chrono>
#include <set>

#include "apply.hpp"
#include "event_readers.hpp"
#include "filter_words.hpp"
#include "scopes.hpp"

using mprox::Error;
using mprox::EventFilter;
using mprox::Result;
using mprox::Status;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kBetweenLooks(1000);

struct Words : FilterWords {
    std::vector<std::string> which;
    bool follow = false;
    bool json = false;
};

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

class Watch {
  public:
    Watch(const Words &words, EventFilter filter, std::uint32_t kinds)
        : words_(words), filter_(std::move(filter)), readers_(kinds) {}

    Result<int> run();

  private:
    Status begin();
    Status look_again();
    bool tell_ready();
    [[nodiscard]] int patience() const;

    const Words &words_;
    EventFilter filter_;
    EventReaders readers_;
    Clock::time_point looked_ = {};
};

/// What is named must be there, unless it may come yet.
Status Watch::begin() {
    if (words_.follow)
        return look_again();
    const auto contexts = look_for(words_.which);
    if (!contexts)
        return contexts.error();
    for (const auto &context : *contexts)
        if (auto status = readers_.add(context); !status) {
            if (!words_.which.empty())
                return status.error();
            print_warning(one_line(status.error()));
        }
    if (readers_.is_empty())
        return Error{"there is no scope to hear of", "with -f it is waited for"};
    return mprox::ok();
}

/// New ones.
Status Watch::look_again() {
    const auto contexts = mprox::list_contexts(false);
    if (!contexts)
        return contexts.error();
    looked_ = Clock::now();
    std::set<std::uint32_t> present;
    for (const auto &context : *contexts) {
        present.insert(context.id);
        if (is_one_of(context, words_.which))
            if (auto status = readers_.add(context); !status)
                print_warning(one_line(status.error()));
    }
    readers_.forget_all_but(present);
    return mprox::ok();
}

int Watch::patience() const {
    if (!words_.follow)
        return -1;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(looked_ + kBetweenLooks - Clock::now()).count();
    return static_cast<int>(std::max<std::int64_t>(left, 0));
}

/// False: nobody takes what is written.
bool Watch::tell_ready() {
    std::string text;
    for (const auto &event : readers_.wait(patience()))
        if (filter_.matches(event))
            text += (words_.json ? mprox::json_of(event) : coloured(mprox::text_of(event), colour_of(event.head.kind))) + "\n";
    return text.empty() || print(text);
}

Result<int> Watch::run() {
    if (auto status = begin(); !status)
        return status.error();
    while (words_.follow || !readers_.is_empty()) {
        if (!tell_ready())
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
    add_filter(*command, *words);
    command->add_flag("--json", words->json, "an object in each line");
    command->callback([&task, words] { task = [words] { return watch(*words); }; });
    return command;
}

} // namespace

void add_events(CLI::App &app, Task &task) {
    auto words = std::make_shared<Words>();
    add_kinds(*add_watch(app, task, "events", "what happens from now on, until the scopes end", words), *words);
}

void add_names(CLI::App &app, Task &task) {
    auto words = std::make_shared<Words>();
    words->kinds = {"query"};
    add_watch(app, task, "names", "what names are asked for from now on, and what it comes to", words);
}
