// SPDX-License-Identifier: GPL-2.0-or-later
// A proxy of a policy, as the conversation with it needs it (kmod/proto/talk.h).
#pragma once

#include <linux/mutex_proxy.h>

extern "C" {
#include "talk.h"
}

/// enum mprox_protocol
u8 protocol_of(const mutex_proxy_server &proxy);

/// What the hop before @p proxy is asked for. The name is @p proxy's own.
mprox_target target_of(const mutex_proxy_server &proxy);
