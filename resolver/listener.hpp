// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

#include "fd.hpp"
#include "result.hpp"

/// On 127.0.0.1, where nobody but this machine reaches it. Port 0: any.
mprox::Result<mprox::Fd> listen_on(std::uint16_t port);

/// One that whoever started us has made.
mprox::Result<mprox::Fd> take_listener(int fd);
