// SPDX-License-Identifier: GPL-2.0-or-later
#include "diagnose.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <grp.h>
#include <linux/mutex_proxy.h>
#include <linux/nsfs.h>
#include <sstream>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <vector>

#include "fd.hpp"

namespace mprox {
namespace {

constexpr const char *kDevice = "/dev/mprox";
constexpr const char *kModule = "/sys/module/mutex_proxy";
constexpr const char *kSysctls = "/proc/sys/kernel";
constexpr const char *kTracing = "/proc/sys/kernel/ftrace_enabled";
constexpr const char *kParameter = "/sys/module/mutex_proxy/parameters/unprivileged";
const std::string kWhat = "cannot make a proxy context: ";

/// Does the running kernel's list of modules have ours? True if there is no list to ask.
bool is_built() {
    utsname system = {};
    uname(&system);
    std::ifstream file(std::string("/lib/modules/") + system.release + "/modules.dep");
    std::stringstream text;
    text << file.rdbuf();
    return !file || text.str().find("/mutex_proxy.ko") != std::string::npos;
}

/// The module leads connect() by the function tracer. Where no sysctl is to be seen (a
/// container), nothing is known against it.
void look_at_tracer(Circumstances &seen) {
    if (access(kSysctls, X_OK) != 0)
        return;
    seen.has_tracer = access(kTracing, F_OK) == 0;
    seen.traces = std::ifstream(kTracing).get() != '0';
}

void look_at_group(Circumstances &seen) {
    struct stat status = {};
    if (stat(kDevice, &status) != 0)
        return;
    const auto *entry = getgrgid(status.st_gid);
    seen.group = entry ? entry->gr_name : std::to_string(status.st_gid);
    std::vector<gid_t> groups(static_cast<std::size_t>(std::max(0, getgroups(0, nullptr))));
    if (getgroups(static_cast<int>(groups.size()), groups.data()) < 0)
        groups.clear();
    groups.push_back(getegid());
    seen.in_group = std::find(groups.begin(), groups.end(), status.st_gid) != groups.end();
}

/// Only the namespace's owner has CAP_NET_ADMIN in it, whatever he is called within his own.
bool is_net_foreign() {
    struct stat ours = {};
    struct stat owner = {};
    const Fd net(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
    const Fd user(net ? ioctl(net.get(), NS_GET_USERNS) : -1);
    if (!user) // the owner is none of ours to see
        return net && errno == EPERM;
    return stat("/proc/self/ns/user", &ours) == 0 && fstat(user.get(), &owner) == 0 && ours.st_ino != owner.st_ino;
}

Error no_device(const Circumstances &seen) {
    if (!seen.has_module && !seen.is_built)
        return {kWhat + "the kernel module is not built for the running kernel",
                "install mutex-proxy-dkms and the kernel's headers, or run 'dkms autoinstall'; then 'modprobe "
                "mutex_proxy', as root"};
    if (!seen.has_module && !seen.has_tracer)
        return {kWhat + "the kernel module is not loaded, and cannot be: this kernel has no function tracer",
                "the module needs a kernel with CONFIG_FUNCTION_TRACER and CONFIG_DYNAMIC_FTRACE_WITH_REGS, as "
                "distributions build theirs"};
    if (!seen.has_module && !seen.traces)
        return {kWhat + "the kernel module is not loaded, and cannot be while kernel.ftrace_enabled is 0",
                "as root: 'sysctl kernel.ftrace_enabled=1; modprobe mutex_proxy'"};
    if (!seen.has_module)
        return {kWhat + "the kernel module is not loaded",
                "load it with 'modprobe mutex_proxy', as root; if that fails, dmesg says why"};
    return {kWhat + "the kernel module is loaded, but /dev/mprox is not here",
            "a systemd unit wants PrivateDevices=no or BindPaths=/dev/mprox, a container the device (--device "
            "/dev/mprox)"};
}

Error no_access(const Circumstances &seen) {
    if (seen.open_error == EPERM)
        return {kWhat + "the control group does not allow /dev/mprox",
                "a systemd unit wants DeviceAllow=/dev/mprox rw, a container the device (--device /dev/mprox)"};
    if (seen.in_group)
        return {kWhat + "you may not open /dev/mprox, though you are in its group " + seen.group,
                "its mode should be 0660: 'udevadm trigger /dev/mprox', as root, has the rule applied again"};
    if (seen.group != "mprox")
        return {kWhat + "you may not open /dev/mprox, which is of the group " + seen.group + ", not of mprox",
                "as root: 'systemd-sysusers; udevadm control --reload; udevadm trigger /dev/mprox'"};
    return {kWhat + "you may not open /dev/mprox: you are not in its group mprox",
            "as root: 'adduser USER mprox', then log in again; or run mprox-run as root"};
}

Error no_permission(const Circumstances &seen) {
    if (seen.global)
        return {kWhat + "a global scope is for who has CAP_NET_ADMIN in this network namespace",
                seen.foreign_net ? "the namespace belongs to another user namespace: start mprox-run outside this one"
                                 : "run as root, or use the scope tree"};
    const std::string unprivileged = std::string("as root: 'echo 1 >") + kParameter +
                                     "', and for later the line in /etc/modprobe.d/mutex-proxy.conf";
    if (seen.unprivileged)
        return {kWhat + "the kernel says no, though the module's parameter unprivileged is Y", "see dmesg"};
    if (seen.foreign_net)
        return {kWhat + "this network namespace belongs to another user namespace, where you are nobody's root",
                "a systemd unit wants PrivateUsers=no, a container a network of its own; or let users have scopes, " +
                    unprivileged};
    return {kWhat + "CAP_NET_ADMIN is needed, as the module's parameter unprivileged is N",
            "run as root; or let users have scopes, " + unprivileged +
                " (modprobe changes nothing while the module is loaded)"};
}

} // namespace

Circumstances look_around(int error, bool global) {
    Circumstances seen;
    seen.error = error;
    seen.global = global;
    const Fd device(open(kDevice, O_RDWR | O_CLOEXEC));
    seen.open_error = device ? 0 : errno;
    seen.has_module = access(kModule, F_OK) == 0;
    seen.is_built = is_built();
    look_at_tracer(seen);
    look_at_group(seen);
    seen.unprivileged = std::ifstream(kParameter).get() == 'Y';
    seen.foreign_net = is_net_foreign();
    return seen;
}

Error explain_create(const Circumstances &seen) {
    switch (seen.error) {
    case ENODEV:
        return no_device(seen);
    case EPERM:
        return seen.open_error ? no_access(seen) : no_permission(seen);
    case EDQUOT:
        return {kWhat + "you have as many contexts as one user may have",
                "'mprox-run --list' shows them, and 'mprox-run --end NAME' ends one"};
    case ENOSPC:
        return {kWhat + "this process is in " + std::to_string(MUTEX_PROXY_MAX_MEMBERSHIPS) +
                    " scopes, and one is in no more",
                "start the program outside some of them: 'mprox-run --list' shows which"};
    default:
        return {kWhat + std::strerror(seen.error), ""};
    }
}

} // namespace mprox
