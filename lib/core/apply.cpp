// SPDX-License-Identifier: GPL-2.0-or-later
#include "apply.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "diagnose.hpp"
#include "last_resort.hpp"
#include "mprox.h"

namespace mprox {
namespace {

/// Without CAP_NET_ADMIN the module may still let us, if we give up gaining
/// privileges on exec for good; that is tried only when the other way failed.
int create(unsigned int flags) {
    const int fd = mprox_create(flags);
    if (fd >= 0 || errno != EPERM || flags & MUTEX_PROXY_GLOBAL)
        return fd;
    if (access("/dev/mprox", R_OK | W_OK) != 0) {
        errno = EPERM;
        return -1;
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -1;
    return mprox_create(flags);
}

Fd move_high(Fd fd) {
    rlimit limit = {};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return fd;
    const auto top = std::min<rlim_t>(limit.rlim_cur, 1024);
    for (const int from : {static_cast<int>(top) - 16, 200, 64}) {
        const int moved = from > fd.get() ? fcntl(fd.get(), F_DUPFD, from) : -1;
        if (moved >= 0)
            return Fd(moved);
    }
    return fd;
}

Error kernel_error(const char *what) { return {std::string(what) + ": " + std::strerror(errno), "see dmesg"}; }

} // namespace

Status set_policy(int fd, Plan &plan) {
    if (plan.dns_url && !plan.dns.resolver_port)
        return Error{"dns_server = \"" + plan.dns_url->text() + "\": only mprox-run has somebody who asks it",
                     "start the program by mprox-run, or name a resolver by its address"};
    const auto policy = plan.policy();
    if (mprox_set_policy(fd, &policy) != 0) {
        if (errno == ESRCH)
            return Error{"an exempt process does not exist", "check the pids"};
        if (errno == E2BIG)
            return Error{"the kernel module is older than this program, and does not know what is asked of it",
                         "load the one that came with it: 'modprobe -r mutex_proxy; modprobe mutex_proxy'"};
        if (errno == EOPNOTSUPP)
            return Error{"the kernel module does not do what is asked of it: the kernel has no MD5 for Digest (FIPS)",
                         "log in by another way than Digest"};
        return kernel_error("the kernel does not take the policy");
    }
    return ok();
}

Status configure(int fd, Plan &plan) {
    if (auto status = set_policy(fd, plan); !status)
        return status;
    if (!plan.name.empty() && mprox_set_name(fd, plan.name.c_str()) != 0)
        return kernel_error("the kernel does not take the name");
    if (plan.scope == Scope::process && mprox_set_scope(fd, MUTEX_PROXY_SCOPE_PROCESS) != 0)
        return kernel_error("the kernel does not take the scope");
    if (const auto lacking = plan.route ? lacking_routes(plan) : Families{}; lacking.any())
        if (auto status = add_last_resort(fd, lacking); !status)
            return status.error();
    return ok();
}

Result<Fd> apply(Plan &plan) {
    Fd fd(create(plan.scope == Scope::global ? MUTEX_PROXY_GLOBAL : 0));
    if (!fd)
        return explain_create(look_around(errno, plan.scope == Scope::global));
    if (auto status = configure(fd.get(), plan); !status)
        return status.error();
    if (mprox_enable(fd.get()) != 0)
        return kernel_error("the kernel cannot enable the proxy");
    return move_high(std::move(fd));
}

Status lock(int fd, const Plan &plan) {
    mutex_proxy_context info = {};
    if (mprox_info(fd, &info) != 0)
        return kernel_error("the kernel tells nothing of the context");
    const bool by_itself = !(info.flags & MUTEX_PROXY_CONTEXT_PRIVILEGED) && plan.scope == Scope::tree;
    if (!plan.lock.value_or(by_itself) || mprox_lock(fd) == 0)
        return ok();
    if (errno == EOPNOTSUPP)
        return Error{"a scope of one process cannot be locked: what the process starts is not in it",
                     "use the scope \"tree\", or no lock"};
    return kernel_error("the kernel does not lock the scope");
}

Error explain_device(const std::string &what, int error) {
    switch (error) {
    case ENODEV:
    case ENXIO:
    case ENOENT:
        return {what + ": the module mutex_proxy is not loaded",
                "load it with 'modprobe mutex_proxy', as root; 'mprox doctor' says what is in the way"};
    case EACCES:
    case EPERM:
        return {what + ": you may not use /dev/mprox", "be in its group, or do it as root; 'mprox doctor' says which"};
    case ENOTTY:
        return {what + ": the module that is loaded is older than this program",
                "load the one that came with it: 'modprobe -r mutex_proxy; modprobe mutex_proxy'"};
    default:
        return {what + ": " + std::strerror(error), "see dmesg"};
    }
}

Result<std::vector<mutex_proxy_context>> list_contexts(bool mine) {
    const unsigned flags = mine ? MUTEX_PROXY_LIST_MINE : 0;
    std::vector<mutex_proxy_context> contexts;
    // More may come while they are told.
    for (int room = 64;;) {
        contexts.resize(static_cast<std::size_t>(room));
        const int count = mprox_list(flags, contexts.data(), static_cast<unsigned>(room));
        if (count < 0)
            return explain_device("the kernel tells nothing of its scopes", errno);
        if (count <= room) {
            contexts.resize(static_cast<std::size_t>(count));
            return contexts;
        }
        room = count;
    }
}

namespace {

bool sends_something_direct(const Plan &plan) {
    return plan.resolves_directly() ||
           std::any_of(plan.rules.begin(), plan.rules.end(),
                       [](const auto &rule) { return rule.verdict == MUTEX_PROXY_VERDICT_DIRECT; });
}

/// The flag by which @p other comes before @p own; 0: by none.
std::uint32_t comes_before(const mutex_proxy_context &other, const mutex_proxy_context &own) {
    for (const auto flag : {MUTEX_PROXY_CONTEXT_PRIVILEGED, MUTEX_PROXY_CONTEXT_LOCKED})
        if ((other.flags ^ own.flags) & flag)
            return other.flags & flag;
    return own.flags & other.flags & MUTEX_PROXY_CONTEXT_LOCKED;
}

} // namespace

std::vector<std::string> outer_contexts(int fd, const Plan &plan) {
    std::vector<std::string> sentences;
    mutex_proxy_context own = {};
    const auto contexts = list_contexts(true);
    if (mprox_info(fd, &own) != 0 || !contexts)
        return sentences;
    for (const auto &other : *contexts) {
        if (other.id == own.id || !(other.flags & (MUTEX_PROXY_CONTEXT_ENABLED | MUTEX_PROXY_CONTEXT_SEALED)))
            continue;
        const auto who = "the scope '" + (*other.name ? std::string(other.name) : std::to_string(other.id)) + "'";
        const auto before = comes_before(other, own);
        if (other.flags & MUTEX_PROXY_CONTEXT_SEALED)
            sentences.push_back(who + " refuses all that it has proxied, for this program, too, until it is ended");
        else if (before)
            sentences.push_back("this program is in " + who + " already, which is " +
                                (before == MUTEX_PROXY_CONTEXT_LOCKED ? "locked" : "privileged") +
                                ": its proxy is used, and not the one that is named here");
        else if (sends_something_direct(plan))
            sentences.push_back("this program is in " + who + " already: what is to go direct here does so only if " +
                                "it goes direct there, too");
    }
    return sentences;
}

bool is_context(int fd) {
    const int error = errno;
    char link[64] = "";
    char path[32];
    std::snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    const ssize_t len = readlink(path, link, sizeof(link) - 1);
    errno = error;
    return len > 0 && std::string_view(link, static_cast<std::size_t>(len)) == "anon_inode:[mutex_proxy]";
}

} // namespace mprox
