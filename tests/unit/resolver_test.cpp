// SPDX-License-Identifier: GPL-2.0-or-later
// Who resolves names here, and which programs the preload cannot keep from it.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <link.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plan.hpp"
#include "resolver.hpp"

namespace fs = std::filesystem;
using mprox::hosts_services;
using Words = std::vector<std::string>;

namespace {

class Resolver : public testing::Test {
  protected:
    void SetUp() override {
        std::string name = "/tmp/mprox-resolver-XXXXXX";
        folder = mkdtemp(name.data());
    }
    void TearDown() override { fs::remove_all(folder); }

    std::string write(const std::string &name, const std::string &text, mode_t mode = 0644) const {
        const auto path = (folder / name).string();
        std::ofstream(path) << text;
        chmod(path.c_str(), mode);
        return path;
    }
    std::string nsswitch(const std::string &text) const { return write("nsswitch.conf", text); }
    std::string asked(const std::string &text) const {
        return daemon_asked_for_names(nsswitch(text), folder / "socket");
    }
    /// This test's own program with something done to its first octets.
    template <typename Edit> std::string program(const std::string &name, Edit edit) const {
        std::ifstream self("/proc/self/exe", std::ios::binary);
        std::string image{std::istreambuf_iterator<char>(self), {}};
        edit(image);
        return write(name, image, 0755);
    }
    std::string static_program() const {
        return program("static", [](std::string &image) {
            const auto *elf = reinterpret_cast<const ElfW(Ehdr) *>(image.data());
            auto *segment = reinterpret_cast<ElfW(Phdr) *>(image.data() + elf->e_phoff);
            for (int i = 0; i < elf->e_phnum; i++)
                if (segment[i].p_type == PT_INTERP)
                    segment[i].p_type = PT_NULL;
        });
    }

    fs::path folder;
};

} // namespace

TEST_F(Resolver, ReadsTheHostsLine) {
    EXPECT_EQ(hosts_services(nsswitch("passwd: files systemd\nhosts: files dns\nnetworks: files\n")),
              (Words{"files", "dns"}));
    EXPECT_EQ(hosts_services(nsswitch(" hosts:\tfiles resolve [!UNAVAIL=return] dns # mdns\n#hosts: nis\n")),
              (Words{"files", "resolve", "dns"}));
    EXPECT_EQ(hosts_services(nsswitch("hosts: files[NOTFOUND=return success=continue]myhostname")),
              (Words{"files", "myhostname"}));
    EXPECT_EQ(hosts_services(nsswitch("hosts files\nhostsfoo: nis\n: nis\nhosts:\n")), Words{});
    EXPECT_EQ(hosts_services((folder / "none").string()), Words{});
}

TEST_F(Resolver, KnowsWhoAsksADaemon) {
    EXPECT_EQ(asked("hosts: files dns myhostname\n"), "");
    EXPECT_EQ(asked("hosts: files [NOTFOUND=continue] dns\n"), "");
    EXPECT_EQ(asked("passwd: files nis\n"), "");
    EXPECT_EQ(asked("hosts: files mdns4_minimal [NOTFOUND=return] dns\n"), "nss-mdns4_minimal");
    EXPECT_EQ(asked("hosts: mymachines resolve [!UNAVAIL=return] files myhostname dns\n"), "nss-mymachines");
    write("socket", "");
    EXPECT_EQ(asked("hosts: files dns\n"), "nscd");
}

TEST_F(Resolver, FindsAProgramAsTheShellDoes) {
    const std::string before = std::getenv("PATH");
    write("plain", "", 0644);
    write("tool", "", 0755);
    fs::create_directory(folder / "folder");
    setenv("PATH", ("/nonexistent:" + folder.string()).c_str(), 1);
    EXPECT_EQ(find_program("tool"), folder / "tool");
    EXPECT_EQ(find_program("plain"), "plain");
    EXPECT_EQ(find_program("folder"), "folder");
    EXPECT_EQ(find_program("./tool"), "./tool");
    setenv("PATH", before.c_str(), 1);
}

TEST_F(Resolver, SeesWhatThePreloadDoesNotReach) {
    EXPECT_EQ(obstacle_in("/proc/self/exe").why, "");
    EXPECT_EQ(obstacle_in((folder / "none").string()).why, "");
    const auto is_static = obstacle_in(static_program());
    EXPECT_NE(is_static.why.find("static"), std::string::npos);
    EXPECT_FALSE(is_static.harmful);
    const auto other = obstacle_in(program("other", [](std::string &image) { image[image.find("/ld-") + 1] = 'x'; }));
    EXPECT_NE(other.why.find("C library"), std::string::npos);
    EXPECT_TRUE(other.harmful);
    EXPECT_TRUE(obstacle_in(program("odd", [](std::string &image) { image[EI_CLASS] ^= 3; })).harmful);
    EXPECT_EQ(obstacle_in(write("text", "a shell reads this", 0755)).why, "");
}

TEST_F(Resolver, FollowsAScriptToItsInterpreter) {
    EXPECT_EQ(obstacle_in(write("script", "#!/bin/sh -e\nexit\n", 0755)).why, "");
    const auto inner = write("inner", "#! " + static_program() + " sh\n", 0755);
    EXPECT_NE(obstacle_in(write("outer", "#!" + inner + " x\n", 0755)).why.find("/static is static"), std::string::npos);
    EXPECT_EQ(obstacle_in(write("lost", "#!/nonexistent\n", 0755)).why, "");
    const auto loop = (folder / "loop").string();
    EXPECT_EQ(obstacle_in(write("loop", "#!" + loop, 0755)).why, "") << "nothing starts it";
}

TEST_F(Resolver, SeesRaisedPrivileges) {
    const auto copy = program("program", [](std::string &) {});
    chmod(copy.c_str(), 06755);
    EXPECT_EQ(obstacle_in(copy).why, "") << "its owner's own";
    if (chown(copy.c_str(), 1, getgid()) != 0)
        GTEST_SKIP() << "only root gives files away";
    chmod(copy.c_str(), 04711);
    EXPECT_NE(obstacle_in(copy).why.find("privileges"), std::string::npos);
    EXPECT_FALSE(obstacle_in(copy).harmful);
}

TEST(PlanOfNames, IsDirectIfAllNamesAre) {
    mprox::Profile profile;
    const auto direct = [&] {
        mprox::Plan plan;
        EXPECT_TRUE(plan.set_dns(profile));
        return plan.resolves_directly();
    };
    EXPECT_FALSE(direct());
    profile.dns = mprox::Dns::direct;
    EXPECT_TRUE(direct());
    profile.dns_rules = {{"a.test", mprox::Dns::direct}};
    EXPECT_TRUE(direct());
    profile.dns_rules.push_back({"b.test", mprox::Dns::fake});
    EXPECT_FALSE(direct());
    profile.dns_rules = {{"*", mprox::Dns::direct}};
    profile.dns = mprox::Dns::block;
    EXPECT_FALSE(direct());
}
