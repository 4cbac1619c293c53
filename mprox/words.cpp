// SPDX-License-Identifier: GPL-2.0-or-later
#include "words.hpp"

#include <cstdio>

std::string milliseconds_text(std::uint64_t microseconds) {
    char text[48];
    std::snprintf(text, sizeof(text), "%llu.%03u ms", static_cast<unsigned long long>(microseconds / 1000),
                  static_cast<unsigned>(microseconds % 1000));
    return text;
}

std::string age_text(std::uint64_t nanoseconds) {
    const unsigned long long seconds = nanoseconds / 1000000000;
    char text[64];
    if (seconds < 60)
        std::snprintf(text, sizeof(text), "%llu.%u s", seconds, static_cast<unsigned>(nanoseconds / 100000000 % 10));
    else if (seconds < 3600)
        std::snprintf(text, sizeof(text), "%llu:%02llu min", seconds / 60, seconds % 60);
    else if (seconds < 86400)
        std::snprintf(text, sizeof(text), "%llu:%02llu:%02llu h", seconds / 3600, seconds / 60 % 60, seconds % 60);
    else
        std::snprintf(text, sizeof(text), "%llu d", seconds / 86400);
    return text;
}

std::string octets_text(std::uint64_t octets) {
    if (octets < 1000)
        return std::to_string(octets);
    auto value = static_cast<double>(octets);
    const char *unit = " KMGTPE";
    for (; value >= 999.5; value /= 1024)
        unit++;
    char text[16];
    std::snprintf(text, sizeof(text), value < 99.95 ? "%.1f%c" : "%.0f%c", value, *unit);
    return text;
}

std::string line_of(const std::string &key, const std::string &value) {
    return key + std::string(key.size() < 13 ? 13 - key.size() : 1, ' ') + value + "\n";
}
