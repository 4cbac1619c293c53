// SPDX-License-Identifier: GPL-2.0-or-later
#include "message.hpp"

#include <optional>

namespace dns {
namespace {

constexpr std::size_t kBlock = 128; // RFC 8467, 4.1
constexpr std::size_t kMaxMessage = 65535;
constexpr std::uint16_t kOpt = 41;     // RFC 6891, 6.1.1
constexpr std::uint16_t kPadding = 12; // RFC 7830, 3
// Octets of an OPT record without options: root, type, class, TTL, length.
constexpr std::size_t kOptRecord = 11;
constexpr std::size_t kOptFlags = 7;
constexpr std::size_t kOptLength = 9;
constexpr std::size_t kOptionHeader = 4;
constexpr std::uint8_t kFlagDo = 0x80;
constexpr std::uint8_t kServerFailure = 2;

// Octets 2 and 3 of the header.
constexpr std::uint8_t kResponse = 0x80, kOpcodeAndRd = 0x79;
constexpr std::uint8_t kRecursionAvailable = 0x80, kCheckingDisabled = 0x10;

std::uint16_t number(const Octets &message, std::size_t at) {
    return static_cast<std::uint16_t>(message[at] << 8 | message[at + 1]);
}

void put(Octets &message, std::size_t at, std::size_t value) {
    message[at] = static_cast<std::uint8_t>(value >> 8);
    message[at + 1] = static_cast<std::uint8_t>(value);
}

/// Where what is of interest stands.
struct Layout {
    std::size_t question_end = 0;
    std::size_t opt = 0; ///< 0: none
    bool opt_is_last = false;
};

/// Behind the name at @p at; nothing if it does not end within the message.
std::optional<std::size_t> skip_name(const Octets &message, std::size_t at) {
    while (at < message.size()) {
        const auto length = message[at];
        if (length == 0)
            return at + 1;
        if ((length & 0xc0) == 0xc0)
            return at + 2;
        if (length & 0xc0)
            return {};
        at += 1U + length;
    }
    return {};
}

/// Nothing if the message is not made up as its header says.
std::optional<Layout> read(const Octets &message) {
    Layout layout;
    std::optional<std::size_t> at = kHeader;
    for (unsigned left = number(message, 4); left; left--) {
        at = skip_name(message, *at);
        if (!at || *at + 4 > message.size())
            return {};
        *at += 4;
    }
    layout.question_end = *at;
    const unsigned before = number(message, 6) + number(message, 8);
    const unsigned all = before + number(message, 10);
    for (unsigned i = 0; i < all; i++) {
        const auto start = *at;
        at = skip_name(message, start);
        if (!at || *at + 10 > message.size())
            return {};
        const auto end = *at + 10 + number(message, *at + 8);
        if (end > message.size())
            return {};
        if (i >= before && message[start] == 0 && number(message, *at) == kOpt) {
            layout.opt = start;
            layout.opt_is_last = end == message.size();
        }
        at = end;
    }
    return *at == message.size() ? std::optional(layout) : std::nullopt;
}

bool has_option(const Octets &message, std::size_t opt, std::uint16_t wanted) {
    auto at = opt + kOptRecord;
    const auto end = at + number(message, opt + kOptLength);
    while (at + kOptionHeader <= end) {
        if (number(message, at) == wanted)
            return true;
        at += kOptionHeader + number(message, at + 2);
    }
    return false;
}

} // namespace

bool is_query(const Octets &message) { return message.size() >= kHeader && !(message[2] & kResponse); }

bool is_response(const Octets &message) { return message.size() >= kHeader && (message[2] & kResponse); }

std::uint16_t id_of(const Octets &message) { return number(message, 0); }

void set_id(Octets &message, std::uint16_t id) { put(message, 0, id); }

Octets failure_of(const Octets &query) {
    const auto layout = read(query);
    Octets answer(query.begin(), query.begin() + static_cast<std::ptrdiff_t>(layout ? layout->question_end : kHeader));
    answer[2] = static_cast<std::uint8_t>((query[2] & kOpcodeAndRd) | kResponse);
    answer[3] = static_cast<std::uint8_t>((query[3] & kCheckingDisabled) | kRecursionAvailable | kServerFailure);
    put(answer, 4, layout ? number(query, 4) : 0);
    put(answer, 6, 0);
    put(answer, 8, 0);
    put(answer, 10, layout && layout->opt ? 1 : 0);
    if (layout && layout->opt) {
        const auto start = query.begin() + static_cast<std::ptrdiff_t>(layout->opt);
        const auto opt = answer.size();
        answer.insert(answer.end(), start, start + kOptRecord);
        // The high bits of the response code, the version, and DO alone.
        put(answer, opt + kOptFlags - 2, 0);
        answer[opt + kOptFlags] &= kFlagDo;
        answer[opt + kOptFlags + 1] = 0;
        put(answer, opt + kOptLength, 0);
    }
    return answer;
}

void pad(Octets &query) {
    const auto layout = read(query);
    if (!layout || !layout->opt_is_last || has_option(query, layout->opt, kPadding))
        return;
    const auto old = query.size();
    const auto size = (old + kOptionHeader + kBlock - 1) / kBlock * kBlock;
    if (size > kMaxMessage)
        return;
    const auto length = number(query, layout->opt + kOptLength);
    query.resize(size); // of zeros, as RFC 7830 has them
    put(query, old, kPadding);
    put(query, old + 2, size - old - kOptionHeader);
    put(query, layout->opt + kOptLength, length + size - old);
}

} // namespace dns
