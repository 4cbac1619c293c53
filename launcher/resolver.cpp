// SPDX-License-Identifier: GPL-2.0-or-later
#include "resolver.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <link.h>
#include <optional>
#include <sstream>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace {

/// What these know they have from files, or from packets of this process.
constexpr std::array kHarmless = {"files", "dns", "myhostname"};
constexpr unsigned char kClass = sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;
constexpr int kScripts = 4;           // as the kernel's: a script's script's ...
constexpr std::size_t kLineMax = 256; // BINPRM_BUF_SIZE

/// The interpreter in the first line of a script; empty if it is none.
std::string interpreter_of_script(std::ifstream &file) {
    std::array<char, kLineMax> head{};
    file.seekg(0);
    file.read(head.data(), head.size() - 1);
    file.clear();
    std::string name;
    if (std::strncmp(head.data(), "#!", 2) == 0) {
        std::istringstream line(std::string(head.data() + 2, std::strcspn(head.data(), "\n") - 2));
        line >> name;
    }
    return name;
}

/// The dynamic loader that a program wants; empty: it is static. Nothing if it
/// is no program: execvp() has a shell read it then.
std::optional<std::string> loader_of(std::ifstream &file) {
    ElfW(Ehdr) elf = {};
    file.seekg(0);
    file.read(reinterpret_cast<char *>(&elf), sizeof(elf));
    if (!file || std::memcmp(elf.e_ident, ELFMAG, SELFMAG) != 0)
        return {};
    if (elf.e_ident[EI_CLASS] != kClass)
        return "one of another word size";
    for (int i = 0; i < elf.e_phnum; i++) {
        ElfW(Phdr) segment = {};
        file.seekg(static_cast<std::streamoff>(elf.e_phoff) + i * elf.e_phentsize);
        file.read(reinterpret_cast<char *>(&segment), sizeof(segment));
        if (!file || segment.p_type != PT_INTERP)
            continue;
        std::string name;
        file.seekg(static_cast<std::streamoff>(segment.p_offset));
        std::getline(file, name, '\0');
        return name;
    }
    return "";
}

/// Does running it raise privileges? The loader preloads nothing then.
bool raises_privileges(const std::string &path) {
    struct stat status = {};
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 || stat(path.c_str(), &status) != 0)
        return false;
    return ((status.st_mode & S_ISUID) && status.st_uid != getuid()) ||
           ((status.st_mode & S_ISGID) && status.st_gid != getgid()) ||
           (getuid() != 0 && getxattr(path.c_str(), "security.capability", nullptr, 0) > 0);
}

} // namespace

std::string daemon_asked_for_names(const std::string &nsswitch, const std::string &nscd_socket) {
    if (access(nscd_socket.c_str(), F_OK) == 0)
        return "nscd";
    for (const auto &service : mprox::hosts_services(nsswitch))
        if (std::find(kHarmless.begin(), kHarmless.end(), service) == kHarmless.end())
            return "nss-" + service;
    return "";
}

Obstacle obstacle_in(const std::string &program) {
    auto path = program;
    std::ifstream file(path, std::ios::binary);
    for (int i = 0; i < kScripts; i++) {
        const auto next = interpreter_of_script(file);
        if (next.empty())
            break;
        path = next;
        file = std::ifstream(path, std::ios::binary);
    }
    if (raises_privileges(path))
        return {path + " raises privileges, so libmprox_auto.so does not get into it", false};
    if (!file.is_open())
        return {}; // it will not start, or is not for us to read
    std::ifstream own("/proc/self/exe", std::ios::binary);
    const auto loader = loader_of(file);
    if (!loader)
        return {};
    if (loader->empty())
        return {path + " is static, so libmprox_auto.so does not get into it", false};
    if (loader != loader_of(own))
        return {path + " has another C library, so libmprox_auto.so does not get into it", true};
    return {};
}

std::string find_program(const std::string &name) {
    const char *path = std::getenv("PATH");
    std::istringstream folders(path ? path : "/bin:/usr/bin");
    if (name.find('/') != std::string::npos)
        return name;
    for (std::string folder; std::getline(folders, folder, ':');) {
        const auto file = (folder.empty() ? "." : folder) + "/" + name;
        struct stat status = {};
        if (access(file.c_str(), X_OK) == 0 && stat(file.c_str(), &status) == 0 && S_ISREG(status.st_mode))
            return file;
    }
    return name;
}
