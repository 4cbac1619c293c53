// SPDX-License-Identifier: GPL-2.0-or-later
// mprox top: what goes through proxies, and what fails, again and again.
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <map>
#include <unistd.h>
#include <utility>

#include "apply.hpp"
#include "event_readers.hpp"
#include "mprox.h"
#include "ss.hpp"
#include "top_screen.hpp"

using mprox::Event;
using mprox::Result;
using mprox::Status;

namespace {

using Clock = std::chrono::steady_clock;

struct Words {
    std::vector<std::string> which;
    double delay = 2;
    std::size_t count = 0; ///< 0: until it is ended
    bool batch = false;
    bool is_reversed = false;
    bool shows_failures = false;
    std::string sort = kSortWords[0];
};

/// Failures, and who does what: the kernel says it once, when a connection begins.
std::uint32_t wanted_kinds() {
    return Failures::kinds() | 1U << MUTEX_PROXY_EVENT_OPEN | 1U << MUTEX_PROXY_EVENT_PROXIED | 1U << MUTEX_PROXY_EVENT_CLOSED;
}

std::uint64_t nanoseconds_now() {
    return static_cast<std::uint64_t>(std::chrono::nanoseconds(Clock::now().time_since_epoch()).count());
}

/// What is known of the kernel, and what has been said of it.
class Source {
  public:
    explicit Source(const Words &words) : which_(words.which) {}

    /// What is named must be there, and tell.
    Status begin();

    /// What has happened in the meantime, and then how it is. What cannot be found out is a note.
    Status look();

    /// Listens for @p milliseconds, or until something is to be said of @p other.
    void listen(int milliseconds, pollfd &other);

    [[nodiscard]] Picture picture() const { return compare(before_, now_); }
    [[nodiscard]] const Failures &failures() const { return failures_; }

    /// Those that were not there before.
    std::vector<std::string> take_notes() { return std::exchange(notes_, {}); }

  private:
    Result<Sample> sample(const Context &context);
    void note(const Context &context, const mprox::Error &error);

