// SPDX-License-Identifier: GPL-2.0-or-later
#include "outside.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace fs = std::filesystem;

namespace {

class Outside : public testing::Test {
  protected:
    void SetUp() override {
        root_ = fs::temp_directory_path() / ("mprox-outside-" + std::to_string(getpid()));
        for (const char *dir : {"proc/4711", "home", "tmux", "screen"})
            fs::create_directories(root_ / dir);
        around_.proc = root_ / "proc";
        around_.home = root_ / "home";
        around_.tmux = root_ / "tmux";
        around_.screen = root_ / "screen";
    }
    void TearDown() override { fs::remove_all(root_); }

    std::string of(const std::vector<std::string> &command) {
        return who_is_outside(command, program_, around_);
    }
    /// A profile that the process @p pid has taken.
    void take(const std::string &dir, const std::string &link, const std::string &owner) {
        fs::create_directories(root_ / "home" / dir);
        fs::create_symlink(owner, root_ / "home" / dir / link);
    }
    /// Somebody listens at a Unix socket, until the descriptor is closed.
    int serve(const fs::path &path) {
        sockaddr_un name = {};
        name.sun_family = AF_UNIX;
        path.string().copy(name.sun_path, sizeof(name.sun_path) - 1);
        const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr *>(&name), sizeof(name)), 0);
        EXPECT_EQ(listen(fd, 4), 0);
        return fd;
    }

    fs::path root_;
    std::string program_ = "/nonexistent";
    Surroundings around_;
};

} // namespace

TEST_F(Outside, NothingIsKnownOfMostPrograms) {
    for (const char *name : {"curl", "/usr/bin/git", "bash", "tmux", "firefox", "chromium", "screen", "podman", "snap"})
        EXPECT_EQ(of({name}), "") << name;
    EXPECT_EQ(of({"bash", "-c", ""}), "");
}

TEST_F(Outside, ATmuxServerThatRuns) {
    const int fd = serve(root_ / "tmux/default");
    EXPECT_NE(of({"/usr/bin/tmux", "new"}).find("tmux -L"), std::string::npos);
    EXPECT_EQ(of({"tmux", "-L", "mprox"}), "");
    EXPECT_EQ(of({"tmux", "-Lmprox"}), "");
    EXPECT_EQ(of({"tmux", "-S", root_ / "tmux/other"}), "");
    EXPECT_NE(of({"tmux", "-L", "default"}), "");
    EXPECT_NE(of({"tmux", "-S", root_ / "tmux/default"}), "");
    close(fd);
    // The file is there still, and nobody behind it.
    EXPECT_EQ(of({"tmux"}), "");
}

TEST_F(Outside, AScreenThatRuns) {
    std::ofstream(root_ / "screen/4711.pts-0.host");
    EXPECT_EQ(of({"screen", "-S", "new"}), "");
    EXPECT_NE(of({"screen", "-r"}), "");
    EXPECT_NE(of({"screen", "-x", "4711"}), "");
}

TEST_F(Outside, ContainersOfADaemon) {
    EXPECT_NE(of({"docker", "run", "alpine"}), "");
    EXPECT_NE(of({"nerdctl", "run", "alpine"}), "");
    EXPECT_EQ(of({"podman", "run", "alpine"}), "");
    EXPECT_NE(of({"podman", "--remote", "run", "alpine"}), "");
    EXPECT_NE(of({"podman-remote", "run", "alpine"}), "");
    around_.container_host = true;
    EXPECT_NE(of({"podman", "run", "alpine"}), "");
}

TEST_F(Outside, PodmansOwnDocker) {
    program_ = root_ / "docker";
    std::ofstream(program_) << "#!/usr/bin/sh\n[ -e /etc/containers/nodocker ] || :\nexec /usr/bin/podman \"$@\"\n";
    EXPECT_EQ(of({"docker", "run", "alpine"}), "");
}

TEST_F(Outside, AFirefoxThatRuns) {
    take(".mozilla/firefox/abc.default-esr", "lock", "127.0.1.1:+4711");
    EXPECT_NE(of({"firefox", "https://example.org"}).find("--no-remote"), std::string::npos);
    EXPECT_NE(of({"/usr/bin/firefox-esr"}), "");
    EXPECT_EQ(of({"firefox", "--no-remote", "--profile", "/tmp/other"}), "");
    EXPECT_EQ(of({"firefox", "--profile", root_ / "home/other"}), "");
    EXPECT_NE(of({"firefox", "--profile", root_ / "home/.mozilla/firefox/abc.default-esr"}), "");
    fs::remove(root_ / "proc/4711");
    EXPECT_EQ(of({"firefox"}), ""); // it has died
}

TEST_F(Outside, AChromiumThatRuns) {
    take(".config/chromium", "SingletonLock", "my-host-4711");
    EXPECT_NE(of({"chromium"}).find("--user-data-dir="), std::string::npos);
    EXPECT_EQ(of({"google-chrome"}), "");
    EXPECT_EQ(of({"chromium", "--user-data-dir=/tmp/other"}), "");
    take(".config/google-chrome", "SingletonLock", "my-host-4712");
    EXPECT_EQ(of({"google-chrome"}), "");
}

TEST_F(Outside, WhatDaemonsDo) {
    EXPECT_NE(of({"snap", "install", "x"}), "");
    EXPECT_EQ(of({"snap", "run", "x"}), "");
    EXPECT_NE(of({"systemd-run", "curl"}), "");
    EXPECT_EQ(of({"systemd-run", "--scope", "curl"}), "");
    for (const char *name : {"systemctl", "at", "crontab", "gnome-terminal", "emacsclient", "flatpak-spawn"})
        EXPECT_NE(of({name}), "") << name;
}
