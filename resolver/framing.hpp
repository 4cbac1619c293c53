// SPDX-License-Identifier: GPL-2.0-or-later
// Messages on a stream: each behind two octets with its length (RFC 1035, 4.2.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "message.hpp"

namespace dns {

/// Octets come in, cut anywhere; messages go out.
class Inbox {
  public:
    /// @p limit: a longer message breaks the stream.
    explicit Inbox(std::size_t limit) : limit_(limit) {}

    void append(const std::uint8_t *data, std::size_t size);
    /// The next whole message, if there is one.
    std::optional<Octets> next();
    /// Is there one?
    [[nodiscard]] bool ready() const;
    /// A length was none: shorter than a header, or above the limit. There is
    /// nothing behind it.
    [[nodiscard]] bool broken() const;
    void clear();

  private:
    /// Of the message that begins at start_; 0: not known yet.
    [[nodiscard]] std::size_t length() const;

    Octets data_;
    std::size_t start_ = 0;
    std::size_t limit_;
};

void append_frame(Octets &to, const Octets &message);

} // namespace dns
