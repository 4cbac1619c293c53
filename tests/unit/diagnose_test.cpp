// SPDX-License-Identifier: GPL-2.0-or-later
#include "diagnose.hpp"

#include <cerrno>
#include <gtest/gtest.h>

using namespace mprox;

namespace {

void expect(const Circumstances &seen, const std::string &what, const std::string &advice) {
    const auto error = explain_create(seen);
    EXPECT_NE(error.what.find(what), std::string::npos) << error.what;
    EXPECT_NE(error.advice.find(advice), std::string::npos) << error.advice;
}

} // namespace

TEST(Diagnose, FindsTheDevice) {
    expect({.error = ENODEV, .open_error = ENOENT}, "the kernel module is not loaded", "modprobe mutex_proxy");
    expect({.error = ENODEV, .open_error = ENOENT, .is_built = false}, "not built for the running kernel", "dkms");
    expect({.error = ENODEV, .open_error = ENOENT, .has_module = true}, "/dev/mprox is not here", "PrivateDevices=no");
    expect({.error = ENODEV, .open_error = ENOENT, .has_tracer = false}, "no function tracer", "DYNAMIC_FTRACE");
    expect({.error = ENODEV, .open_error = ENOENT, .traces = false}, "kernel.ftrace_enabled is 0", "sysctl");
}

TEST(Diagnose, KnowsWhoMayOpenIt) {
    Circumstances seen{.error = EPERM, .open_error = EPERM, .has_module = true, .group = "mprox"};
    expect(seen, "control group", "DeviceAllow=/dev/mprox rw");
    seen.open_error = EACCES;
    expect(seen, "not in its group mprox", "adduser");
    seen.in_group = true;
    expect(seen, "though you are in its group", "udevadm trigger");
    seen.in_group = false;
    seen.group = "root";
    expect(seen, "of the group root, not of mprox", "systemd-sysusers");
}

TEST(Diagnose, KnowsWhoMayHaveAScope) {
    Circumstances seen{.error = EPERM, .has_module = true, .group = "mprox", .in_group = true};
    expect(seen, "parameter unprivileged is N", "/sys/module/mutex_proxy/parameters/unprivileged");
    expect(seen, "CAP_NET_ADMIN is needed", "/etc/modprobe.d/mutex-proxy.conf");
    seen.foreign_net = true;
    expect(seen, "belongs to another user namespace", "PrivateUsers=no");
    seen.global = true;
    expect(seen, "a global scope is for who has CAP_NET_ADMIN", "outside this one");
    seen.foreign_net = false;
    expect(seen, "a global scope", "run as root");
    seen.global = false;
    seen.unprivileged = true;
    expect(seen, "is Y", "dmesg");
    expect({.error = ENOMEM}, "Cannot allocate memory", "");
    expect({.error = EDQUOT}, "as many contexts as one user may have", "--end NAME");
    expect({.error = ENOSPC}, "this process is in 16 scopes", "--list");
}
