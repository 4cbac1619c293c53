// SPDX-License-Identifier: GPL-2.0-or-later
// What is to be seen of this machine, without a conclusion.
#include "doctor.hpp"

#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <linux/capability.h>
#include <sstream>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <zlib.h>

#include "json_reader.hpp"
#include "outside.hpp"
#include "resolver.hpp"

namespace fs = std::filesystem;

namespace {

constexpr const char *kSecureBoot = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
constexpr std::string_view kSignature = "~Module signature appended~\n";

bool is_there(const std::string &path) {
    std::error_code error;
    return fs::exists(path, error);
}

/// "updates/dkms/mutex_proxy.ko: kernel/net/..."
void look_at_list(Facts &facts) {
    const auto folder = "/lib/modules/" + facts.release;
    std::ifstream list(folder + "/modules.dep");
    facts.has_list = static_cast<bool>(list);
    for (std::string line; std::getline(list, line);) {
        const auto name = line.substr(0, line.find(':'));
        if (name.find("/mutex_proxy.ko") != std::string::npos)
            facts.module_file = name.starts_with('/') ? name : folder + "/" + name;
    }
    if (facts.module_file.ends_with(".ko")) // a compressed one shows no signature
        if (const auto text = mprox::read_file(facts.module_file))
            facts.is_signed = text->ends_with(kSignature);
}

/// Four octets of attributes, then 1 if it is on.
void look_at_secure_boot(Facts &facts) {
    std::ifstream file(kSecureBoot, std::ios::binary);
    std::array<char, 5> octets{};
    if (file.read(octets.data(), octets.size()))
        facts.secure_boot = octets[4] == 1;
    std::string lockdown;
    std::getline(std::ifstream("/sys/kernel/security/lockdown"), lockdown);
    facts.enforces_signatures = std::ifstream("/sys/module/module/parameters/sig_enforce").get() == 'Y' ||
                                lockdown.find("[integrity]") != std::string::npos ||
                                lockdown.find("[confidentiality]") != std::string::npos;
    for (const char *key : {"/var/lib/dkms/mok.pub", "/var/lib/shim-signed/mok/MOK.der"})
        if (facts.dkms_key.empty() && is_there(key))
            facts.dkms_key = key;
}

std::string unpacked(const char *path) {
    std::string text;
    gzFile file = gzopen(path, "rb");
    if (!file)
        return text;
    char buffer[16384];
    for (int len = gzread(file, buffer, sizeof(buffer)); len > 0; len = gzread(file, buffer, sizeof(buffer)))
        text.append(buffer, static_cast<std::size_t>(len));
    gzclose(file);
    return text;
}

void look_at_config(Facts &facts) {
    auto text = mprox::read_file("/boot/config-" + facts.release);
    if (!text)
        text = unpacked("/proc/config.gz");
    std::istringstream lines(*text);
    for (std::string line; std::getline(lines, line);)
        if (const auto equals = line.find('='); line.starts_with("CONFIG_") && equals != std::string::npos)
            facts.config[line.substr(0, equals)] = line.substr(equals + 1);
}

bool has_net_admin() {
    __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
    return syscall(SYS_capget, &header, data) == 0 && data[0].effective & 1U << CAP_NET_ADMIN;
}

void look_at_browsers(Facts &facts) {
    const auto around = surroundings_of(nullptr);
    for (const char *name : {"firefox", "chromium", "google-chrome", "brave-browser", "microsoft-edge"})
        if (auto said = who_is_outside({name}, find_program(name), around); !said.empty())
            facts.browsers.push_back(std::move(said));
}

} // namespace

Facts look_at_machine() {
    Facts facts;
    utsname system = {};
    uname(&system);
    facts.program = MPROX_VERSION;
    facts.release = system.release;
    facts.module = look_at_module();
    facts.around = mprox::look_around(0, false);
    look_at_list(facts);
    facts.has_headers = is_there("/lib/modules/" + facts.release + "/build/include");
    facts.has_dkms = is_there("/usr/sbin/dkms");
    facts.has_source = is_there("/usr/src/mutex-proxy-" + facts.program + "/dkms.conf");
    look_at_secure_boot(facts);
    facts.has_device = is_there("/dev/mprox");
    for (const char *folder : {"/usr/lib/udev/rules.d", "/lib/udev/rules.d", "/usr/local/lib/udev/rules.d", "/etc/udev/rules.d"})
        facts.has_rule |= is_there(std::string(folder) + "/60-mprox.rules");
    facts.can_admin = has_net_admin() && !facts.around.foreign_net;
    look_at_config(facts);
    facts.name_daemon = daemon_asked_for_names();
    look_at_browsers(facts);
    return facts;
}
