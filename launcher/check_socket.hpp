// SPDX-License-Identifier: GPL-2.0-or-later
// What --check hears and says on the wire.
#pragma once

#include <chrono>
#include <linux/mutex_proxy.h>
#include <string>
#include <string_view>

#include "fd.hpp"

extern "C" {
#include "refusal.h"
}

/// For people; no login.
std::string text_of(const mutex_proxy_server &server);

/// An open connection to the server, or errno.
mprox::Fd connect_to(const mutex_proxy_server &server);

/// How long recv() waits.
void set_patience(int fd, std::chrono::seconds patience);

/// What listens there, by what it answers to other protocols than the one that it is
/// said to speak; MPROX_REFUSAL_NONE if that is not to be found out.
mprox_refusal identify(const mutex_proxy_server &server);
