// SPDX-License-Identifier: GPL-2.0-or-later
#include "parts.hpp"

#include <filesystem>
#include <unistd.h>

std::string find_part(const std::string &installed, const std::string &built, int mode) {
    std::error_code error;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    const auto ours = self.parent_path().parent_path() / built;
    return access(installed.c_str(), mode) != 0 && access(ours.c_str(), mode) == 0 ? ours.string() : installed;
}