    std::vector<std::string> which_;
    EventReaders readers_{wanted_kinds()};
    Failures failures_;
    Snapshot before_;
    Snapshot now_;
    std::map<std::uint32_t, std::string> labels_;
    std::set<std::uint32_t> noted_;
    std::vector<std::string> notes_;
};

Status Source::begin() {
    const auto contexts = look_for(which_);
    if (!contexts)
        return contexts.error();
    for (const auto &context : *contexts)
        if (const auto fd = open_context(context); !fd && !which_.empty())
            return fd.error();
    return look();
}

/// One for each context: its next ones say the same, most likely.
void Source::note(const Context &context, const mprox::Error &error) {
    if (noted_.insert(context.id).second)
        notes_.push_back(one_line(error));
}

Result<mutex_proxy_stats> read_counters(const Context &context, int fd) {
    mutex_proxy_stats counters = {};
    if (mprox_get_stats(fd, &counters) != 0)
        return mprox::explain_device("the scope " + label_of(context) + " tells no statistics", errno);
    return counters;
}

Result<Sample> Source::sample(const Context &context) {
    const auto fd = open_context(context);
    if (!fd)
        return fd.error();
    const auto statistics = read_counters(context, fd->get());
    if (!statistics)
        return statistics.error();
    auto flows = read_flows(context, fd->get());
    if (!flows)
        return flows.error();
    for (auto &flow : flows->flows)
        readers_.join(flow);
    return Sample{context, nanoseconds_now(), *statistics, std::move(flows->flows)};
}

Status Source::look() {
    const auto contexts = mprox::list_contexts(false);
    if (!contexts)
        return contexts.error();
    Snapshot all;
    std::set<std::uint32_t> present;
    for (const auto &context : *contexts) {
        present.insert(context.id);
        if (!is_one_of(context, which_))
            continue;
        labels_[context.id] = short_label_of(context);
        if (auto status = readers_.add(context); !status)
            note(context, status.error());
        auto one = sample(context);
        if (one)
            all.push_back(std::move(*one));
        else
            note(context, one.error());
    }
    before_ = std::exchange(now_, std::move(all));
    readers_.forget_all_but(present);
    failures_.forget_all_but(present);
    std::erase_if(labels_, [&](const auto &label) { return !present.contains(label.first); });
    std::erase_if(noted_, [&](std::uint32_t id) { return !present.contains(id); });
    return mprox::ok();
}

void Source::listen(int milliseconds, pollfd &other) {
    for (const auto &event : readers_.wait(milliseconds, other)) {
        const auto label = labels_.find(event.head.context);
        failures_.take(event, label == labels_.end() ? std::to_string(event.head.context) : label->second);
    }
}

Clock::time_point after(double seconds) {
    return Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

int milliseconds_to(Clock::time_point end) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
    return static_cast<int>(std::max<std::int64_t>(left, 0));
}

View view_of(const Words &words) {
    View view;
    const auto *found = std::find(kSortWords.begin(), kSortWords.end(), words.sort);
    view.sort = static_cast<Sort>(found - kSortWords.begin());
    view.is_reversed = words.is_reversed;
    view.shows_failures = words.shows_failures;
    view.delay = words.delay;
    const auto now = std::time(nullptr);
    char text[16];
    std::strftime(text, sizeof(text), "%H:%M:%SZ", std::gmtime(&now));
    view.since = text;
    return view;
}

/// Each time rates are known: nothing is written before the first delay is over.
Result<int> write_all(const Words &words) {
    Source source(words);
    const auto view = view_of(words);
    if (auto status = source.begin(); !status)
        return status.error();
    pollfd nobody = {-1, 0, 0};
    for (std::size_t i = 0; !words.count || i < words.count; i++) {
        for (const auto end = after(words.delay); milliseconds_to(end);)
            source.listen(milliseconds_to(end), nobody);
        if (auto status = source.look(); !status)
            return status.error();
        for (const auto &note : source.take_notes())
            print_warning(note);
        if (!print(text_of(source.picture(), source.failures(), view)))
            return static_cast<int>(failed);
    }
    return static_cast<int>(fine);
}

/// Shows one picture until @p end. False: the user has had enough, or is gone.
bool show_one(Screen &screen, Source &source, View &view, Clock::time_point end) {
    const auto picture = source.picture();
    const auto notes = source.take_notes();
    const auto draw = [&] {
        screen.draw(lines_of(picture, source.failures(), view, screen.room(), notes.empty() ? "" : notes.back()));
    };
    draw();
    while (const int patience = milliseconds_to(end)) {
        pollfd keyboard = {STDIN_FILENO, POLLIN, 0};
        source.listen(patience, keyboard);
        if (keyboard.revents & ~POLLIN)
            return false;
        // Another size of the terminal interrupts the waiting, and is told as a key.
        while (const auto key = screen.key()) {
            if (*key == Key::quit)
                return false;
            take_key(view, *key, picture, source.failures(), shown_rows(screen.room()));
            draw();
        }
    }
    return true;
}

Result<int> show(const Words &words) {
    if (auto status = Screen::check(); !status)
        return status.error();
    // What is wrong is told before the terminal is taken.
    Source source(words);
    if (auto status = source.begin(); !status)
        return status.error();
    auto screen = Screen::open();
    if (!screen)
        return screen.error();
    auto view = view_of(words);
    for (std::size_t i = 1; show_one(*screen, source, view, after(words.delay)) && i != words.count; i++)
        if (auto status = source.look(); !status)
            return status.error();
    return static_cast<int>(fine);
}

Result<int> watch(const Words &words) { return words.batch ? write_all(words) : show(words); }

} // namespace

void add_top(CLI::App &app, Task &task) {
    auto words = std::make_shared<Words>();
    auto *command = add_command(app, "top", "connections, rates and failures, on the whole terminal");
    add_contexts(*command, words->which);
    command->add_option("-d,--delay", words->delay, "from one look to the next (default 2)")
        ->type_name("SECONDS")
        ->check(CLI::Range(0.1, 86400.0));
    command->add_option("-n,--count", words->count, "looks, and then the end")
        ->type_name("COUNT")
        ->check(CLI::Range(std::size_t{1}, std::size_t{1000000000}));
    command->add_option("--sort", words->sort, "rate, octets, age or destination (default rate)")
        ->type_name("KEY")
        ->check(CLI::IsMember(std::vector<std::string>(kSortWords.begin(), kSortWords.end())));
    command->add_flag("-r,--reverse", words->is_reversed, "the last one first");
    command->add_flag("--failures", words->shows_failures, "what has failed lately, instead of connections");
    command->add_flag("-b,--batch", words->batch, "plain text, without a terminal");
    command->callback([&task, words] { task = [words] { return watch(*words); }; });
}
