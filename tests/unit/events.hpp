// SPDX-License-Identifier: GPL-2.0-or-later
// Records of events as the kernel writes them.
#pragma once

#include <algorithm>
#include <arpa/inet.h>
#include <cstdint>
#include <cstring>
#include <linux/mutex_proxy.h>
#include <netinet/in.h>
#include <string>
#include <vector>

using Octets = std::vector<std::uint8_t>;

struct Record {
    mutex_proxy_event head = {};
    std::string name;
    std::string executable;
    std::size_t head_size = sizeof(head);

    [[nodiscard]] Octets octets() const {
        auto all = head;
        const auto size = (head_size + name.size() + executable.size() + 7) / 8 * 8;
        all.size = static_cast<std::uint16_t>(size);
        all.head = static_cast<std::uint16_t>(head_size);
        all.name_len = static_cast<std::uint16_t>(name.size());
        all.exe_len = static_cast<std::uint16_t>(executable.size());
        Octets octets(size, 0);
        std::memcpy(octets.data(), &all, std::min(head_size, sizeof(all)));
        std::copy(name.begin(), name.end(), octets.begin() + static_cast<std::ptrdiff_t>(head_size));
        std::copy(executable.begin(), executable.end(),
                  octets.begin() + static_cast<std::ptrdiff_t>(head_size + name.size()));
        return octets;
    }
};

/// Of a connection to 10.77.2.2:80 by 10.77.1.1:1080.
inline Record a_record(std::uint8_t kind) {
    Record record;
    auto &head = record.head;
    head.kind = kind;
    head.proto = IPPROTO_TCP;
    head.context = 7;
    head.flow = 9;
    head.time = 1796046075123456789ULL;
    head.monotonic = 12500000123ULL;
    head.pid = 101;
    head.tgid = 100;
    head.server = 0;
    head.rule = 0xffff;
    head.to = {AF_INET, 80, 0, {10, 77, 2, 2}};
    head.via = {AF_INET, 1080, 0, {10, 77, 1, 1}};
    std::memcpy(head.comm, "a program", 10);
    return record;
}
