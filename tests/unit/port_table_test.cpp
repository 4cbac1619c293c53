// SPDX-License-Identifier: GPL-2.0-or-later
// The preload library's memory of ports on the proxy.
#include "port_table.hpp"

#include <gtest/gtest.h>

using namespace mprox_auto;

namespace {

TEST(PortTable, HoldsForANumberAndItsInode) {
    PortTable table;
    EXPECT_FALSE(table.find(3, 100));
    table.put({3, 100, {}});
    EXPECT_TRUE(table.find(3, 100));
    EXPECT_FALSE(table.find(3, 101));
    EXPECT_FALSE(table.find(4, 100));
    table.put({3, 101, {}});
    EXPECT_FALSE(table.find(3, 100));
    EXPECT_TRUE(table.find(3, 101));
}

TEST(PortTable, TheOldestMakesRoom) {
    PortTable table;
    for (int fd = 0; fd <= static_cast<int>(PortTable::kSize); fd++)
        table.put({fd, 7, {}});
    EXPECT_FALSE(table.find(0, 7));
    EXPECT_TRUE(table.find(1, 7));
    EXPECT_TRUE(table.find(PortTable::kSize, 7));
}

} // namespace
