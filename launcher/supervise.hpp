// SPDX-License-Identifier: GPL-2.0-or-later
// --fail-status: COMMAND is our child then, and we wait for it.
#pragma once

#include <functional>

#include "fd.hpp"
#include "result.hpp"

/// What the child has of its parent.
class Parent {
  public:
    explicit Parent(mprox::Fd sock, int pid) : socket_(std::move(sock)), pid_(pid) {}

    /// The parent learns which connections of @p context fail.
    mprox::Status hand_over(int context);
    /// The same, by a descriptor of events.
    bool give(int events);

    /// Who kills the parent kills the child, whose process it seems to be. Behind all that
    /// changes who we are, which makes the kernel forget it.
    void die_with_it() const;

  private:
    mprox::Fd socket_;
    int pid_;
};

/// Calls @p run in a child, which becomes COMMAND; the parent gives it the signals that it
/// is sent, stops when it stops, and ends as it has ended: but with @p status if it has
/// failed, and a connection as well because of the proxy. In the child: what @p run returns.
int supervise(int status, const std::function<int(Parent &)> &run);
