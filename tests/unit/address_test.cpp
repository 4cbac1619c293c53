// SPDX-License-Identifier: GPL-2.0-or-later
#include "address.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

using namespace mprox;

TEST(Address, ReadsBothFamilies) {
    const auto v4 = parse_address("192.0.2.7");
    ASSERT_TRUE(v4);
    EXPECT_EQ(v4->family, AF_INET);
    EXPECT_EQ(v4->text(), "192.0.2.7");
    const auto v6 = parse_address("2001:DB8::7");
    ASSERT_TRUE(v6);
    EXPECT_EQ(v6->family, AF_INET6);
    EXPECT_EQ(v6->text(), "2001:db8::7");
}

TEST(Address, KnowsTheInterfaceOfALinkLocalOne) {
    const auto address = parse_address("fe80::1%lo");
    ASSERT_TRUE(address);
    EXPECT_EQ(address->scope_id, 1U);
    EXPECT_FALSE(parse_address("fe80::1%nosuch0"));
}

TEST(Address, RefusesTheRest) {
    for (const char *text : {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.4 ", "::g", "host", "1.2.3.4%lo"})
        EXPECT_FALSE(parse_address(text)) << text;
}

TEST(Cidr, ReadsNetworksAndHosts) {
    EXPECT_EQ(parse_cidr("10.0.0.0/8")->text(), "10.0.0.0/8");
    EXPECT_EQ(parse_cidr("10.1.2.3")->text(), "10.1.2.3/32");
    EXPECT_EQ(parse_cidr("fd00::/9")->text(), "fd00::/9");
    EXPECT_EQ(parse_cidr("0.0.0.0/0")->text(), "0.0.0.0/0");
    EXPECT_EQ(parse_cidr("::1")->text(), "::1/128");
}

TEST(Cidr, NamesTheNetworkThatWasMeant) {
    const auto cidr = parse_cidr("10.1.2.3/8");
    ASSERT_FALSE(cidr);
    EXPECT_EQ(cidr.error().advice, "the network is 10.0.0.0/8");
}

TEST(Cidr, RefusesTheRest) {
    for (const char *text : {"", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "fd00::/129", "/8"})
        EXPECT_FALSE(parse_cidr(text)) << text;
}
