// SPDX-License-Identifier: GPL-2.0-or-later
// Messages for the tests.
#pragma once

#include <string>
#include <string_view>

#include "message.hpp"

inline void add16(dns::Octets &to, unsigned value) {
    to.push_back(static_cast<std::uint8_t>(value >> 8));
    to.push_back(static_cast<std::uint8_t>(value));
}

inline dns::Octets header(std::uint16_t id, unsigned flags, unsigned questions, unsigned answers, unsigned additional) {
    dns::Octets message;
    for (const auto value : {static_cast<unsigned>(id), flags, questions, answers, 0U, additional})
        add16(message, value);
    return message;
}

/// An A query for @p label, with recursion wanted.
inline dns::Octets query(std::uint16_t id, std::string_view label, unsigned additional = 0) {
    auto message = header(id, 0x0100, 1, 0, additional);
    message.push_back(static_cast<std::uint8_t>(label.size()));
    message.insert(message.end(), label.begin(), label.end());
    message.push_back(0);
    add16(message, 1);
    add16(message, 1);
    return message;
}

/// An OPT record, with the flags @p flags and options as they are in @p options.
inline void add_opt(dns::Octets &to, unsigned flags, const dns::Octets &options = {}) {
    to.push_back(0);
    for (const auto value : {41U, 1232U, 0U, flags, static_cast<unsigned>(options.size())})
        add16(to, value);
    to.insert(to.end(), options.begin(), options.end());
}
