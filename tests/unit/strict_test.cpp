// SPDX-License-Identifier: GPL-2.0-or-later
// The filter of --strict, in a child: nothing takes it away again.
#include <cerrno>
#include <csignal>
#include <functional>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "family.hpp"
#include "strict.hpp"

namespace {

constexpr int kNotStrict = 201;
constexpr int kDied = 202;
constexpr int kNoType = 13;

/// What @p call gives behind the filter: 0, or errno.
int errno_of(const std::function<long()> &call, const std::vector<int> &families = {}) {
    const pid_t child = fork();
    if (child == 0) {
        if (!become_strict(families))
            _exit(kNotStrict);
        _exit(call() < 0 ? errno : 0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : kDied;
}

#if defined(__x86_64__)
/// The entry of 32-bit programs, which a 64-bit one may use as well. It gives -errno.
long call32(long number, long first, long second, long third) {
    long result = 0;
    asm volatile("int $0x80" : "=a"(result) : "a"(number), "b"(first), "c"(second), "d"(third) : "memory");
    if (result >= 0)
        return result;
    errno = static_cast<int>(-result);
    return -1;
}
constexpr long kGetpid32 = 20, kMount32 = 21, kPtrace32 = 26, kSocketcall32 = 102, kSocket32 = 359, kSocketpair32 = 360,
               kIoUringSetup = 425;
constexpr long kX32 = 0x40000000;

bool has_entry32() {
    return errno_of([] { return call32(kGetpid32, 0, 0, 0); }) == 0;
}
#endif

} // namespace

TEST(Strict, LeavesWhatTheModuleSees) {
    for (const int family : {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK})
        EXPECT_EQ(errno_of([&] { return socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0); }), 0) << family;
    EXPECT_EQ(errno_of([] { return socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, IPPROTO_TCP); }), 0);
    EXPECT_EQ(errno_of([] {
                  int pair[2];
                  return socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
              }),
              0);
}

TEST(Strict, RefusesOtherFamilies) {
    for (const int family : {0, 3, AF_PACKET, AF_RDS, AF_TIPC, AF_BLUETOOTH, AF_ALG, AF_VSOCK, 43, 46, 255, 1 << 20, -1})
        EXPECT_EQ(errno_of([&] { return socket(family, SOCK_DGRAM, 0); }), EAFNOSUPPORT) << family;
    EXPECT_EQ(errno_of([] {
                  int pair[2];
                  return socketpair(AF_TIPC, SOCK_STREAM, 0, pair);
              }),
              EAFNOSUPPORT);
    // The kernel looks at the lower half alone.
    EXPECT_EQ(errno_of([] { return syscall(SYS_socket, 0x100000000L | AF_VSOCK, SOCK_STREAM, 0); }), EAFNOSUPPORT);
}

TEST(Strict, RefusesOtherDoorsToThem) {
    EXPECT_EQ(errno_of([] { return socket(AF_INET, SOCK_PACKET, 0); }), EAFNOSUPPORT);
    EXPECT_EQ(errno_of([] { return socket(AF_INET, SOCK_PACKET | SOCK_CLOEXEC, 0); }), EAFNOSUPPORT);
    EXPECT_EQ(errno_of([] { return socket(AF_INET6, SOCK_STREAM, 256); }), EPROTONOSUPPORT);
}

TEST(Strict, AllowsWhatItIsTold) {
    std::vector<int> families = {AF_VSOCK};
    // The kernel has an opinion of that type before it looks at the family.
    EXPECT_EQ(errno_of([] { return socket(AF_VSOCK, kNoType, 0); }, families), EINVAL);
    EXPECT_EQ(errno_of([] { return socket(AF_VSOCK, kNoType, 0); }), EAFNOSUPPORT);
    EXPECT_EQ(errno_of([] { return socket(AF_TIPC, SOCK_STREAM, 0); }, families), EAFNOSUPPORT);
    EXPECT_EQ(errno_of([] { return socket(AF_VSOCK + 1, SOCK_STREAM, 0); }, families), EAFNOSUPPORT);
    families.push_back(AF_PACKET);
    EXPECT_NE(errno_of([] { return socket(AF_PACKET, SOCK_RAW, 0); }, families), EAFNOSUPPORT);
}

