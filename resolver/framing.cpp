// SPDX-License-Identifier: GPL-2.0-or-later
#include "framing.hpp"

namespace dns {
namespace {

constexpr std::size_t kPrefix = 2;

} // namespace

std::size_t Inbox::length() const {
    if (data_.size() - start_ < kPrefix)
        return 0;
    return static_cast<std::size_t>(data_[start_] << 8 | data_[start_ + 1]);
}

bool Inbox::broken() const {
    const auto size = length();
    return data_.size() - start_ >= kPrefix && (size < kHeader || size > limit_);
}

bool Inbox::ready() const {
    const auto size = length();
    return size && !broken() && data_.size() - start_ >= kPrefix + size;
}

void Inbox::append(const std::uint8_t *data, std::size_t size) {
    data_.erase(data_.begin(), data_.begin() + static_cast<std::ptrdiff_t>(start_));
    start_ = 0;
    data_.insert(data_.end(), data, data + size);
}

std::optional<Octets> Inbox::next() {
    if (!ready())
        return {};
    const auto first = data_.begin() + static_cast<std::ptrdiff_t>(start_ + kPrefix);
    const auto size = length();
    Octets message(first, first + static_cast<std::ptrdiff_t>(size));
    start_ += kPrefix + size;
    return message;
}

void Inbox::clear() {
    data_.clear();
    start_ = 0;
}

void append_frame(Octets &to, const Octets &message) {
    to.push_back(static_cast<std::uint8_t>(message.size() >> 8));
    to.push_back(static_cast<std::uint8_t>(message.size()));
    to.insert(to.end(), message.begin(), message.end());
}

} // namespace dns
