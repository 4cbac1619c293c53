// SPDX-License-Identifier: GPL-2.0-or-later
// Who reads events for mprox-run, and where they are written to. Sockets that keep messages
// apart stand for the kernel's descriptor and for who reads the lines: a message is a write.
#include "event_log.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <netinet/in.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "events.hpp"
#include "journal.hpp"
#include "supervise.hpp"

using mprox::Fd;

namespace {

struct Pair {
    Pair() {
        int fds[2] = {-1, -1};
        EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
        near = Fd(fds[0]);
        far = Fd(fds[1]);
        fcntl(near.get(), F_SETFL, O_NONBLOCK);
    }

    /// One write that has come, or "".
    std::string next() const {
        std::array<char, 65536> text{};
        const ssize_t got = read(near.get(), text.data(), text.size());
        return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
    }
    [[nodiscard]] bool has_ended() const {
        char octet = 0;
        return recv(near.get(), &octet, 1, MSG_PEEK) == 0;
    }

    Fd near; ///< what the test reads and writes
    Fd far;
};

mprox::Event event(std::uint8_t kind, std::uint16_t reason, std::uint64_t flow = 9) {
    auto record = a_record(kind);
    record.head.reason = reason;
    record.head.flow = flow;
    const auto octets = record.octets();
    std::span<const std::uint8_t> rest(octets);
    return *mprox::take_event(rest);
}

const auto kRefused = event(MUTEX_PROXY_EVENT_FAILED, MUTEX_PROXY_REASON_SERVER_REFUSED);
const std::string kRefusedLine = "mprox-run: 10.77.2.2:80: proxy 10.77.1.1:1080 refuses the connection: nobody listens there\n";

EventOutputs terminal(const Pair &pair, Say say) {
    EventOutputs outputs;
    outputs.terminal = pair.far.get();
    outputs.say = say;
    return outputs;
}

pid_t child_that(const std::function<void()> &does) {
    const pid_t child = fork();
    if (child == 0) {
        does();
        _exit(0);
    }
    return child;
}

/// What supervise() ends with, in a process of its own: a wait status.
int supervised(const std::function<int(Parent &)> &run) {
    int status = 0;
    const pid_t child = child_that([&] { _exit(supervise(99, run)); });
    waitpid(child, &status, 0);
    return status;
}

} // namespace

TEST(EventPrinter, SaysTheFirstFailureAndNoMore) {
    const Pair pair;
    EventPrinter printer(terminal(pair, Say::first));
    auto open = event(MUTEX_PROXY_EVENT_OPEN, 0);
    open.name = "hidden.test";
    printer.print(open);
    printer.print(event(MUTEX_PROXY_EVENT_ATTEMPT, MUTEX_PROXY_REASON_SERVER_REFUSED));
    printer.print(event(MUTEX_PROXY_EVENT_FAILED, MUTEX_PROXY_REASON_ABORTED, 10));
    EXPECT_EQ(pair.next(), "");
    EXPECT_FALSE(printer.is_done());
    printer.print(kRefused);
    EXPECT_TRUE(printer.is_done());
    EXPECT_EQ(pair.next(), "mprox-run: hidden.test:80: proxy 10.77.1.1:1080 refuses the connection: nobody listens there\n");
    EXPECT_TRUE(pair.has_ended()); // who reads to the end does not wait for us
}

TEST(EventPrinter, SaysAsMuchAsItIsAskedFor) {
    const Pair pair;
    EventPrinter failures(terminal(pair, Say::failures));
    failures.print(event(MUTEX_PROXY_EVENT_ATTEMPT, MUTEX_PROXY_REASON_SERVER_REFUSED));
    failures.print(kRefused);
    failures.print(kRefused);
    EXPECT_EQ(pair.next(), kRefusedLine);
    EXPECT_EQ(pair.next(), kRefusedLine);
    failures.print(event(MUTEX_PROXY_EVENT_REFUSED, MUTEX_PROXY_REASON_BLOCKED));
    EXPECT_EQ(pair.next(), "mprox-run: 10.77.2.2:80: a rule blocks it\n");
    EventPrinter everything(terminal(pair, Say::everything));
    everything.print(event(MUTEX_PROXY_EVENT_PROXIED, 0));
    EXPECT_EQ(pair.next(), "mprox-run: 10.77.2.2:80: goes through proxy 10.77.1.1:1080\n");
    EXPECT_TRUE(EventPrinter(terminal(pair, Say::nothing)).is_done());
}

