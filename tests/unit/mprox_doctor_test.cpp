// SPDX-License-Identifier: GPL-2.0-or-later
// What mprox doctor concludes from what is seen.
#include "doctor.hpp"

#include <algorithm>
#include <cerrno>
#include <gtest/gtest.h>

using mprox::Error;

namespace {

/// A machine on which all is well.
Facts healthy() {
    Facts facts;
    facts.program = "1.2.3";
    facts.release = "6.1.0-9-amd64";
    facts.module = {true, "1.2.3", 0};
    facts.around.has_module = true;
    facts.around.group = "mprox";
    facts.around.in_group = true;
    facts.around.unprivileged = true;
    facts.has_list = true;
    facts.module_file = "/lib/modules/6.1.0-9-amd64/updates/dkms/mutex_proxy.ko";
    facts.is_signed = false;
    facts.has_headers = facts.has_dkms = facts.has_source = true;
    facts.secure_boot = false;
    facts.has_device = facts.has_rule = true;
    for (const char *name : {"CONFIG_MODULES", "CONFIG_FUNCTION_TRACER", "CONFIG_DYNAMIC_FTRACE_WITH_REGS", "CONFIG_NETFILTER",
                             "CONFIG_NET_UDP_TUNNEL"})
        facts.config[name] = "y";
    return facts;
}

Facts unloaded() {
    auto facts = healthy();
    facts.module = {false, "", ENOENT};
    facts.around.has_module = false;
    facts.around.open_error = ENOENT;
    facts.has_device = false;
    return facts;
}

/// The finding with that id, which must be there.
Finding find(const std::vector<Finding> &findings, const std::string &id) {
    const auto at = std::find_if(findings.begin(), findings.end(), [&](const Finding &one) { return one.id == id; });
    EXPECT_NE(at, findings.end()) << id;
    return at == findings.end() ? Finding{} : *at;
}

bool has(const std::vector<Finding> &findings, const std::string &id) {
    return std::any_of(findings.begin(), findings.end(), [&](const Finding &one) { return one.id == id; });
}

void expect_finding(const Facts &facts, const std::string &id, State state, const std::string &repair) {
    const auto finding = find(examine(facts), id);
    EXPECT_EQ(name_of(finding.state), name_of(state)) << id << ": " << finding.what;
    EXPECT_NE(finding.repair.find(repair), std::string::npos) << finding.repair;
    EXPECT_FALSE(finding.what.empty());
}

} // namespace

TEST(Doctor, HasNothingToSayWhereAllIsWell) {
    for (const auto &finding : examine(healthy())) {
        EXPECT_EQ(finding.state, State::ok) << finding.id << ": " << finding.what;
        EXPECT_EQ(finding.repair, "") << finding.id;
    }
    EXPECT_FALSE(has_failed(examine(healthy())));
}

TEST(Doctor, SaysHowToGetTheModule) {
    auto facts = unloaded();
    expect_finding(facts, "module-loaded", State::fail, "'modprobe mutex_proxy'");
    EXPECT_FALSE(has(examine(facts), "device")) << "nothing is to be said of it yet";
    facts.module_file.clear();
    expect_finding(facts, "module-file", State::fail, "'dkms autoinstall -k 6.1.0-9-amd64'");
    facts.has_headers = false;
    expect_finding(facts, "kernel-headers", State::fail, "apt-get install linux-headers-6.1.0-9-amd64");
    expect_finding(facts, "module-file", State::fail, "linux-headers-6.1.0-9-amd64', then 'dkms autoinstall");
    facts.has_source = false;
    expect_finding(facts, "module-file", State::fail, "mutex-proxy-dkms");
    facts.has_list = false;
    expect_finding(facts, "module-file", State::warn, "");
    auto loaded = healthy();
    loaded.module_file.clear();
    expect_finding(loaded, "module-file", State::warn, "dkms autoinstall");
    loaded = healthy();
    loaded.has_headers = false;
    expect_finding(loaded, "kernel-headers", State::warn, "linux-headers");
}

TEST(Doctor, SaysHowToSign) {
    auto facts = unloaded();
    facts.secure_boot = true;
    expect_finding(facts, "module-signature", State::fail, "dkms install --force mutex-proxy/1.2.3");
    expect_finding(facts, "module-signature", State::fail, "mokutil --import /var/lib/dkms/mok.pub");
    facts.is_signed = true;
    facts.dkms_key = "/root/MOK.der";
    expect_finding(facts, "module-signature", State::warn, "mokutil --import /root/MOK.der");
    facts.module = {true, "1.2.3", 0};
    expect_finding(facts, "module-signature", State::ok, "");
    facts = unloaded();
    facts.enforces_signatures = true;
    facts.is_signed.reset();
    expect_finding(facts, "module-signature", State::fail, "mokutil");
}

