// SPDX-License-Identifier: GPL-2.0-or-later
#include "version.hpp"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

namespace {

Versions versions_with(bool loaded, const std::string &version, int answer = 0) {
    return {"1.2.3", {loaded, version, answer}};
}

} // namespace

TEST(Version, ComparesProgramAndModule) {
    EXPECT_EQ(verdict_of(versions_with(true, "1.2.3")), "same");
    EXPECT_EQ(verdict_of(versions_with(true, "1.2.4")), "differs");
    EXPECT_EQ(verdict_of(versions_with(true, "")), "differs");
    EXPECT_EQ(verdict_of(versions_with(false, "")), "not loaded");
    EXPECT_EQ(advice_for(versions_with(true, "1.2.3")), "");
    EXPECT_NE(advice_for(versions_with(true, "1.2.2")).find("modprobe -r"), std::string::npos);
}

TEST(Version, IsToldInJson) {
    const auto same = json_of(versions_with(true, "1.2.3"));
    EXPECT_EQ(same["module"]["uapi"], same["program"]["uapi"]);
    EXPECT_EQ(same["module"]["answers"], true);
    const auto other = json_of(versions_with(true, "1.2.4", ENOTTY));
    EXPECT_TRUE(other["module"]["uapi"].is_null());
    EXPECT_EQ(other["module"]["answers"], false);
    EXPECT_TRUE(json_of(versions_with(false, "", ENOENT))["module"]["version"].is_null());
}

TEST(Version, IsToldToPeople) {
    EXPECT_NE(text_of(versions_with(true, "1.2.3")).find("module   1.2.3, uapi 1, answers\nverdict  same\n"),
              std::string::npos);
    EXPECT_NE(text_of(versions_with(true, "1.2.4", EACCES)).find("uapi unknown, does not answer: Permission denied"),
              std::string::npos);
    EXPECT_NE(text_of(versions_with(false, "")).find("module   not loaded\nverdict  not loaded: load it"),
              std::string::npos);
}

TEST(Version, LooksAtTheModule) {
    const auto folder = "/tmp/mprox-module-" + std::to_string(getpid());
    std::filesystem::create_directory(folder);
    std::ofstream(folder + "/version") << "4.5.6\n";
    const auto module = look_at_module({folder, folder + "/none"});
    EXPECT_TRUE(module.is_loaded);
    EXPECT_EQ(module.version, "4.5.6");
    EXPECT_EQ(module.answer, ENOENT);
    EXPECT_FALSE(look_at_module({folder + "/none", folder}).is_loaded);
    std::filesystem::remove_all(folder);
}
