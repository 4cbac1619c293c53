// SPDX-License-Identifier: GPL-2.0-or-later
// Text for a caller's buffer, in C.
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <optional>
#include <string>

namespace mprox {

/// What @p write gives, as snprintf() would leave it in @p buf; -1 and EINVAL if it gives
/// nothing, or ENOMEM. No exception leaves: the caller may be C.
template <typename Write> int write_text(char *buf, std::size_t size, const Write &write) {
    try {
        const std::optional<std::string> text = write();
        if (!text) {
            errno = EINVAL;
            return -1;
        }
        if (size) {
            const auto len = std::min(text->size(), size - 1);
            std::memcpy(buf, text->data(), len);
            buf[len] = '\0';
        }
        return static_cast<int>(text->size());
    } catch (const std::bad_alloc &) {
        errno = ENOMEM;
    } catch (...) {
        errno = EINVAL;
    }
    return -1;
}

} // namespace mprox
