// SPDX-License-Identifier: GPL-2.0-or-later
#include "end.hpp"

#include <csignal>
#include <gtest/gtest.h>
#include <unistd.h>

namespace {

bool reached(End &end) {
    std::vector<curl_waitfd> fds;
    end.watch(fds);
    return end.reached(fds);
}

} // namespace

TEST(End, IsReachedWhenTheOtherEndIsClosed) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    Options options;
    options.exit_on_close = ends[0];
    auto end = End::make(options);
    ASSERT_TRUE(end);
    EXPECT_FALSE(reached(*end));
    close(ends[1]);
    EXPECT_TRUE(reached(*end));
}

TEST(End, WantsAContextThatIsOne) {
    EXPECT_FALSE(members_of(STDIN_FILENO));
    EXPECT_FALSE(members_of(9999));
    Options options;
    options.context_fd = STDIN_FILENO;
    EXPECT_FALSE(End::make(options));
}
