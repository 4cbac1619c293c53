// SPDX-License-Identifier: GPL-2.0-or-later
// One who asks.
#pragma once

#include <cstdint>
#include <optional>

#include "fd.hpp"
#include "framing.hpp"
#include "upstream.hpp"

class Client {
  public:
    explicit Client(mprox::Fd fd);

    [[nodiscard]] int fd() const { return fd_.get(); }
    [[nodiscard]] Clock::time_point used_at() const { return used_at_; }
    /// For another question of it: bounded are those that wait for their answer,
    /// and the answers that it does not read.
    [[nodiscard]] bool has_room() const;
    /// Is there anything to come, and nothing left to be handed on?
    [[nodiscard]] bool may_read() const { return !ended_ && !inbox_.ready(); }
    [[nodiscard]] bool has_output() const { return sent_ < output_.size(); }
    /// It waits for nothing; what it does not read is its own affair.
    [[nodiscard]] bool may_go() const { return !waiting_; }
    [[nodiscard]] bool over() const {
        return broken_ || (ended_ && !waiting_ && !has_output() && !inbox_.ready());
    }

    void receive();
    /// Its next question, which an answer() is due to.
    std::optional<dns::Octets> next();
    void answer(const dns::Octets &message);
    void flush();

  private:
    mprox::Fd fd_;
    dns::Inbox inbox_;
    dns::Octets output_;
    std::size_t sent_ = 0;
    std::size_t waiting_ = 0; ///< questions without their answer
    bool ended_ = false;      ///< it will ask no more
    bool broken_ = false;     ///< it is to be closed at once
    Clock::time_point used_at_ = Clock::now();
};
