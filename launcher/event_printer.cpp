// SPDX-License-Identifier: GPL-2.0-or-later
#include "event_printer.hpp"

#include <cerrno>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include "fd.hpp"
#include "journal.hpp"
#include "reason.hpp"

namespace {

constexpr int kPatience = 1000; // milliseconds, for who has made our standard error non-blocking

constexpr std::uint32_t bits(std::initializer_list<unsigned> kinds) {
    std::uint32_t sum = 0;
    for (const unsigned kind : kinds)
        sum |= 1U << kind;
    return sum;
}

/// A whole line by one write(), so that nothing of the program's comes between; false:
/// nobody takes it.
bool write_line(int fd, std::string line) {
    line += '\n';
    for (std::size_t done = 0; done < line.size();) {
        const ssize_t part = write(fd, line.data() + done, line.size() - done);
        pollfd ready = {fd, POLLOUT, 0};
        if (part >= 0)
            done += static_cast<std::size_t>(part);
        else if (errno != EINTR && (errno != EAGAIN || poll(&ready, 1, kPatience) <= 0))
            return false;
    }
    return true;
}

bool is_worth_a_line(const mprox::Event &event, Say say) {
    switch (say) {
    case Say::nothing:
        return false;
    case Say::first:
        return is_failure(event);
    case Say::failures:
        return event.head.kind == MUTEX_PROXY_EVENT_FAILED || event.head.kind == MUTEX_PROXY_EVENT_REFUSED ||
               event.head.kind == MUTEX_PROXY_EVENT_ALERT || event.head.kind == MUTEX_PROXY_EVENT_LOST;
    default:
        return true;
    }
}

} // namespace

std::uint32_t EventOutputs::kinds() const {
    if (say == Say::everything)
        return 0;
    // Connections that work wake nobody.
    std::uint32_t said = bits({MUTEX_PROXY_EVENT_FAILED, MUTEX_PROXY_EVENT_REFUSED});
    if (say != Say::first)
        said |= bits({MUTEX_PROXY_EVENT_ALERT});
    if (log < 0 && journal < 0)
        return said;
    const auto logged = filter.kernel_kinds();
    return logged && *logged ? *logged | (say == Say::nothing ? 0 : said) : 0;
}

bool is_failure(const mprox::Event &event) {
    if (event.head.kind == MUTEX_PROXY_EVENT_REFUSED)
        return event.head.proto == IPPROTO_TCP;
    return event.head.kind == MUTEX_PROXY_EVENT_FAILED && event.head.reason != MUTEX_PROXY_REASON_ABORTED;
}

bool is_proxys_failure(const mprox::Event &event) {
    return is_failure(event) && mprox::blame_of(event.head.reason) == mprox::Blame::proxy;
}

void EventPrinter::print(mprox::Event event) {
    joiner_.join(event);
    const bool is_logged = (to_.log >= 0 || to_.journal >= 0) && to_.filter.matches(event);
    if (is_logged && to_.log >= 0 && !write_line(to_.log, to_.json ? mprox::json_of(event) : mprox::text_of(event)) &&
        to_.log_is_terminal)
        to_.log = -1;
    if (is_logged && to_.journal >= 0)
        send_to_journal(to_.journal, event);
    say(event);
}

void EventPrinter::say(const mprox::Event &event) {
    if (!is_worth_a_line(event, to_.say))
        return;
    if (!write_line(to_.terminal, "mprox-run: " + mprox::sentence_of(event)) || to_.say == Say::first)
        to_.say = Say::nothing;
    if (!has_terminal())
        leave_terminal();
}

void EventPrinter::leave_terminal() {
    to_.say = Say::nothing;
    if (to_.log_is_terminal)
        to_.log = -1;
    to_.log_is_terminal = false;
    // Whoever reads it until its end does not wait for us.
    if (const mprox::Fd null(open("/dev/null", O_RDWR | O_CLOEXEC)); null && to_.terminal >= 0)
        dup2(null.get(), to_.terminal);
}

bool EventPrinter::is_done() const { return to_.say == Say::nothing && to_.log < 0 && to_.journal < 0; }
