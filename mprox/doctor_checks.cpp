// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace {

using Findings = std::vector<Finding>;

const std::string kReload = "as root: 'modprobe -r mutex_proxy; modprobe mutex_proxy'";

std::string headers_of(const Facts &facts) { return "linux-headers-" + facts.release; }

Finding module_file(const Facts &facts) {
    Finding finding{"module-file", State::ok, "the module is there for kernel " + facts.release};
    if (!facts.module_file.empty()) {
        finding.why = facts.module_file;
        return finding;
    }
    finding.what = "no module for kernel " + facts.release;
    finding.state = facts.module.is_loaded ? State::warn : State::fail;
    if (!facts.has_list.value_or(false)) {
        finding.state = State::warn;
        finding.why = "/lib/modules/" + facts.release + "/modules.dep cannot be read, as in a container";
        return finding;
    }
    finding.why = facts.module.is_loaded ? "it is loaded from somewhere else, and will not be after the next boot"
                                         : "it has not been built or installed for this kernel";
    finding.repair = facts.has_source && facts.has_headers ? "as root: 'dkms autoinstall -k " + facts.release + "'"
                     : facts.has_source ? "as root: 'apt-get install " + headers_of(facts) + "', then 'dkms autoinstall -k " +
                                              facts.release + "'"
                                        : "as root: 'apt-get install ./mutex-proxy-dkms_*.deb " + headers_of(facts) + "'";
    return finding;
}

Finding headers(const Facts &facts) {
    Finding finding{"kernel-headers", State::ok, "the headers of kernel " + facts.release + " are there"};
    if (facts.has_headers)
        return finding;
    const bool built = !facts.module_file.empty();
    finding.what = "no headers of kernel " + facts.release;
    finding.state = built || facts.module.is_loaded ? State::warn : State::fail;
    finding.why = std::string(facts.has_dkms ? "dkms" : "'make'") + " cannot build the module for it" +
                  (built ? " again, after an update of the module for instance" : "");
    finding.repair = "as root: 'apt-get install " + headers_of(facts) + "'";
    return finding;
}

/// Where signatures are asked for, an unsigned module is refused, and so is one by a key that is not enrolled.
Finding signature(const Facts &facts) {
    const bool asked_for = facts.secure_boot.value_or(false) || facts.enforces_signatures;
    Finding finding{"module-signature", State::ok, "modules need no signature here"};
    if (!asked_for) {
        if (!facts.secure_boot)
            finding.why = "whether Secure Boot is on is not to be seen, as without UEFI";
        return finding;
    }
    const std::string by = facts.secure_boot.value_or(false) ? "Secure Boot is on" : "the kernel takes signed modules alone";
    const std::string enrol = "as root: 'mokutil --import " + (facts.dkms_key.empty() ? "/var/lib/dkms/mok.pub" : facts.dkms_key) +
                              "', reboot, and choose Enroll MOK with the password that was given";
    finding.what = "the module must be signed: " + by;
    if (facts.module.is_loaded) {
        finding.what += "; the one that is loaded was taken";
        return finding;
    }
    if (facts.is_signed.value_or(false)) {
        finding.state = State::warn;
        finding.why = "its file is signed; whether the key is enrolled turns out when it is loaded ('Key was rejected by "
                      "service' if it is not)";
        finding.repair = enrol;
        return finding;
    }
    finding.state = State::fail;
    finding.why = facts.is_signed ? "its file is not signed" : "whether its file is signed is not to be seen";
    finding.repair = "as root: 'dkms install --force mutex-proxy/" + facts.program + "', which signs it by a key of this machine; then " + enrol;
    return finding;
}

/// "CONFIG_A or CONFIG_B" of which one is enough.
struct Option {
    std::array<const char *, 2> names;
    const char *what;
};

constexpr std::array kOptions = {
    Option{{"CONFIG_MODULES", nullptr}, "modules"},
    Option{{"CONFIG_FUNCTION_TRACER", nullptr}, "the function tracer, by which connect() is led"},
    Option{{"CONFIG_DYNAMIC_FTRACE_WITH_REGS", "CONFIG_DYNAMIC_FTRACE_WITH_ARGS"}, "tracing with registers"},
    Option{{"CONFIG_NETFILTER", nullptr}, "netfilter"},
    Option{{"CONFIG_NET_UDP_TUNNEL", nullptr}, "UDP tunnels"},
};

