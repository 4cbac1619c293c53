// SPDX-License-Identifier: GPL-2.0-or-later
#include "user.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

using mprox::Error;
using mprox::Result;
using mprox::Status;

namespace {

const passwd *entry_of(const std::string &name) {
    if (const auto *entry = getpwnam(name.c_str()))
        return entry;
    const bool number = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
    return number ? getpwuid(static_cast<uid_t>(std::strtoul(name.c_str(), nullptr, 10))) : nullptr;
}

std::vector<gid_t> groups_of(const passwd &entry) {
    int count = 0;
    getgrouplist(entry.pw_name, entry.pw_gid, nullptr, &count);
    std::vector<gid_t> groups(static_cast<std::size_t>(count));
    getgrouplist(entry.pw_name, entry.pw_gid, groups.data(), &count);
    groups.resize(static_cast<std::size_t>(count));
    return groups;
}

/// Those of root's that setresuid() leaves: the inheritable and the ambient ones.
bool drop_capabilities() {
    __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    const __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
    return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0 &&
           syscall(SYS_capset, &header, none) == 0;
}

} // namespace

Result<std::optional<User>> find_user(const std::string &name) {
    if (name.empty())
        return std::optional<User>();
    if (geteuid() != 0)
        return Error{"--user: only root can become another user", "leave it out, or run mprox-run as root"};
    const auto *entry = entry_of(name);
    if (!entry)
        return Error{"--user: there is no user '" + name + "'", ""};
    if (entry->pw_uid == 0)
        return Error{"--user: " + name + " is root, who keeps everything", "name another user, or leave it out"};
    return std::optional(User{entry->pw_name, entry->pw_dir, *entry->pw_shell ? entry->pw_shell : "/bin/sh",
                              entry->pw_uid, entry->pw_gid, groups_of(*entry)});
}

Status become_user(const User &user) {
    if (setgroups(user.groups.size(), user.groups.data()) != 0 || setresgid(user.gid, user.gid, user.gid) != 0 ||
        setresuid(user.uid, user.uid, user.uid) != 0 || !drop_capabilities())
        return Error{"--user: cannot become " + user.name + ": " + std::strerror(errno), ""};
    setenv("HOME", user.home.c_str(), 1);
    setenv("SHELL", user.shell.c_str(), 1);
    setenv("USER", user.name.c_str(), 1);
    setenv("LOGNAME", user.name.c_str(), 1);
    return mprox::ok();
}
