// SPDX-License-Identifier: GPL-2.0-or-later
#include "pass_fd.hpp"

#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

namespace {

constexpr std::size_t kMost = 4;

/// One octet, and room for descriptors.
struct Message {
    Message() {
        msg.msg_iov = &data;
        msg.msg_iovlen = 1;
        msg.msg_control = control;
        msg.msg_controllen = sizeof(control);
    }
    Message(const Message &) = delete;
    Message &operator=(const Message &) = delete;

    char octet = 0;
    iovec data = {&octet, 1};
    alignas(cmsghdr) char control[CMSG_SPACE(kMost * sizeof(int))] = {};
    msghdr msg = {};
};

} // namespace

bool send_fds(int sock, std::span<const int> fds) {
    Message message;
    if (fds.size() > kMost)
        return false;
    message.msg.msg_controllen = CMSG_SPACE(fds.size_bytes());
    cmsghdr *head = CMSG_FIRSTHDR(&message.msg);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(head), fds.data(), fds.size_bytes());
    return sendmsg(sock, &message.msg, MSG_NOSIGNAL) == 1;
}

bool keep_only(std::span<const int> fds, bool has_terminal) {
    const int first = STDERR_FILENO + 1;
    const int rest = first + static_cast<int>(fds.size());
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    std::vector<int> high; // none is in the way of another
    for (const int fd : fds) {
        high.push_back(fcntl(fd >= 0 ? fd : null, F_DUPFD, rest));
        if (high.back() < 0)
            return false;
    }
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if ((fd != STDERR_FILENO || !has_terminal) && dup2(null, fd) < 0)
            return false;
    for (std::size_t i = 0; i < high.size(); i++)
        if (dup2(high[i], first + static_cast<int>(i)) < 0)
            return false;
    return close_range(static_cast<unsigned>(rest), ~0U, 0) == 0;
}

std::vector<mprox::Fd> receive_fds(int sock) {
    Message message;
    std::vector<mprox::Fd> fds;
    if (recvmsg(sock, &message.msg, MSG_CMSG_CLOEXEC) <= 0)
        return fds;
    const cmsghdr *head = CMSG_FIRSTHDR(&message.msg);
    if (!head || head->cmsg_type != SCM_RIGHTS)
        return fds;
    for (std::size_t at = 0; CMSG_LEN(at + sizeof(int)) <= head->cmsg_len; at += sizeof(int)) {
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(head) + at, sizeof(fd));
        fds.emplace_back(fd);
    }
    return fds;
}
