// SPDX-License-Identifier: GPL-2.0-or-later
// The lines of a file, one after the other.
#pragma once

#include <memory>
#include <string>

#include "result.hpp"

class Lines {
  public:
    /// Of a longer line that much is given.
    static constexpr std::size_t kMost = 1 << 20;

    /// "-" is the standard input. What gzip(1) has written is read as what it was.
    static mprox::Result<Lines> open(const std::string &file);

    /// False: there are no more. @p line is without its end.
    mprox::Result<bool> next(std::string &line);

  private:
    struct Close {
        void operator()(void *file) const;
    };
    Lines(void *file, std::string name) : file_(file), name_(std::move(name)) {}
    mprox::Result<bool> fill();

    std::unique_ptr<void, Close> file_;
    std::string name_;
    std::string octets_;
    std::size_t at_ = 0; ///< of octets_: what is before has been given
};