TEST(EventPrinter, WritesALog) {
    const Pair said;
    const Pair log;
    auto outputs = terminal(said, Say::first);
    outputs.log = log.far.get();
    EXPECT_EQ(outputs.kinds(), 0U);
    EventPrinter text(outputs);
    text.print(kRefused);
    text.print(kRefused);
    EXPECT_EQ(log.next(), mprox::text_of(kRefused) + "\n");
    EXPECT_EQ(log.next(), mprox::text_of(kRefused) + "\n");
    EXPECT_EQ(said.next(), kRefusedLine);
    EXPECT_TRUE(said.has_ended());
    EXPECT_FALSE(text.is_done());
    outputs.json = true;
    outputs.say = Say::nothing;
    EventPrinter(outputs).print(kRefused);
    EXPECT_EQ(nlohmann::json::parse(log.next())["reason"], "server-refused");
}

TEST(EventPrinter, FiltersTheLogAlone) {
    const Pair said;
    const Pair log;
    auto outputs = terminal(said, Say::failures);
    outputs.log = log.far.get();
    ASSERT_TRUE(outputs.filter.take_level("warning"));
    ASSERT_TRUE(outputs.filter.take_terms("reason=port"));
    EventPrinter printer(outputs);
    printer.print(kRefused);
    printer.print(event(MUTEX_PROXY_EVENT_ATTEMPT, MUTEX_PROXY_REASON_PORT));
    EXPECT_EQ(log.next(), "");
    EXPECT_EQ(said.next(), kRefusedLine);
    const auto failed = event(MUTEX_PROXY_EVENT_FAILED, MUTEX_PROXY_REASON_PORT);
    printer.print(failed);
    EXPECT_EQ(log.next(), mprox::text_of(failed) + "\n");
    const auto kinds = outputs.kinds();
    for (const unsigned kind : {MUTEX_PROXY_EVENT_OPEN, MUTEX_PROXY_EVENT_FAILED, MUTEX_PROXY_EVENT_ALERT, MUTEX_PROXY_EVENT_SERVER_DOWN})
        EXPECT_TRUE(kinds >> kind & 1) << kind;
    for (const unsigned kind : {MUTEX_PROXY_EVENT_QUERY, MUTEX_PROXY_EVENT_ATTEMPT, MUTEX_PROXY_EVENT_CLOSED})
        EXPECT_FALSE(kinds >> kind & 1) << kind;
    outputs.say = Say::everything;
    EXPECT_EQ(outputs.kinds(), 0U);
}

TEST(EventPrinter, AsksForWhatItSays) {
    const Pair pair;
    const auto first = terminal(pair, Say::first).kinds();
    for (unsigned kind = 0; kind < MUTEX_PROXY_EVENT_KINDS; kind++)
        EXPECT_EQ(first >> kind & 1, kind == MUTEX_PROXY_EVENT_FAILED || kind == MUTEX_PROXY_EVENT_REFUSED) << kind;
    EXPECT_FALSE(terminal(pair, Say::failures).kinds() >> MUTEX_PROXY_EVENT_LOST & 1); // the kernel takes no such bit
    EXPECT_EQ(terminal(pair, Say::everything).kinds(), 0U);
}

TEST(EventPrinter, KnowsWhoseFailureItIs) {
    EXPECT_TRUE(is_proxys_failure(kRefused));
    EXPECT_TRUE(is_failure(event(MUTEX_PROXY_EVENT_FAILED, MUTEX_PROXY_REASON_PORT)));
    EXPECT_FALSE(is_proxys_failure(event(MUTEX_PROXY_EVENT_FAILED, MUTEX_PROXY_REASON_PORT)));
    EXPECT_TRUE(is_failure(event(MUTEX_PROXY_EVENT_REFUSED, MUTEX_PROXY_REASON_BLOCKED)));
    EXPECT_FALSE(is_proxys_failure(event(MUTEX_PROXY_EVENT_REFUSED, MUTEX_PROXY_REASON_BLOCKED)));
    EXPECT_FALSE(is_failure(event(MUTEX_PROXY_EVENT_FAILED, MUTEX_PROXY_REASON_ABORTED)));
    EXPECT_FALSE(is_failure(event(MUTEX_PROXY_EVENT_ATTEMPT, MUTEX_PROXY_REASON_SERVER_REFUSED)));
    auto datagram = event(MUTEX_PROXY_EVENT_REFUSED, MUTEX_PROXY_REASON_PROTOCOL);
    datagram.head.proto = IPPROTO_UDP;
    EXPECT_FALSE(is_failure(datagram));
}

