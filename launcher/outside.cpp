// SPDX-License-Identifier: GPL-2.0-or-later
#include "outside.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <pwd.h>
#include <spdlog/spdlog.h>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fd.hpp"
#include "resolver.hpp"

namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> list) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

/// The value of an option, as "-L name", "-Lname" or "--dir=name"; empty: not given.
std::string value_of(const Words &words, std::string_view option) {
    const bool is_long = option.substr(0, 2) == "--";
    for (std::size_t i = 1; i < words.size(); i++) {
        if (words[i] == option)
            return i + 1 < words.size() ? words[i + 1] : "";
        if (words[i].rfind(option, 0) == 0)
            return words[i].substr(option.size() + (is_long && words[i][option.size()] == '=' ? 1 : 0));
    }
    return "";
}

bool has(const Words &words, std::initializer_list<std::string_view> list) {
    return std::any_of(words.begin() + 1, words.end(), [&](const std::string &word) { return is_one_of(word, list); });
}

/// The first word that is no option.
std::string verb_of(const Words &words) {
    const auto found = std::find_if(words.begin() + 1, words.end(), [](const std::string &w) { return w.empty() || w[0] != '-'; });
    return found == words.end() ? "" : *found;
}

/// Does somebody listen at the Unix socket? A file may be left of who is gone.
bool is_served(const std::string &path) {
    sockaddr_un name = {};
    name.sun_family = AF_UNIX;
    if (path.size() >= sizeof(name.sun_path))
        return false;
    std::memcpy(name.sun_path, path.c_str(), path.size());
    const mprox::Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    return fd && (connect(fd.get(), reinterpret_cast<const sockaddr *>(&name), sizeof(name)) == 0 || errno == EAGAIN);
}

std::string of_tmux(const Words &words, const Surroundings &around) {
    auto path = value_of(words, "-S");
    if (path.empty()) {
        const auto label = value_of(words, "-L");
        path = around.tmux + "/" + (label.empty() ? "default" : label);
    }
    if (!is_served(path))
        return "";
    return "a tmux server runs already, and what it starts is not in the scope\n"
           "  start one of its own: tmux -L mprox; or end that one first: tmux kill-server";
}

std::string of_screen(const Words &words, const Surroundings &around) {
    std::error_code error;
    if (!has(words, {"-r", "-R", "-RR", "-x", "-X", "-rd", "-dr", "-dR", "-DR", "-dRR", "-DRR"}) ||
        fs::is_empty(around.screen, error) || error)
        return "";
    return "a screen that runs already was started outside, and is not in the scope\n"
           "  begin a new one: screen -S NAME, without -r, -R, -x and -X";
}

/// podman's own "docker" is a script.
bool is_podman(const std::string &program) {
    std::ifstream file(program, std::ios::binary);
    std::array<char, 512> head{};
    file.read(head.data(), head.size() - 1);
    return std::strncmp(head.data(), "#!", 2) == 0 && std::strstr(head.data(), "podman");
}

std::string of_containers(const std::string &what) {
    return what + " has a daemon start containers, which are not in the scope, and has it fetch images\n"
                  "  run podman, without --remote, for which this does not hold; or give the daemon the proxy";
}

std::string of_podman(const Words &words, const Surroundings &around) {
    return around.container_host || has(words, {"--remote", "-r"}) || !value_of(words, "--url").empty() ||
                   !value_of(words, "--connection").empty()
               ? of_containers("podman with --remote")
               : "";
}

std::string of_snap(const Words &words) {
    const auto verb = verb_of(words);
    if (verb.empty() || is_one_of(verb, {"run", "version", "list", "help"}))
        return "";
    return "snap has a daemon do it, which is not in the scope\n"
           "  give the daemon the proxy: snap set system proxy.https=http://HOST:PORT";
}

/// "HOST:+PID" and "HOST-PID": what a browser keeps of its profile.
bool is_locked(const std::string &link, const Surroundings &around) {
    std::error_code error;
    const auto text = fs::read_symlink(link, error).string();
    const auto at = text.find_last_not_of("0123456789");
    if (error || at == std::string::npos || at + 1 == text.size())
        return false;
    return fs::exists(around.proc + "/" + text.substr(at + 1), error);
}

std::string of_browser(const std::string &name, const std::string &how) {
    return name + " runs already with this profile: it would be told to open a window, and is not in the scope\n"
                  "  close it first, or " + how;
}

