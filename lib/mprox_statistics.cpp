// SPDX-License-Identifier: GPL-2.0-or-later
// What was counted, for programs in C.
#include "mprox.h"

#include <cstdint>

#include "line.hpp"
#include "statistics.hpp"

namespace {

mprox::ServerStatistics servers_of(const mutex_proxy_statistics &sums) {
    return {reinterpret_cast<const mutex_proxy_server_statistics *>(static_cast<std::uintptr_t>(sums.servers)),
            sums.nr_servers};
}

} // namespace

int mprox_statistics_json(const mutex_proxy_statistics *sums, char *buf, size_t size) {
    return mprox::write_text(buf, size, [=] { return mprox::json_of(*sums, servers_of(*sums)); });
}

int mprox_statistics_text(const mutex_proxy_statistics *sums, char *buf, size_t size) {
    return mprox::write_text(buf, size, [=] { return mprox::text_of(*sums, servers_of(*sums)); });
}
