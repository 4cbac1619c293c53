// SPDX-License-Identifier: GPL-2.0-or-later
// What --check hears and says on the wire.
#pragma once

#include <chrono>
#include <linux/mutex_proxy.h>
#include <optional>
#include <string>
#include <string_view>

#include "fd.hpp"

extern "C" {
#include "refusal.h"
}

/// When all that is asked of a server has to be over; none: every wait has a bound of its own.
class Deadline {
  public:
    using Clock = std::chrono::steady_clock;

    Deadline() = default;
    explicit Deadline(std::chrono::milliseconds all) : end_(Clock::now() + all) {}

    [[nodiscard]] bool is_over() const { return end_ && Clock::now() >= *end_; }
    /// What is left of @p patience; never nothing, which would mean for ever.
    [[nodiscard]] std::chrono::milliseconds within(std::chrono::milliseconds patience) const;

  private:
    std::optional<Clock::time_point> end_;
};

/// "5 seconds", "0.5 seconds"
std::string seconds_text(std::chrono::milliseconds time);

/// For people; no login.
std::string text_of(const mutex_proxy_server &server);

/// An open connection to the server, or errno.
mprox::Fd connect_to(const mutex_proxy_server &server, std::chrono::milliseconds patience);

/// How long recv() waits.
void set_patience(int fd, std::chrono::milliseconds patience);

/// What listens there, by what it answers to other protocols than the one that it is
/// said to speak; MPROX_REFUSAL_NONE if that is not to be found out.
mprox_refusal identify(const mutex_proxy_server &server, const Deadline &deadline);
