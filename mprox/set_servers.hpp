// SPDX-License-Identifier: GPL-2.0-or-later
// One server of a policy is another one; the others stay as they are, with their logins.
#pragma once

#include "plan.hpp"

/// @p what: a URL, "weight=W" or "remove". @p index: as in events.
mprox::Status change_server(mprox::Plan &plan, std::size_t index, const std::string &what);

mprox::Status append_server(mprox::Plan &plan, const std::string &url);