Finding kernel(const Facts &facts) {
    Finding finding{"kernel-config", State::ok, "the kernel has what the module needs"};
    if (facts.config.empty()) {
        finding.state = facts.around.has_tracer ? State::ok : State::fail;
        finding.what = facts.around.has_tracer ? "what the kernel was built with is not to be seen"
                                               : "the kernel has no function tracer";
        finding.why = "neither /boot/config-" + facts.release + " nor /proc/config.gz can be read";
        return finding;
    }
    const auto is_set = [&](const char *name) { return name && facts.config.contains(name); };
    for (const auto &option : kOptions)
        if (!is_set(option.names[0]) && !is_set(option.names[1])) {
            finding.state = State::fail;
            finding.what = std::string("the kernel has no ") + option.what;
            finding.why = std::string(option.names[0]) + (option.names[1] ? std::string(" or ") + option.names[1] : "") + " is not set";
            finding.repair = "boot a kernel as distributions build theirs: 'apt-get install linux-image-amd64', as root";
            return finding;
        }
    return finding;
}

Finding tracer(const Facts &facts) {
    Finding finding{"ftrace", State::ok, "the kernel's functions can be traced"};
    if (facts.around.traces)
        return finding;
    finding.what = "kernel.ftrace_enabled is 0";
    finding.state = State::fail;
    finding.why = "the module leads connect() by the function tracer, and cannot be loaded";
    finding.repair = "as root: 'sysctl kernel.ftrace_enabled=1', and take it out of /etc/sysctl.d";
    return finding;
}

Finding loaded(const Facts &facts) {
    Finding finding{"module-loaded", State::ok, "the module is loaded"};
    if (facts.module.is_loaded)
        return finding;
    finding.state = State::fail;
    finding.what = "the module is not loaded";
    finding.why = facts.module_file.empty() ? "it is not there, see above" : "nobody has loaded it, or it was refused: dmesg says why then";
    finding.repair = "as root: 'modprobe mutex_proxy'";
    return finding;
}

Finding version(const Facts &facts) {
    Finding finding{"module-version", State::ok, "module and programs are of version " + facts.program};
    if (facts.module.version == facts.program)
        return finding;
    finding.state = State::warn;
    finding.what = "the module is of version " + (facts.module.version.empty() ? "unknown" : facts.module.version) +
                   ", the programs of " + facts.program;
    finding.why = "what the newer one of them knows the other does not";
    finding.repair = "install both of one version; " + kReload;
    if (facts.module.answer == ENOTTY) {
        finding.state = State::fail;
        finding.why = "the module does not know what these programs ask of it";
    }
    return finding;
}

Finding device(const Facts &facts) {
    const auto &around = facts.around;
    Finding finding{"device", State::ok, "/dev/mprox can be opened"};
    if (!around.open_error)
        return finding;
    finding.state = State::fail;
    finding.what = std::string("/dev/mprox cannot be opened: ") + std::strerror(around.open_error);
    if (!facts.has_device) {
        finding.why = "the module is loaded, and the device is not here";
        finding.repair = "in a systemd unit: PrivateDevices=no; in a container: --device /dev/mprox";
        return finding;
    }
    // mprox-run says the same.
    auto circumstances = around;
    circumstances.error = EPERM;
    const auto error = mprox::explain_create(circumstances);
    finding.why = error.what.substr(error.what.find(": ") + 2);
    finding.repair = facts.has_rule || around.in_group
                         ? error.advice
                         : "as root: install the udev rule 60-mprox.rules of the package mutex-proxy-dkms, then " + error.advice;
    return finding;
}

Finding rights(const Facts &facts) {
    Finding finding{"rights", State::ok, "you may make scopes"};
    if (facts.can_admin) {
        finding.why = "by CAP_NET_ADMIN";
        return finding;
    }
    if (facts.around.unprivileged) {
        finding.why = "the module's parameter unprivileged is Y: for your own processes, with no_new_privs";
        return finding;
    }
    auto circumstances = facts.around;
    circumstances.error = EPERM;
    circumstances.open_error = 0;
    const auto error = mprox::explain_create(circumstances);
    finding.state = State::fail;
    finding.what = "you may not make scopes";
    finding.why = error.what.substr(error.what.find(": ") + 2);
    finding.repair = error.advice;
    return finding;
}

