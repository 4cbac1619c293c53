// SPDX-License-Identifier: GPL-2.0-or-later
#include "user.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

namespace {

/// What /proc says of this process: "Uid", "CapEff".
std::string status_of(const std::string &key) {
    std::ifstream file("/proc/self/status");
    for (std::string line; std::getline(file, line);)
        if (line.rfind(key + ":\t", 0) == 0)
            return line.substr(key.size() + 2);
    return "";
}

/// What a child that has become @p user says of itself.
std::string words_of(const User &user) {
    int words[2];
    if (pipe(words) != 0)
        return "";
    const pid_t child = fork();
    if (child == 0) {
        std::ostringstream text;
        text << (become_user(user) ? "" : "failed ") << status_of("Uid") << ' ' << status_of("Gid") << ' '
             << status_of("Groups") << ' ' << status_of("CapInh") << status_of("CapPrm") << status_of("CapEff")
             << status_of("CapAmb") << ' ' << std::getenv("HOME") << ' ' << std::getenv("USER") << ' '
             << std::getenv("LOGNAME") << ' ' << std::getenv("SHELL");
        if (setuid(0) == 0)
            text << " root again";
        _exit(write(words[1], text.str().data(), text.str().size()) < 0);
    }
    close(words[1]);
    std::string text(4096, '\0');
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(0, read(words[0], text.data(), text.size()))));
    close(words[0]);
    waitpid(child, nullptr, 0);
    return text;
}

} // namespace

TEST(User, NobodyNamedIsNoUser) { EXPECT_FALSE(*find_user("")); }

TEST(User, IsForRoot) {
    if (geteuid() == 0) {
        EXPECT_FALSE(find_user("root"));
        EXPECT_FALSE(find_user("0"));
        EXPECT_FALSE(find_user("no such user"));
        EXPECT_EQ((*find_user("nobody"))->uid, (*find_user("65534"))->uid);
    } else {
        EXPECT_NE(find_user("nobody").error().what.find("only root"), std::string::npos);
    }
}

TEST(User, LeavesNothingOfRoots) {
    if (geteuid() != 0)
        GTEST_SKIP() << "only root can become another user";
    const User user = {"somebody", "/home/of-somebody", "/bin/of-somebody", 4711, 4712, {4713, 4714}};
    EXPECT_EQ(words_of(user), "4711\t4711\t4711\t4711 4712\t4712\t4712\t4712 4713 4714  " + std::string(64, '0') +
                                  " /home/of-somebody somebody somebody /bin/of-somebody");
}