TEST(Strict, RefusesWhatOthersWouldDo) {
    EXPECT_EQ(errno_of([] { return syscall(SYS_io_uring_setup, 8, nullptr); }), ENOSYS);
    EXPECT_EQ(errno_of([] { return syscall(SYS_request_key, "user", "a", nullptr, 0); }), EPERM);
    EXPECT_EQ(errno_of([] { return ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }), EPERM);
    EXPECT_EQ(errno_of([] { return process_vm_writev(getppid(), nullptr, 0, nullptr, 0, 0); }), EPERM);
    EXPECT_EQ(errno_of([] { return syscall(SYS_pidfd_getfd, -1, 0, 0); }), EPERM);
    EXPECT_EQ(errno_of([] { return mount("none", "/nonexistent", "tmpfs", 0, nullptr); }), EPERM);
    EXPECT_EQ(errno_of([] { return syscall(SYS_fsopen, "nfs4", 0); }), EPERM);
    EXPECT_EQ(errno_of([] { return syscall(SYS_fsmount, -1, 0, 0); }), EPERM);
}

#if defined(__x86_64__)
TEST(Strict, HoldsAtTheOtherEntriesToo) {
    if (!has_entry32())
        GTEST_SKIP() << "this kernel has no entry for 32-bit programs";
    EXPECT_EQ(errno_of([] { return call32(kSocket32, AF_INET, SOCK_STREAM, 0); }), 0);
    EXPECT_EQ(errno_of([] { return call32(kSocket32, AF_VSOCK, SOCK_STREAM, 0); }), EAFNOSUPPORT);
    EXPECT_EQ(errno_of([] { return call32(kSocket32, -1, SOCK_STREAM, 0); }), EAFNOSUPPORT);
    EXPECT_EQ(errno_of([] { return call32(kSocket32, AF_INET, SOCK_PACKET, 0); }), EAFNOSUPPORT);
    EXPECT_EQ(errno_of([] { return call32(kSocketpair32, AF_TIPC, SOCK_STREAM, 0); }), EAFNOSUPPORT);
    // Its arguments would have to be below 4 GiB; it does not come so far.
    for (const long call : {1, 2, 8})
        EXPECT_EQ(errno_of([&] { return call32(kSocketcall32, call, 0, 0); }), ENOSYS) << call;
    EXPECT_EQ(errno_of([] { return call32(kIoUringSetup, 8, 0, 0); }), ENOSYS);
    EXPECT_EQ(errno_of([] { return call32(kPtrace32, 0, 0, 0); }), EPERM);
    EXPECT_EQ(errno_of([] { return call32(kMount32, 0, 0, 0); }), EPERM);
}

TEST(Strict, HoldsForX32) {
    const int plain = errno_of([] { return syscall(kX32 | SYS_socket, AF_INET, SOCK_STREAM, 0); });
    if (plain != 0)
        GTEST_SKIP() << "this kernel has no x32";
    EXPECT_EQ(errno_of([] { return syscall(kX32 | SYS_socket, AF_VSOCK, SOCK_STREAM, 0); }), EAFNOSUPPORT);
}
#endif

TEST(Strict, IsInherited) {
    EXPECT_EQ(errno_of([]() -> long {
                  const pid_t child = fork();
                  if (child == 0)
                      _exit(socket(AF_VSOCK, SOCK_STREAM, 0) < 0 ? errno : 0);
                  int status = 0;
                  waitpid(child, &status, 0);
                  errno = WEXITSTATUS(status);
                  return -1;
              }),
              EAFNOSUPPORT);
}

TEST(Strict, SetsNoNewPrivsOnlyIfItMust) {
    const int set = errno_of([]() -> long {
        errno = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
        return -1;
    });
    EXPECT_EQ(set, geteuid() == 0 ? 0 : 1);
}

TEST(Strict, ReadsFamilies) {
    for (const char *text : {"vsock", "VSOCK", "AF_VSOCK", "40"})
        EXPECT_EQ(*mprox::parse_family(text), AF_VSOCK) << text;
    EXPECT_EQ(*mprox::parse_family("bluetooth"), AF_BLUETOOTH);
    for (const char *text : {"", "vsok", "0", "-1", "256", "40x", "af_"})
        EXPECT_FALSE(mprox::parse_family(text)) << text;
}
