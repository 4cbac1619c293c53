// SPDX-License-Identifier: GPL-2.0-or-later
// mprox log: lines of logs, as far as they are wanted, and what they come to.
#pragma once

#include "filter_words.hpp"
#include "log_output.hpp"

struct LogWanted {
    mprox::EventFilter filter;
    std::string since; ///< as the key "time" has it; empty: no bound
    std::string until; ///< and not then
};

class LogReader {
  public:
    explicit LogReader(LogWanted wanted);

    /// The lines that follow are those of @p file.
    void begin(const std::string &file);
    void take(const std::string &line);

    [[nodiscard]] const LogReport &report() const { return report_; }
    [[nodiscard]] const LogRead &read() const { return read_; }

  private:
    LogWanted wanted_;
    LogReport report_;
    LogRead read_;
    std::string file_;
    std::uint64_t line_ = 0; ///< of it
};
