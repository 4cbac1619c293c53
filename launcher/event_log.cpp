// SPDX-License-Identifier: GPL-2.0-or-later
#include "event_log.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "journal.hpp"
#include "mprox.h"
#include "orphan.hpp"
#include "pass_fd.hpp"

using mprox::Error;
using mprox::Fd;
using mprox::Result;
using mprox::Status;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kRoom = 65536; // octets that are read at once
/// What ends with COMMAND is told after its end: connections that were left open.
constexpr std::chrono::milliseconds kMoment(500);
// The reader's descriptors, behind the standard ones.
constexpr int kSocket = 3, kLog = 4, kRest = 5;

Error system_error(const std::string &what) { return {what + ": " + std::strerror(errno), ""}; }

/// What --log names; nothing of it is to be known to COMMAND.
struct Log {
    Fd fd;
    std::string path = {}; ///< of a file that is opened anew when it was moved away
    bool is_journal = false;
    bool is_terminal = false;
};

Fd open_file(const std::string &path) {
    // Where somebody goes is nobody else's business.
    return Fd(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
}

/// Wherever the reader is. Pipes and devices, which nobody moves away, have none.
std::string path_of(int fd, const std::string &name) {
    struct stat about = {};
    std::error_code error;
    if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))
        return "";
    const auto path = std::filesystem::absolute(name, error);
    return error ? "" : path.string();
}

Result<Log> open_log(const std::string &name) {
    Log log;
    if (name == "journal") {
        auto journal = Journal::open();
        if (!journal)
            return journal.error();
        log.is_journal = true;
        log.fd = Fd(fcntl(journal->fd(), F_DUPFD_CLOEXEC, kRest));
    } else if (name == "-") {
        log.is_terminal = true;
    } else if (!name.empty()) {
        log.fd = open_file(name);
        if (!log.fd)
            return system_error("--log: cannot open '" + name + "'");
        log.path = path_of(log.fd.get(), name);
    }
    return log;
}

Say how_much(const Options &options) {
    // All of it is there already, then.
    if (options.quiet || options.log == "-")
        return Say::nothing;
    return options.verbose >= 2 ? Say::everything : options.verbose == 1 ? Say::failures : Say::first;
}

EventOutputs outputs_of(const Options &options, const Log &log) {
    EventOutputs outputs;
    outputs.say = how_much(options);
    outputs.json = options.log_is_json;
    outputs.log_is_terminal = log.is_terminal;
    outputs.filter = options.log_filter;
    outputs.terminal = STDERR_FILENO;
    if (log.is_terminal)
        outputs.log = STDERR_FILENO;
    else if (log.is_journal)
        outputs.journal = kLog;
    else if (log.fd)
        outputs.log = kLog;
    return outputs;
}

/// It is read from a descriptor: logrotate(8) says by it that the file was moved away.
sigset_t blocked_hangup() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    return set;
}

[[noreturn]] void read_them(int sock, const Log &log, const EventOutputs &outputs) {
    // Its memory is a copy of ours, with passwords, for as long as the scope lasts.
    prctl(PR_SET_DUMPABLE, 0);
    prctl(PR_SET_NAME, "mprox-log");
    EventPrinter printer(outputs);
    // It ends with its scope. Who ends a service signals all of its processes, and what the
    // others do then is worth to be told.
    for (const int number : {SIGINT, SIGQUIT, SIGTERM, SIGPIPE})
        std::signal(number, SIG_IGN);
    const sigset_t hangup = blocked_hangup();
    if (keep_only(std::array{sock, log.fd.get()}, printer.has_terminal()) && chdir("/") == 0)
        if (const auto fds = receive_fds(kSocket); !fds.empty()) {
            close(kSocket);
            const Fd moved(signalfd(-1, &hangup, SFD_CLOEXEC | SFD_NONBLOCK));
            print_events({.events = fds[0].get(), .command = fds.size() > 1 ? fds[1].get() : -1, .moved = moved.get(),
                          .log = kLog, .path = log.path},
                         printer);
        }
    _exit(0);
}

