// SPDX-License-Identifier: GPL-2.0-or-later
#include "environment.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

namespace mprox_auto {
namespace {

constexpr std::size_t kNames = 3;
constexpr std::size_t kLength = 4096;

// Fixed memory: it is read between fork and exec. An entry that does not fit
// is not kept.
char kept[kNames][kLength];
std::atomic<std::size_t> kept_count{0};
char fd_entry[2][32];
std::atomic<const char *> current_fd_entry{nullptr};

void keep(const char *name, const char *value) {
    const std::size_t i = kept_count.load();
    if (!value || !*value || i == kNames)
        return;
    const int len = std::snprintf(kept[i], kLength, "%s=%s", name, value);
    if (len > 0 && static_cast<std::size_t>(len) < kLength)
        kept_count.store(i + 1);
}

/// Does @p envp have a variable of the name in "NAME=value"?
bool has(char *const envp[], const char *entry) {
    const std::size_t name = static_cast<std::size_t>(std::strchr(entry, '=') - entry) + 1;
    for (; envp && *envp; envp++)
        if (std::strncmp(*envp, entry, name) == 0)
            return true;
    return false;
}

} // namespace

void remember_environment() {
    keep("LD_PRELOAD", secure_getenv("LD_PRELOAD"));
    keep("MPROX_PROFILE", secure_getenv("MPROX_PROFILE"));
    keep("MPROX_DNS", secure_getenv("MPROX_DNS"));
}

void publish_context_fd(int fd) {
    static std::atomic<unsigned> turn{0};
    if (fd < 0) {
        current_fd_entry.store(nullptr);
        return;
    }
    char *entry = fd_entry[turn.fetch_add(1) % 2];
    std::snprintf(entry, sizeof(fd_entry[0]), "MPROX_FD=%d", fd);
    current_fd_entry.store(entry);
}

std::size_t completed_size(char *const envp[]) {
    std::size_t count = 0;
    while (envp && envp[count])
        count++;
    return count + kNames + 2;
}

void complete_environment(char *const envp[], char **out) {
    const char *fd = current_fd_entry.load();
    for (char *const *entry = envp; entry && *entry; entry++)
        // Ours is newer than what the program copied when it started.
        if (!fd || std::strncmp(*entry, "MPROX_FD=", 9) != 0)
            *out++ = *entry;
    for (std::size_t i = 0; i < kept_count.load(); i++)
        if (!has(envp, kept[i]))
            *out++ = kept[i];
    if (fd)
        *out++ = const_cast<char *>(fd);
    *out = nullptr;
}

} // namespace mprox_auto
