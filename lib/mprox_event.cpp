// SPDX-License-Identifier: GPL-2.0-or-later
// Records of what has happened, for programs in C.
#include "mprox.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "event.hpp"
#include "line.hpp"

namespace {

using Octets = std::span<const std::uint8_t>;

template <typename Write>
int write_line(const mutex_proxy_event *from, char *buf, std::size_t size, const Write &write) {
    return mprox::write_text(buf, size, [&]() -> std::optional<std::string> {
        Octets octets(reinterpret_cast<const std::uint8_t *>(from), from->size);
        const auto event = mprox::take_event(octets);
        return event ? std::optional(write(*event)) : std::nullopt;
    });
}

} // namespace

const mutex_proxy_event *mprox_event_next(const void *buf, size_t len, size_t *at) {
    if (*at >= len)
        return nullptr;
    try {
        const Octets all(static_cast<const std::uint8_t *>(buf) + *at, len - *at);
        Octets rest = all;
        if (!mprox::take_event(rest))
            return nullptr;
        *at = len - rest.size();
        return reinterpret_cast<const mutex_proxy_event *>(all.data());
    } catch (...) {
        return nullptr;
    }
}

int mprox_event_text(const mutex_proxy_event *event, char *buf, size_t size) {
    return write_line(event, buf, size, mprox::text_of);
}

int mprox_event_json(const mutex_proxy_event *event, char *buf, size_t size) {
    return write_line(event, buf, size, mprox::json_of);
}