/// False: the end.
bool print_some(int events, EventPrinter &printer) {
    alignas(8) std::array<std::uint8_t, kRoom> octets;
    const ssize_t got = read(events, octets.data(), octets.size());
    if (got <= 0)
        return got < 0 && (errno == EINTR || errno == EAGAIN);
    std::span<const std::uint8_t> rest(octets.data(), static_cast<std::size_t>(got));
    while (auto event = mprox::take_event(rest))
        printer.print(std::move(*event));
    return true;
}

int milliseconds_to(Clock::time_point end) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    return static_cast<int>(std::max<std::int64_t>(left, 0));
}

void open_anew(int moved, int log, const std::string &path) {
    signalfd_siginfo ignored = {};
    if (read(moved, &ignored, sizeof(ignored)) != sizeof(ignored) || path.empty())
        return;
    // The number stays the same. What cannot be opened is written on where it was.
    if (const Fd anew = open_file(path))
        dup3(anew.get(), log, O_CLOEXEC);
}

} // namespace

void print_events(const EventInputs &from, EventPrinter printer) {
    enum { kEvents, kCommand, kMoved, kPolled };
    std::optional<Clock::time_point> end;
    while (!printer.is_done()) {
        pollfd polled[kPolled] = {{from.events, POLLIN, 0}, {end ? -1 : from.command, POLLIN, 0}, {from.moved, POLLIN, 0}};
        const int ready = poll(polled, kPolled, end && printer.has_terminal() ? milliseconds_to(*end) : -1);
        if (ready < 0 && errno != EINTR)
            return;
        if (ready > 0 && polled[kMoved].revents)
            open_anew(from.moved, from.log, from.path);
        if (ready > 0 && polled[kEvents].revents && !print_some(from.events, printer))
            return;
        if (ready > 0 && polled[kCommand].revents)
            end = Clock::now() + kMoment;
        if (end && printer.has_terminal() && Clock::now() >= *end)
            printer.leave_terminal();
    }
}

Fd open_events(int context, std::uint32_t kinds) {
    mutex_proxy_events wanted = {};
    wanted.size = sizeof(wanted);
    wanted.flags = MUTEX_PROXY_NONBLOCK;
    wanted.kinds = kinds;
    return Fd(mprox_events(context, &wanted));
}

Status no_events(const std::string &option, bool asked) {
    if (errno == ENOTTY) {
        spdlog::log(asked ? spdlog::level::warn : spdlog::level::info,
                    "{}the kernel module is older than this program, and does not tell what happens",
                    asked ? option + ": " : "");
        return mprox::ok();
    }
    const auto error = system_error(option + ": the kernel does not tell what happens");
    if (asked)
        return error;
    spdlog::info("{}", error.what);
    return mprox::ok();
}

Result<std::optional<EventLog>> EventLog::start(const Options &options) {
    auto log = open_log(options.log);
    if (!log)
        return log.error();
    const auto outputs = outputs_of(options, *log);
    if (EventPrinter(outputs).is_done())
        return std::optional<EventLog>();
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return system_error("--log");
    Fd ours(pair[0]);
    const Fd theirs(pair[1]);
    const auto read_events = [&] {
        ours = Fd();
        read_them(theirs.get(), *log, outputs);
    };
    if (!start_orphan(read_events))
        return system_error("--log: cannot fork");
    return std::optional(EventLog(std::move(ours), outputs.kinds(), !options.log.empty()));
}

Status EventLog::hand_over(int context) {
    const auto reader = std::move(reader_);
    const auto events = open_events(context, kinds_);
    if (!events)
        return no_events("--log", asked_);
    const Fd command(static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0)));
    const std::array fds = {events.get(), command.get()};
    if (!send_fds(reader.get(), std::span(fds).first(command ? 2 : 1)) && asked_)
        return Error{"--log: who writes it is gone", ""};
    return mprox::ok();
}
