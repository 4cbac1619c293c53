// SPDX-License-Identifier: GPL-2.0-or-later
// When it is over: we are told to end, or nobody is left whom we could serve.
#pragma once

#include <curl/curl.h>
#include <memory>
#include <vector>

#include "fd.hpp"
#include "options.hpp"
#include "result.hpp"

class End {
  public:
    /// Blocks SIGTERM and SIGINT from here on. Before there is a thread.
    static mprox::Result<End> make(const Options &options);

    void watch(std::vector<curl_waitfd> &fds);
    /// @p fds as watch() left it, at least.
    [[nodiscard]] bool reached(const std::vector<curl_waitfd> &fds) const;

  private:
    mprox::Fd signals_;
    mprox::Fd lifeline_;
    int context_ = -1;
    std::size_t first_ = 0;
};

/// How many are in the scope of a context's descriptor, as its fdinfo tells;
/// an error if it does not, or if the scope has no members since it is global.
mprox::Result<unsigned> members_of(int context_fd);
