// SPDX-License-Identifier: GPL-2.0-or-later
// The functions behind ours, looked up once.
#pragma once

#include <atomic>
#include <dlfcn.h>

namespace mprox_auto {

/// The next definition of @p Name. Thread-safe: every thread finds the same.
template <typename F> class Real {
  public:
    constexpr explicit Real(const char *name) : name_(name) {}

    F *get() {
        F *fn = fn_.load(std::memory_order_relaxed);
        if (!fn) {
            fn = reinterpret_cast<F *>(dlsym(RTLD_NEXT, name_));
            fn_.store(fn, std::memory_order_relaxed);
        }
        return fn;
    }

  private:
    const char *name_;
    std::atomic<F *> fn_{nullptr};
};

} // namespace mprox_auto

#define MPROX_EXPORT extern "C" __attribute__((visibility("default")))