Finding names(const Facts &facts) {
    Finding finding{"name-daemon", State::ok, "names are asked for by packets of the programs' own"};
    if (facts.name_daemon.empty())
        return finding;
    finding.state = State::warn;
    finding.what = "names are asked of " + facts.name_daemon + " over a socket";
    finding.why = "what that asks leaves past the proxy; mprox-run puts libmprox_auto.so into programs, which keeps them "
                  "from it, but for static ones and those of another C library";
    finding.repair = facts.name_daemon == "nscd" ? "as root: 'systemctl disable --now nscd', or live with it"
                                                 : "leave it out of the line hosts of /etc/nsswitch.conf, or live with it";
    return finding;
}

/// "what\n  what to do"
Finding browser(const std::string &said) {
    const auto end = std::min(said.find('\n'), said.size());
    const auto rest = said.find_first_not_of(" \n", end);
    const auto colon = std::min(said.find(": "), end);
    return {"browser", State::warn, said.substr(0, colon), colon < end ? said.substr(colon + 2, end - colon - 2) : "",
            rest == std::string::npos ? "" : said.substr(rest)};
}

Finding of_status(const std::string &id, State bad, const std::string &good, const mprox::Status &status) {
    if (status)
        return {id, State::ok, good};
    return {id, bad, status.error().what, "", status.error().advice};
}

} // namespace

std::string_view name_of(State state) { return state == State::ok ? "ok" : state == State::warn ? "warn" : "fail"; }

std::vector<Finding> examine(const Facts &facts) {
    Findings findings = {kernel(facts), tracer(facts), headers(facts), module_file(facts), signature(facts), loaded(facts)};
    // Nothing is to be said of what is not there yet.
    if (facts.module.is_loaded) {
        findings.push_back(version(facts));
        findings.push_back(device(facts));
        if (!facts.around.open_error)
            findings.push_back(rights(facts));
    }
    findings.push_back(names(facts));
    for (const auto &said : facts.browsers)
        findings.push_back(browser(said));
    return findings;
}

std::vector<Finding> examine(const std::vector<Examined> &servers, bool wants_udp) {
    Findings findings;
    for (const auto &one : servers) {
        findings.push_back(of_status("server", State::fail, one.server + ": reached, and lets us in", one.login));
        if (one.udp) {
            findings.push_back(of_status("server-udp", wants_udp ? State::fail : State::warn,
                                         one.server + ": relays datagrams (UDP ASSOCIATE)", *one.udp));
            auto &last = findings.back();
            if (last.state != State::ok) {
                last.why = "asked for a relay of datagrams (UDP ASSOCIATE)";
                last.repair = "leave UDP blocked (udp = \"block\"), or name a server that has a relay";
            }
        }
        if (one.ipv6) {
            findings.push_back(of_status("server-ipv6", State::warn, one.server + ": takes destinations of IPv6", *one.ipv6));
            auto &last = findings.back();
            if (last.state != State::ok) {
                last.why = "asked for a connection to an address of IPv6 (2001:db8::1, which nobody has)";
                last.repair = "nothing, if destinations are names or of IPv4; else name a server that has IPv6";
            }
        }
    }
    return findings;
}

bool has_failed(const std::vector<Finding> &findings) {
    return std::any_of(findings.begin(), findings.end(), [](const Finding &finding) { return finding.state == State::fail; });
}

Json json_of(const std::vector<Finding> &findings) {
    Json all = {{"ok", !has_failed(findings)}, {"checks", Json::array()}};
    for (const auto &finding : findings)
        all["checks"].push_back({{"id", finding.id},
                                 {"state", name_of(finding.state)},
                                 {"what", finding.what},
                                 {"why", finding.why},
                                 {"repair", finding.repair}});
    return all;
}

std::string text_of(const std::vector<Finding> &findings) {
    std::string text;
    for (const auto &finding : findings) {
        const auto name = std::string(name_of(finding.state));
        const auto colour = finding.state == State::ok ? Colour::green : finding.state == State::warn ? Colour::yellow : Colour::red;
        text += coloured(name, colour) + std::string(6 - name.size(), ' ') + finding.what +
                (finding.why.empty() ? "" : ": " + finding.why) +
                (finding.repair.empty() || finding.state == State::ok ? "" : "; " + finding.repair) + "\n";
    }
    return text;
}
