// SPDX-License-Identifier: GPL-2.0-or-later
#include "message.hpp"

#include <gtest/gtest.h>

#include "messages.hpp"

using dns::Octets;

TEST(Message, IsAQueryOrAResponse) {
    EXPECT_TRUE(dns::is_query(query(1, "a")));
    EXPECT_FALSE(dns::is_response(query(1, "a")));
    EXPECT_TRUE(dns::is_response(header(1, 0x8180, 0, 0, 0)));
    EXPECT_FALSE(dns::is_query(header(1, 0x8180, 0, 0, 0)));
    EXPECT_FALSE(dns::is_query(Octets(11)));
    EXPECT_FALSE(dns::is_response(Octets(11, 0xff)));
}

TEST(Message, ChangesItsId) {
    auto message = query(0x1234, "a");
    EXPECT_EQ(dns::id_of(message), 0x1234);
    dns::set_id(message, 0xfedc);
    EXPECT_EQ(message, query(0xfedc, "a"));
}

TEST(Failure, KeepsTheQuestion) {
    auto wanted = query(7, "name");
    wanted[2] = 0x81;
    wanted[3] = 0x82;
    EXPECT_EQ(dns::failure_of(query(7, "name")), wanted);
}

TEST(Failure, HasOptIfTheQueryHas) {
    auto asked = query(7, "name", 1);
    add_opt(asked, 0xffff, {0, 10, 0, 1, 5});
    auto wanted = query(7, "name", 1);
    add_opt(wanted, 0x8000);
    wanted[2] = 0x81;
    wanted[3] = 0x82;
    EXPECT_EQ(dns::failure_of(asked), wanted);
}

TEST(Failure, IsAHeaderWhereTheQueryIsNoneToRead) {
    auto asked = query(7, "name");
    for (auto size = dns::kHeader; size < asked.size(); size++)
        EXPECT_EQ(dns::failure_of(Octets(asked.begin(), asked.begin() + static_cast<std::ptrdiff_t>(size))),
                  header(7, 0x8182, 0, 0, 0))
            << size;
    asked.push_back(0); // more than its header says
    EXPECT_EQ(dns::failure_of(asked), header(7, 0x8182, 0, 0, 0));
}

TEST(Padding, FillsABlock) {
    for (std::size_t length = 1; length < 64; length++) {
        auto message = query(1, std::string(length, 'x'), 1);
        add_opt(message, 0, {0, 3, 0, 0});
        const auto before = message;
        dns::pad(message);
        ASSERT_EQ(message.size(), 128U) << length;
        // All that was there is there, but for the record's length.
        const auto at = before.size() - 4 - 2;
        EXPECT_TRUE(std::equal(before.begin(), before.begin() + static_cast<std::ptrdiff_t>(at), message.begin()));
        EXPECT_EQ(static_cast<std::size_t>(message[at] << 8 | message[at + 1]), message.size() - at - 2);
        EXPECT_EQ(message[before.size() + 1], 12);
        EXPECT_EQ(message[before.size() + 3], message.size() - before.size() - 4);
        const auto once = message;
        dns::pad(message);
        EXPECT_EQ(message, once) << "padded twice";
    }
}

TEST(Padding, TakesAnotherBlockWhereTheOptionDoesNotFit) {
    auto message = query(1, "x", 1);
    add_opt(message, 0, {});
    const auto room = 128 - message.size() - 4; // for the header of an option
    for (const auto &[fill, size] : {std::pair(room - 4, 128U), {room - 3, 256U}}) {
        Octets option = {0xff, 0xfe};
        add16(option, static_cast<unsigned>(fill));
        option.resize(option.size() + fill);
        auto padded = query(1, "x", 1);
        add_opt(padded, 0, option);
        dns::pad(padded);
        EXPECT_EQ(padded.size(), size) << fill;
    }
}

TEST(Padding, LeavesOthersAlone) {
    auto plain = query(1, "x");
    auto signed_one = query(1, "x", 2);
    add_opt(signed_one, 0);
    signed_one.push_back(0);
    for (const auto value : {250U, 255U, 0U, 0U, 0U}) // TSIG
        add16(signed_one, value);
    auto cut = query(1, "x", 1);
    add_opt(cut, 0, {0, 3, 0, 0});
    cut.pop_back();
    for (const auto &message : {plain, signed_one, cut}) {
        auto padded = message;
        dns::pad(padded);
        EXPECT_EQ(padded, message);
    }
}
