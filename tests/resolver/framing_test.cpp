// SPDX-License-Identifier: GPL-2.0-or-later
#include "framing.hpp"

#include <gtest/gtest.h>

#include "messages.hpp"

using dns::Inbox;
using dns::Octets;

namespace {

constexpr std::size_t kLimit = 4096;

Octets two_frames() {
    Octets stream;
    dns::append_frame(stream, query(1, "first"));
    dns::append_frame(stream, query(2, "second"));
    return stream;
}

} // namespace

TEST(Framing, GivesWhatCameAtEverySplit) {
    const auto stream = two_frames();
    for (std::size_t cut = 0; cut <= stream.size(); cut++) {
        Inbox inbox(kLimit);
        std::vector<Octets> got;
        const auto take = [&] {
            EXPECT_FALSE(inbox.broken());
            while (auto message = inbox.next())
                got.push_back(*message);
        };
        inbox.append(stream.data(), cut);
        take();
        inbox.append(stream.data() + cut, stream.size() - cut);
        take();
        ASSERT_EQ(got.size(), 2U) << cut;
        EXPECT_EQ(got[0], query(1, "first"));
        EXPECT_EQ(got[1], query(2, "second"));
        EXPECT_FALSE(inbox.ready());
    }
}

TEST(Framing, OctetByOctet) {
    Inbox inbox(kLimit);
    int got = 0;
    for (const auto octet : two_frames()) {
        inbox.append(&octet, 1);
        got += inbox.next().has_value();
    }
    EXPECT_EQ(got, 2);
}

TEST(Framing, BreaksAtALengthThatIsNone) {
    const auto bad = [](unsigned length) {
        Inbox inbox(kLimit);
        Octets stream;
        dns::append_frame(stream, query(1, "first"));
        add16(stream, length);
        inbox.append(stream.data(), stream.size());
        EXPECT_TRUE(inbox.next()) << "what stands before it is good";
        EXPECT_FALSE(inbox.next());
        return inbox.broken();
    };
    EXPECT_TRUE(bad(0));
    EXPECT_TRUE(bad(dns::kHeader - 1));
    EXPECT_FALSE(bad(dns::kHeader));
    EXPECT_FALSE(bad(kLimit));
    EXPECT_TRUE(bad(kLimit + 1));
    EXPECT_TRUE(bad(0xffff));
}

TEST(Framing, TheLongestMessage) {
    Inbox inbox(0xffff);
    Octets stream;
    dns::append_frame(stream, Octets(0xffff, 7));
    inbox.append(stream.data(), stream.size());
    EXPECT_EQ(inbox.next(), Octets(0xffff, 7));
}

TEST(Framing, ForgetsWhenCleared) {
    Inbox inbox(kLimit);
    const auto stream = two_frames();
    inbox.append(stream.data(), 5);
    inbox.clear();
    inbox.append(stream.data(), stream.size());
    EXPECT_EQ(inbox.next(), query(1, "first"));
}
