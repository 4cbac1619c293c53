// SPDX-License-Identifier: GPL-2.0-or-later
#include "archive.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

namespace fs = std::filesystem;

namespace {

class ArchiveOfFolders : public testing::Test {
  protected:
    void SetUp() override { fs::create_directories(base_); }
    void TearDown() override { fs::remove_all(base_); }

    void write(const std::string &name, const std::string &text, mode_t mode = 0644) {
        const auto path = base_ + "/" + name;
        fs::create_directories(fs::path(path).parent_path());
        std::ofstream(path, std::ios::binary) << text;
        chmod(path.c_str(), mode);
    }
    std::string read(const std::string &name) {
        std::stringstream text;
        text << std::ifstream(base_ + "/" + name, std::ios::binary).rdbuf();
        return text.str();
    }
    mode_t mode(const std::string &name) {
        struct stat status = {};
        stat((base_ + "/" + name).c_str(), &status);
        return status.st_mode & 07777;
    }

    std::string base_ = "/tmp/mprox-archive-" + std::to_string(getpid());
    mprox::Folders folders_{base_ + "/etc", base_ + "/home"};
};

/// An archive of one file of the user's.
std::string one_file(const std::string &more) {
    return R"({"kind": "mprox configuration", "version": 1, "files": [{"of": "user", )" + more + "}]}";
}

} // namespace

TEST_F(ArchiveOfFolders, KeepsContentsAndModes) {
    const std::string octets("\0\xff\n", 3);
    write("etc/mprox.toml", "proxy = \"socks5://h\"\nuser = \"me\"\npassword_file = \"password\"\n");
    write("etc/password", "sesame\n", 0600);
    write("home/profiles/a.toml", "scope = \"tree\"\n", 0640);
    write("home/odd", octets);
    const auto there = collect(folders_);
    ASSERT_TRUE(there) << there.error().what;
    const auto archive = parse_archive("b.json", to_text(*there));
    ASSERT_TRUE(archive) << archive.error().what;
    EXPECT_EQ(archive->files.size(), 4U);

    fs::remove_all(base_);
    EXPECT_TRUE(check(*archive, folders_).empty()) << "the password is in the archive alone";
    std::vector<std::string> done;
    const auto status = put_back(*archive, folders_, done);
    ASSERT_TRUE(status) << status.error().what;
    EXPECT_EQ(done.size(), 4U);
    EXPECT_EQ(read("etc/password"), "sesame\n");
    EXPECT_EQ(mode("etc/password"), 0600U);
    EXPECT_EQ(mode("home/profiles/a.toml"), 0640U);
    EXPECT_EQ(read("home/odd"), octets);
    done.clear();
    EXPECT_TRUE(put_back(*archive, folders_, done));
    EXPECT_TRUE(done.empty()) << "nothing differs";

    write("etc/conf.d/new.toml", "");
    EXPECT_EQ(not_in(*archive, *collect(folders_), folders_), std::vector{base_ + "/etc/conf.d/new.toml"});
}

TEST_F(ArchiveOfFolders, LeavesLinksWhereTheyAre) {
    write("elsewhere/mprox.toml", "scope = \"tree\"\n");
    fs::create_directories(base_ + "/home");
    fs::create_symlink("../elsewhere/mprox.toml", base_ + "/home/mprox.toml");
    const auto archive = collect(folders_);
    write("elsewhere/mprox.toml", "scope = \"process\"\n");
    std::vector<std::string> done;
    ASSERT_TRUE(put_back(*archive, folders_, done));
    EXPECT_TRUE(fs::is_symlink(base_ + "/home/mprox.toml"));
    EXPECT_EQ(read("elsewhere/mprox.toml"), "scope = \"tree\"\n");
}

TEST_F(ArchiveOfFolders, IsCheckedBeforeAnythingIsReplaced) {
    write("etc/mprox.toml", "scope = \"all\"\n");
    write("home/profiles/b.toml", "{ \"rounds\": 0 }\n");
    write("home/README", "scope = all\n");
    const auto errors = check(*collect(folders_), folders_);
    ASSERT_EQ(errors.size(), 2U);
    EXPECT_EQ(errors[0].what.find(base_ + "/etc/mprox.toml:1:9: scope"), 0U) << errors[0].what;
    EXPECT_EQ(errors[1].what.find(base_ + "/home/profiles/b.toml:1:13: rounds"), 0U) << errors[1].what;
}

TEST_F(ArchiveOfFolders, IsNotForAnotherUser) {
    write("home/mprox.toml", "");
    const auto archive = *collect(folders_);
    EXPECT_TRUE(check_user(archive, folders_));
    EXPECT_FALSE(check_user(archive, {folders_.system, ""}));
    EXPECT_TRUE(check_user({}, {folders_.system, ""}));
    if (geteuid() != 0)
        return;
    ASSERT_EQ(chown((base_ + "/home").c_str(), 1, 1), 0);
    EXPECT_FALSE(check_user(archive, folders_));
    EXPECT_FALSE(check_user(archive, {folders_.system, folders_.user + "/not/there"}));
}

TEST_F(ArchiveOfFolders, RefusesWhatIsNoArchive) {
    for (const char *text : {"", "[]", "{}", R"({"kind": "mprox configuration", "version": 2, "files": []})",
                             R"({"kind": "mprox configuration", "version": 1, "files": 1})"})
        EXPECT_FALSE(parse_archive("b.json", text)) << text;
    EXPECT_TRUE(parse_archive("b.json", one_file(R"("name": "a", "mode": "0600", "text": "")")));
    for (const char *more :
         {R"("name": "../a", "mode": "0600", "text": "")", R"("name": "/etc/passwd", "mode": "0600", "text": "")",
          R"("name": "b/../../a", "mode": "0600", "text": "")", R"("name": "", "mode": "0600", "text": "")",
          R"("name": "a", "mode": "4755", "text": "")", R"("name": "a", "mode": "0800", "text": "")",
          R"("name": "a", "mode": 384, "text": "")", R"("name": "a", "mode": "0600")",
          R"("name": "a", "mode": "0600", "text": "", "base64": "")", R"("name": "a", "mode": "0600", "base64": "?")"})
        EXPECT_FALSE(parse_archive("b.json", one_file(more))) << more;
}
