// SPDX-License-Identifier: GPL-2.0-or-later
// --dns-log: what queries have come to, into a file, while the program runs.
#pragma once

#include <string>

#include "fd.hpp"
#include "result.hpp"

/// A process that writes the log. It is made before the context, so that it is not in
/// its scope, and ends with it.
class DnsLog {
  public:
    /// @p file: "-" is the standard error; what a file has is kept.
    static mprox::Result<DnsLog> start(const std::string &file);

    /// The writer gets the log of @p context.
    mprox::Status hand_over(int context);

  private:
    explicit DnsLog(mprox::Fd writer) : writer_(std::move(writer)) {}

    mprox::Fd writer_;
};
