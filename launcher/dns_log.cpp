// SPDX-License-Identifier: GPL-2.0-or-later
#include "dns_log.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mprox.h"
#include "orphan.hpp"
#include "pass_fd.hpp"

namespace {

constexpr unsigned kRecords = 4096; // MUTEX_PROXY_MAX_DNS_LOG: all that the kernel keeps

mprox::Error error(const std::string &what) { return {what + ": " + std::strerror(errno), ""}; }

mprox::Fd open_file(const std::string &file) {
    if (file == "-")
        return mprox::Fd(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3));
    // Where somebody goes is nobody else's business.
    return mprox::Fd(open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
}

bool write_all(int to, const char *from, ssize_t len) {
    while (len > 0) {
        const ssize_t done = write(to, from, static_cast<std::size_t>(len));
        if (done < 0 && errno != EINTR)
            return false;
        from += done < 0 ? 0 : done;
        len -= done < 0 ? 0 : done;
    }
    return true;
}

void copy(int from, int to) {
    char text[16384];
    for (;;) {
        const ssize_t got = read(from, text, sizeof(text));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0 || !write_all(to, text, got))
            return;
    }
}

/// Whoever reads what the program writes does not wait for this one.
[[noreturn]] void write_log(int sock, int file) {
    constexpr int kFile = STDOUT_FILENO;
    constexpr int kSocket = STDERR_FILENO + 1;
    // Its memory is a copy of ours, with passwords, for as long as the scope lasts.
    prctl(PR_SET_DUMPABLE, 0);
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    const int spare = fcntl(sock, F_DUPFD, kSocket + 1);
    dup2(file, kFile);
    dup2(null, STDIN_FILENO);
    dup2(null, STDERR_FILENO);
    dup2(spare, kSocket);
    close_range(kSocket + 1, ~0U, 0);
    if (const auto fds = receive_fds(kSocket); !fds.empty())
        copy(fds[0].get(), kFile);
    _exit(0);
}

} // namespace

mprox::Result<DnsLog> DnsLog::start(const std::string &file) {
    const auto to = open_file(file);
    int pair[2];
    if (!to)
        return error("--dns-log: cannot open '" + file + "'");
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return error("--dns-log");
    mprox::Fd ours(pair[0]);
    mprox::Fd theirs(pair[1]);
    const auto write_it = [&] {
        ours = mprox::Fd();
        write_log(theirs.get(), to.get());
    };
    if (!start_orphan(write_it))
        return error("--dns-log: cannot fork");
    return DnsLog(std::move(ours));
}

mprox::Status DnsLog::hand_over(int context) {
    const mprox::Fd log(mprox_dns_log(context, kRecords));
    if (!log)
        return error("--dns-log: the kernel gives no log");
    if (const int fd = log.get(); !send_fds(writer_.get(), {&fd, 1}))
        return error("--dns-log: its writer is gone");
    writer_ = mprox::Fd();
    return mprox::ok();
}
