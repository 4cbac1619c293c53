// SPDX-License-Identifier: GPL-2.0-or-later
// How long something has taken, of any number of times, in a bounded room.
#pragma once

#include <cstdint>
#include <map>

class Durations {
  public:
    /// What a percentile may be wrong by, of itself.
    static constexpr double kPrecision = 0.01;

    void add(double milliseconds);
    Durations &operator+=(const Durations &other);

    [[nodiscard]] std::uint64_t count() const { return count_; }
    [[nodiscard]] double max() const { return max_; }

    /// The least duration that so many of a hundred do not exceed (nearest rank); 0: there is none.
    [[nodiscard]] double percentile(double of_hundred) const;

  private:
    std::map<int, std::uint64_t> counts_; ///< by the logarithm
    std::uint64_t count_ = 0;
    double min_ = 0;
    double max_ = 0;
};
