// SPDX-License-Identifier: GPL-2.0-or-later
#include "durations.hpp"

#include <algorithm>
#include <cmath>

namespace {

/// From one number to the next: the middle of the two is near enough to both.
const double kStep = std::log1p(Durations::kPrecision);
/// Milliseconds. Logs tell no less than a thousandth.
constexpr double kLeast = 0.0005;

int number_of(double milliseconds) { return static_cast<int>(std::floor(std::log(std::max(milliseconds, kLeast)) / kStep)); }

double middle_of(int number) { return std::exp((number + 0.5) * kStep); }

} // namespace

void Durations::add(double milliseconds) {
    counts_[number_of(milliseconds)]++;
    min_ = count_ ? std::min(min_, milliseconds) : milliseconds;
    max_ = std::max(max_, milliseconds);
    count_++;
}

Durations &Durations::operator+=(const Durations &other) {
    for (const auto &[number, count] : other.counts_)
        counts_[number] += count;
    if (other.count_)
        min_ = count_ ? std::min(min_, other.min_) : other.min_;
    max_ = std::max(max_, other.max_);
    count_ += other.count_;
    return *this;
}

double Durations::percentile(double of_hundred) const {
    const auto rank = static_cast<std::uint64_t>(std::ceil(of_hundred / 100 * static_cast<double>(count_)));
    std::uint64_t sum = 0;
    for (const auto &[number, count] : counts_) {
        sum += count;
        if (sum >= std::max<std::uint64_t>(rank, 1))
            return std::clamp(middle_of(number), min_, max_);
    }
    return 0;
}
