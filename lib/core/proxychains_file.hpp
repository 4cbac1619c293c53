// SPDX-License-Identifier: GPL-2.0-or-later
// What proxychains.cpp reads, and proxychains_plan.cpp makes a profile of.
#pragma once

#include <cstdint>
#include <string>

#include "profile.hpp"
#include "result.hpp"

namespace mprox::proxychains {

inline constexpr std::uint64_t kMinMs = 100; // the kernel's bounds of a time-out
inline constexpr std::uint64_t kMaxMs = 600000;

/// In the order of the words for it in proxychains.cpp.
enum class Mode { strict, dynamic, random, round_robin };

/// What the whole file says, before it is a profile.
struct File {
    Profile profile;
    Mode mode = Mode::dynamic; // proxychains' own default
    std::size_t mode_line = 0;
    std::uint64_t chain_len = 1;
    std::size_t chain_len_line = 0;
    std::uint64_t connect_ms = 0; // 0: not said
    std::uint64_t read_ms = 0;
    bool in_list = false;
    bool proxies_dns = false;
    bool import = false; // what cannot be honoured is noted and left out
    std::size_t line = 0; // where we are; 0: the file as a whole
};

/// A note for the user, about the present line.
void note(File &file, const std::string &text);

/// Servers, chains and time-outs from what was read. An error speaks of file.line.
Status arrange(File &file);

} // namespace mprox::proxychains