TEST(EventLog, ReadsToTheEnd) {
    const Pair said;
    Pair kernel;
    auto octets = a_record(MUTEX_PROXY_EVENT_PROXIED).octets();
    const auto more = a_record(MUTEX_PROXY_EVENT_CLOSED).octets();
    octets.insert(octets.end(), more.begin(), more.end());
    for (int i = 0; i < 2; i++)
        ASSERT_EQ(write(kernel.near.get(), octets.data(), octets.size()), static_cast<ssize_t>(octets.size()));
    kernel.near = Fd();
    print_events({.events = kernel.far.get()}, EventPrinter(terminal(said, Say::everything)));
    for (int i = 0; i < 2; i++) {
        EXPECT_NE(said.next().find("goes through"), std::string::npos);
        EXPECT_NE(said.next().find("closed after"), std::string::npos);
    }
    EXPECT_EQ(said.next(), "");
}

TEST(EventLog, LeavesTheTerminalAMomentAfterTheCommand) {
    const Pair said;
    const Pair kernel; // others are left in the scope: it does not end
    const pid_t command = child_that([] {});
    const Fd pidfd(static_cast<int>(syscall(SYS_pidfd_open, command, 0)));
    ASSERT_TRUE(pidfd);
    print_events({.events = kernel.far.get(), .command = pidfd.get()}, EventPrinter(terminal(said, Say::failures)));
    EXPECT_TRUE(said.has_ended());
    waitpid(command, nullptr, 0);
}

TEST(EventLog, GoesOnInAFileAfterTheCommand) {
    Pair said;
    const Pair log;
    Pair kernel;
    const pid_t command = child_that([] {});
    const Fd pidfd(static_cast<int>(syscall(SYS_pidfd_open, command, 0)));
    auto outputs = terminal(said, Say::failures);
    outputs.log = log.far.get();
    // In a child, as its end is what this end waits for.
    const pid_t reader = child_that([&] {
        kernel.near = Fd();
        print_events({.events = kernel.far.get(), .command = pidfd.get()}, EventPrinter(outputs));
    });
    said.far = Fd(); // the reader's is the last one
    pollfd ended = {said.near.get(), POLLIN, 0};
    ASSERT_EQ(poll(&ended, 1, 30000), 1);
    EXPECT_TRUE(said.has_ended());
    const auto octets = a_record(MUTEX_PROXY_EVENT_CLOSED).octets();
    ASSERT_EQ(write(kernel.near.get(), octets.data(), octets.size()), static_cast<ssize_t>(octets.size()));
    kernel.near = Fd();
    waitpid(reader, nullptr, 0);
    EXPECT_NE(log.next().find(" closed "), std::string::npos);
    waitpid(command, nullptr, 0);
}

