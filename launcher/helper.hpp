// SPDX-License-Identifier: GPL-2.0-or-later
// mprox-resolver, which asks a resolver with TLS for the kernel.
#pragma once

#include <string>

#include "fd.hpp"
#include "plan.hpp"
#include "result.hpp"
#include "user.hpp"

struct Helper {
    std::string program; ///< empty: nobody is needed
    mprox::Fd listener;
};

/// Looks for it and opens its port, which the plan then has.
mprox::Result<Helper> prepare_helper(mprox::Plan &plan);

/// Starts it within the scope of @p context, apart from COMMAND: not its child,
/// nor in its session. It ends after the last of the others in the scope. @p aloud:
/// its words go to standard error, else to syslog. @p user: whose it is; nullptr: ours.
mprox::Status start_helper(Helper &helper, const mprox::Plan &plan, int context, bool aloud, const User *user);
