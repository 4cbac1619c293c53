// SPDX-License-Identifier: GPL-2.0-or-later
// What can fail returns a Result; one place in each program prints the Error.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace mprox {

/// What was tried and why it failed; and what to do about it, if we know.
struct Error {
    std::string what;
    std::string advice;

    /// The same, told of a larger thing: "context: what".
    [[nodiscard]] Error in(const std::string &context) const { return {context + ": " + what, advice}; }
};

template <typename T> class [[nodiscard]] Result {
  public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    explicit operator bool() const { return state_.index() == 0; }
    T &operator*() { return std::get<0>(state_); }
    const T &operator*() const { return std::get<0>(state_); }
    T *operator->() { return &std::get<0>(state_); }
    const T *operator->() const { return &std::get<0>(state_); }
    const Error &error() const { return std::get<1>(state_); }

  private:
    std::variant<T, Error> state_;
};

/// Success has nothing to say.
using Status = Result<std::monostate>;
inline Status ok() { return std::monostate{}; }

} // namespace mprox