TEST(EventLog, OpensItsFileAnew) {
    const std::string path = "/tmp/mprox-log-" + std::to_string(getpid());
    const std::string old = path + ".1";
    const Pair said;
    Pair kernel;
    const Pair hangup; // in the place of a signalfd
    const Fd log(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    ASSERT_TRUE(log);
    auto outputs = terminal(said, Say::nothing);
    outputs.log = log.get();
    const pid_t reader = child_that([&] {
        kernel.near = Fd();
        print_events({.events = kernel.far.get(), .moved = hangup.far.get(), .log = log.get(), .path = path}, EventPrinter(outputs));
    });
    const auto tell = [&](std::uint8_t kind) {
        const auto octets = a_record(kind).octets();
        ASSERT_EQ(write(kernel.near.get(), octets.data(), octets.size()), static_cast<ssize_t>(octets.size()));
    };
    const auto has = [](const std::string &file, const char *word) {
        for (int i = 0; i < 3000; i++, usleep(10000)) {
            std::ifstream in(file);
            const std::string text(std::istreambuf_iterator<char>(in), {});
            if (text.find(word) != std::string::npos)
                return true;
        }
        return false;
    };
    tell(MUTEX_PROXY_EVENT_PROXIED);
    EXPECT_TRUE(has(path, " proxied "));
    ASSERT_EQ(rename(path.c_str(), old.c_str()), 0);
    const signalfd_siginfo signal = {};
    ASSERT_EQ(write(hangup.near.get(), &signal, sizeof(signal)), static_cast<ssize_t>(sizeof(signal)));
    for (int i = 0; i < 3000 && access(path.c_str(), F_OK) != 0; i++)
        usleep(10000);
    tell(MUTEX_PROXY_EVENT_CLOSED);
    EXPECT_TRUE(has(path, " closed "));
    EXPECT_TRUE(has(old, " proxied "));
    kernel.near = Fd();
    waitpid(reader, nullptr, 0);
    unlink(path.c_str());
    unlink(old.c_str());
}

TEST(EventLog, StopsAtWhatIsBroken) {
    const Pair said;
    Pair kernel;
    auto octets = a_record(MUTEX_PROXY_EVENT_PROXIED).octets();
    octets.resize(octets.size() + 40); // no record
    ASSERT_EQ(write(kernel.near.get(), octets.data(), octets.size()), static_cast<ssize_t>(octets.size()));
    kernel.near = Fd();
    print_events({.events = kernel.far.get()}, EventPrinter(terminal(said, Say::everything)));
    EXPECT_NE(said.next(), "");
    EXPECT_EQ(said.next(), "");
}

TEST(Journal, GetsFields) {
    auto failed = kRefused;
    failed.name = "a\nb";
    const auto entry = journal_entry(failed);
    for (const char *field : {"MESSAGE=a\\010b:80: proxy 10.77.1.1:1080 refuses", "\nPRIORITY=4\n", "\nSYSLOG_IDENTIFIER=mprox-run\n",
                              "\nMUTEX_PROXY_REASON=server-refused\n", "\nMUTEX_PROXY_PORT=80\n", "\nMUTEX_PROXY_PROCESS=100\n"})
        EXPECT_NE(entry.find(field), std::string::npos) << field << entry;
    // What is more than a line has its length in front.
    EXPECT_NE(entry.find(std::string("\nMUTEX_PROXY_NAME\n\3\0\0\0\0\0\0\0a\nb\n", 30)), std::string::npos) << entry;

    const std::string path = "/tmp/mprox-journal-" + std::to_string(getpid());
    EXPECT_FALSE(Journal::open(path));
    const Fd server(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_un name = {};
    name.sun_family = AF_UNIX;
    path.copy(name.sun_path, sizeof(name.sun_path) - 1);
    ASSERT_EQ(bind(server.get(), reinterpret_cast<sockaddr *>(&name), sizeof(name)), 0);
    const auto journal = Journal::open(path);
    ASSERT_TRUE(journal);
    send_to_journal(journal->fd(), failed, path);
    std::array<char, 65536> got{};
    const ssize_t len = read(server.get(), got.data(), got.size());
    EXPECT_EQ(std::string(got.data(), static_cast<std::size_t>(std::max<ssize_t>(len, 0))), entry);
    unlink(path.c_str());
}

TEST(Supervise, EndsAsTheCommand) {
    EXPECT_EQ(WEXITSTATUS(supervised([](Parent &) { return 0; })), 0);
    EXPECT_EQ(WEXITSTATUS(supervised([](Parent &) { return 42; })), 42);
    const int status = supervised([](Parent &) { return raise(SIGTERM); });
    EXPECT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), SIGTERM);
}

TEST(Supervise, KnowsIfTheProxyHasFailed) {
    const auto with = [](std::uint16_t reason, int code) {
        return WEXITSTATUS(supervised([&](Parent &parent) {
            Pair kernel;
            EXPECT_TRUE(parent.give(kernel.near.get()));
            auto record = a_record(MUTEX_PROXY_EVENT_FAILED);
            record.head.reason = reason;
            const auto octets = record.octets();
            EXPECT_GT(write(kernel.far.get(), octets.data(), octets.size()), 0);
            return code;
        }));
    };
    EXPECT_EQ(with(MUTEX_PROXY_REASON_LOGIN_WRONG, 7), 99);
    EXPECT_EQ(with(MUTEX_PROXY_REASON_LOGIN_WRONG, 0), 0);
    EXPECT_EQ(with(MUTEX_PROXY_REASON_PORT, 7), 7);
    EXPECT_EQ(with(MUTEX_PROXY_REASON_ABORTED, 7), 7);
}

TEST(Supervise, PassesSignalsOnAndStops) {
    int status = 0;
    const pid_t parent = child_that([] {
        _exit(supervise(99, [](Parent &) {
            sigset_t set;
            sigemptyset(&set);
            sigaddset(&set, SIGUSR1);
            sigprocmask(SIG_BLOCK, &set, nullptr);
            raise(SIGSTOP); // and those who watch see it
            int number = 0;
            sigwait(&set, &number);
            return number;
        }));
    });
    EXPECT_EQ(waitpid(parent, &status, WUNTRACED), parent);
    ASSERT_TRUE(WIFSTOPPED(status));
    kill(parent, SIGCONT);
    kill(parent, SIGUSR1);
    EXPECT_EQ(waitpid(parent, &status, 0), parent);
    EXPECT_EQ(WEXITSTATUS(status), SIGUSR1);
}
