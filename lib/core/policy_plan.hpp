// SPDX-License-Identifier: GPL-2.0-or-later
// The policy in force of a context, as the plan that it came from: the way back of plan.hpp.
#pragma once

#include <linux/mutex_proxy.h>

#include "plan.hpp"
#include "result.hpp"

namespace mprox {

/// What @p policy and all that it points to say. Of a server with a login or headers these
/// are not told; its secrets_of stands for them, for as long as that policy is in force.
Plan plan_of(const mutex_proxy_policy &policy);

/// GET_POLICY, and the context's scope and name. errno, if a call has failed.
Result<Plan> read_policy(int fd);

} // namespace mprox