TEST(Doctor, KnowsWhatTheKernelMustHave) {
    auto facts = unloaded();
    facts.config.erase("CONFIG_DYNAMIC_FTRACE_WITH_REGS");
    expect_finding(facts, "kernel-config", State::fail, "linux-image");
    facts.config["CONFIG_DYNAMIC_FTRACE_WITH_ARGS"] = "y";
    expect_finding(facts, "kernel-config", State::ok, "");
    for (const char *name : {"CONFIG_MODULES", "CONFIG_FUNCTION_TRACER", "CONFIG_NETFILTER", "CONFIG_NET_UDP_TUNNEL"}) {
        auto without = healthy();
        without.config.erase(name);
        expect_finding(without, "kernel-config", State::fail, "");
    }
    facts.config.clear();
    expect_finding(facts, "kernel-config", State::ok, "");
    facts.around.has_tracer = false;
    expect_finding(facts, "kernel-config", State::fail, "");
    facts.around.traces = false;
    expect_finding(facts, "ftrace", State::fail, "sysctl kernel.ftrace_enabled=1");
}

TEST(Doctor, ComparesVersions) {
    auto facts = healthy();
    facts.module.version = "1.2.2";
    expect_finding(facts, "module-version", State::warn, "modprobe -r mutex_proxy");
    facts.module.answer = ENOTTY;
    expect_finding(facts, "module-version", State::fail, "modprobe -r mutex_proxy");
}

TEST(Doctor, SaysWhoMayOpenTheDevice) {
    auto facts = healthy();
    facts.around.open_error = EACCES;
    facts.around.in_group = false;
    expect_finding(facts, "device", State::fail, "adduser USER mprox");
    EXPECT_FALSE(has(examine(facts), "rights"));
    facts.around.group = "root";
    expect_finding(facts, "device", State::fail, "udevadm");
    facts.has_rule = false;
    expect_finding(facts, "device", State::fail, "60-mprox.rules");
    facts.has_device = false;
    expect_finding(facts, "device", State::fail, "PrivateDevices=no");
    facts = healthy();
    facts.around.unprivileged = false;
    expect_finding(facts, "rights", State::fail, "echo 1 >/sys/module/mutex_proxy/parameters/unprivileged");
    facts.can_admin = true;
    expect_finding(facts, "rights", State::ok, "");
}

TEST(Doctor, WarnsOfOthers) {
    auto facts = healthy();
    facts.name_daemon = "nscd";
    expect_finding(facts, "name-daemon", State::warn, "systemctl disable --now nscd");
    facts.name_daemon = "nss-resolve";
    expect_finding(facts, "name-daemon", State::warn, "/etc/nsswitch.conf");
    facts.browsers = {"Firefox runs already with this profile: it would be told\n  close it first"};
    const auto browser = find(examine(facts), "browser");
    EXPECT_EQ(browser.what, "Firefox runs already with this profile");
    EXPECT_EQ(browser.why, "it would be told");
    EXPECT_EQ(browser.repair, "close it first");
    EXPECT_FALSE(has_failed(examine(facts)));
}

TEST(Doctor, SaysWhatServersCan) {
    const Error refused{"proxy h does not take this user and password", "check user and password"};
    std::vector<Examined> servers = {{"proxy h", refused}};
    auto findings = examine(servers, false);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].state, State::fail);
    EXPECT_EQ(findings[0].repair, "check user and password");
    servers = {{"proxy h", mprox::ok(), Error{"proxy h has no relay", ""}, mprox::ok()}};
    findings = examine(servers, false);
    EXPECT_EQ(find(findings, "server").state, State::ok);
    EXPECT_EQ(find(findings, "server-udp").state, State::warn);
    EXPECT_EQ(find(findings, "server-ipv6").state, State::ok);
    EXPECT_EQ(find(examine(servers, true), "server-udp").state, State::fail);
    servers[0].ipv6 = Error{"no", ""};
    EXPECT_EQ(find(examine(servers, true), "server-ipv6").state, State::warn);
}

TEST(Doctor, SaysItInLinesAndInJson) {
    const std::vector<Finding> findings = {{"a", State::ok, "good", "why"}, {"b", State::fail, "bad", "because", "do it"}};
    EXPECT_EQ(text_of(findings), "ok    good: why\nfail  bad: because; do it\n");
    const auto json = json_of(findings);
    EXPECT_EQ(json["ok"], false);
    EXPECT_EQ(json["checks"][1]["repair"], "do it");
    EXPECT_EQ(json["checks"][0]["state"], "ok");
}