std::string of_firefox(const Words &words, const Surroundings &around) {
    if (has(words, {"--no-remote", "-no-remote", "--new-instance", "-new-instance"}))
        return "";
    Words profiles;
    for (const char *option : {"--profile", "-profile"})
        if (const auto given = value_of(words, option); !given.empty())
            profiles = {given};
    std::error_code error;
    if (profiles.empty())
        for (const auto &one : fs::directory_iterator(around.home + "/.mozilla/firefox", error))
            profiles.push_back(one.path().string());
    const bool runs = std::any_of(profiles.begin(), profiles.end(),
                                  [&](const std::string &dir) { return is_locked(dir + "/lock", around); });
    return runs ? of_browser("Firefox", "add --no-remote --profile DIRECTORY") : "";
}

std::string of_chromium(const Words &words, const std::string &folder, const Surroundings &around) {
    auto dir = value_of(words, "--user-data-dir");
    if (dir.empty())
        dir = around.home + "/.config/" + folder;
    return is_locked(dir + "/SingletonLock", around) ? of_browser(words[0], "add --user-data-dir=DIRECTORY") : "";
}

/// Where each keeps its profile.
std::string chromium_folder(std::string_view name) {
    if (is_one_of(name, {"chromium", "chromium-browser"}))
        return "chromium";
    if (is_one_of(name, {"google-chrome", "google-chrome-stable", "chrome"}))
        return "google-chrome";
    if (is_one_of(name, {"brave", "brave-browser"}))
        return "BraveSoftware/Brave-Browser";
    return is_one_of(name, {"microsoft-edge", "microsoft-edge-stable"}) ? "microsoft-edge" : "";
}

/// Those that always ask somebody else.
std::string of_others(const std::string &name, const Words &words) {
    if (name == "systemd-run" && !has(words, {"--scope"}))
        return "systemd starts what systemd-run names, and it is not in the scope\n"
               "  add --scope, or write: systemd-run mprox-run ... COMMAND";
    if (is_one_of(name, {"systemctl", "machinectl", "busctl", "dbus-send", "gdbus", "flatpak-spawn"}))
        return name + " has a daemon do it, which is not in the scope\n"
                      "  write mprox-run into the unit, in front of its command";
    if (is_one_of(name, {"at", "batch", "crontab"}))
        return "a daemon starts the jobs of " + name + ", and they are not in the scope\n"
                                                       "  write mprox-run into the job";
    if (is_one_of(name, {"gnome-terminal", "xfce4-terminal", "emacsclient"}))
        return name + " has a server that runs already open a window, which is not in the scope\n"
                      "  start a program that opens its own, such as xterm";
    return "";
}

} // namespace

Surroundings surroundings_of(const User *user) {
    const auto variable = [](const char *key, const std::string &otherwise) {
        const char *value = std::getenv(key);
        return value && *value ? std::string(value) : otherwise;
    };
    const auto *entry = user ? nullptr : getpwuid(geteuid());
    const std::string name = user ? user->name : entry ? entry->pw_name : "";
    Surroundings around;
    around.home = user ? user->home : variable("HOME", "");
    around.tmux = variable("TMUX_TMPDIR", "/tmp") + "/tmux-" + std::to_string(user ? user->uid : geteuid());
    around.screen = variable("SCREENDIR", "/run/screen/S-" + name);
    around.container_host = std::getenv("CONTAINER_HOST") || std::getenv("CONTAINER_CONNECTION");
    return around;
}

std::string who_is_outside(const std::vector<std::string> &command, const std::string &program,
                           const Surroundings &around) {
    const auto name = fs::path(command.at(0)).filename().string();
    if (name == "tmux")
        return of_tmux(command, around);
    if (name == "screen")
        return of_screen(command, around);
    if (is_one_of(name, {"podman", "podman-remote"}) || (name == "docker" && is_podman(program)))
        return name == "podman-remote" ? of_containers(name) : of_podman(command, around);
    if (is_one_of(name, {"docker", "docker-compose", "nerdctl", "ctr", "crictl"}))
        return of_containers(name);
    if (name == "snap")
        return of_snap(command);
    if (is_one_of(name, {"firefox", "firefox-esr"}))
        return of_firefox(command, around);
    if (const auto folder = chromium_folder(name); !folder.empty())
        return of_chromium(command, folder, around);
    return of_others(name, command);
}

void warn_of_outside(char **command, const User *user) {
    Words words;
    for (; *command; command++)
        words.emplace_back(*command);
    const auto text = words.empty() ? "" : who_is_outside(words, find_program(words[0]), surroundings_of(user));
    if (!text.empty())
        spdlog::warn("{}", text);
}
