// SPDX-License-Identifier: GPL-2.0-or-later
// The words of mprox set SCOPE alerts.
#pragma once

#include "set.hpp"

/// "failed=5", "latency=2s", ...; or "off".
mprox::Result<mutex_proxy_alerts> parse_alerts(const Words &words);
