// SPDX-License-Identifier: GPL-2.0-or-later
#include "supervise.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "event_log.hpp"
#include "pass_fd.hpp"

using mprox::Fd;

namespace {

// Where keep_only() puts them.
constexpr int kSignals = 3, kSocket = 4;

class Supervisor {
  public:
    explicit Supervisor(pid_t child) : child_(child) {}

    /// Until the child has ended; its wait status.
    int wait();
    /// Has a connection failed because of the proxy? Reads what is left to be read.
    bool has_proxy_failed();

  private:
    void take_signal();
    void take_message();
    bool read_events();
    /// True if the child has ended.
    bool reap();

    pid_t child_;
    int status_ = 0;
    Fd events_;
    bool listens_ = true; ///< the child has not said yet where events are
    bool proxy_failed_ = false;
};

void Supervisor::take_signal() {
    signalfd_siginfo info = {};
    if (read(kSignals, &info, sizeof(info)) != sizeof(info) || info.ssi_signo == SIGCHLD)
        return;
    const int number = static_cast<int>(info.ssi_signo);
    // What a key on the terminal sends goes to the whole group, and so to the child, too;
    // only a hangup is the session's first process's alone.
    const bool is_ours_alone = info.ssi_code <= 0 || number == SIGCONT || (number == SIGHUP && getsid(0) == getpid());
    if (is_ours_alone && static_cast<pid_t>(info.ssi_pid) != child_)
        kill(child_, number);
}

void Supervisor::take_message() {
    auto fds = receive_fds(kSocket);
    if (!fds.empty())
        events_ = std::move(fds[0]);
    listens_ = false;
}

bool Supervisor::read_events() {
    alignas(8) std::array<std::uint8_t, 65536> octets;
    const ssize_t got = read(events_.get(), octets.data(), octets.size());
    if (got <= 0)
        return false;
    std::span<const std::uint8_t> rest(octets.data(), static_cast<std::size_t>(got));
    while (const auto event = mprox::take_event(rest))
        proxy_failed_ |= is_proxys_failure(*event);
    return true;
}

bool Supervisor::reap() {
    while (waitpid(child_, &status_, WNOHANG | WUNTRACED) == child_) {
        if (!WIFSTOPPED(status_))
            return true;
        // Who watches us sees it stop.
        kill(getpid(), SIGSTOP);
    }
    return false;
}

int Supervisor::wait() {
    while (!reap()) {
        pollfd polled[] = {{kSignals, POLLIN, 0},
                           {listens_ ? kSocket : -1, POLLIN, 0},
                           {events_ && !proxy_failed_ ? events_.get() : -1, POLLIN, 0}};
        if (poll(polled, std::size(polled), -1) <= 0)
            continue;
        if (polled[0].revents)
            take_signal();
        if (polled[1].revents)
            take_message();
        if (polled[2].revents && !read_events() && errno != EAGAIN)
            events_ = Fd();
    }
    return status_;
}

bool Supervisor::has_proxy_failed() {
    if (listens_)
        take_message();
    while (events_ && !proxy_failed_ && read_events())
        ;
    return proxy_failed_;
}

/// As the child has.
int end_as(int status) {
    if (!WIFSIGNALED(status))
        return WEXITSTATUS(status);
    const int number = WTERMSIG(status);
    const rlimit no_core = {0, 0}; // it was the child's to write
    setrlimit(RLIMIT_CORE, &no_core);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    std::signal(number, SIG_DFL);
    raise(number);
    sigprocmask(SIG_UNBLOCK, &set, nullptr);
    return 128 + number;
}

int watch(pid_t child, int signals, int sock, int fail_status) {
    // Its memory holds passwords for as long as COMMAND runs.
    prctl(PR_SET_DUMPABLE, 0);
    keep_only(std::array{signals, sock}, false);
    Supervisor supervisor(child);
    const int status = supervisor.wait();
    const bool has_failed = !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    return has_failed && supervisor.has_proxy_failed() ? fail_status : end_as(status);
}

int fail(const char *what) {
    spdlog::error("--fail-status: {}: {}", what, std::strerror(errno));
    return 125;
}

} // namespace

bool Parent::give(int events) {
    const auto sock = std::move(socket_);
    return send_fds(sock.get(), {&events, 1});
}

mprox::Status Parent::hand_over(int context) {
    const auto events = open_events(context, 1U << MUTEX_PROXY_EVENT_FAILED | 1U << MUTEX_PROXY_EVENT_REFUSED);
    if (!events)
        return no_events("--fail-status", true);
    if (!give(events.get()))
        return mprox::Error{"--fail-status: who waits for the command is gone", ""};
    return mprox::ok();
}

void Parent::die_with_it() const {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != pid_)
        raise(SIGKILL);
}

int supervise(int status, const std::function<int(Parent &)> &run) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    int pair[2];
    const Fd signals(signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return fail("cannot wait for the command");
    Fd ours(pair[0]);
    Fd theirs(pair[1]);
    const pid_t own = getpid();
    // An ignored SIGCHLD, which we may have been started with, leaves nobody to wait for.
    const auto of_child = std::signal(SIGCHLD, SIG_DFL);
    const pid_t child = fork();
    if (child < 0)
        return fail("cannot fork");
    if (child > 0) {
        theirs = Fd();
        return watch(child, signals.get(), ours.get(), status);
    }
    ours = Fd();
    std::signal(SIGCHLD, of_child);
    sigprocmask(SIG_SETMASK, &before, nullptr);
    Parent parent(std::move(theirs), own);
    return run(parent);
}
