// SPDX-License-Identifier: GPL-2.0-or-later
#include "paths.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "similar.hpp"

#ifndef MPROX_SYSCONFDIR
#define MPROX_SYSCONFDIR "/etc"
#endif

namespace mprox {
namespace fs = std::filesystem;
namespace {

constexpr const char *kSystem = MPROX_SYSCONFDIR "/mprox";

/// The user's own folder; empty: he has none.
std::string user_folder() {
    if (const char *xdg = secure_getenv("XDG_CONFIG_HOME"); xdg && *xdg)
        return std::string(xdg) + "/mprox";
    if (const char *home = secure_getenv("HOME"); home && *home)
        return std::string(home) + "/.config/mprox";
    return "";
}

/// The TOML files of a folder by name; none if it is not there.
std::vector<std::string> files_in(const std::string &folder) {
    std::error_code error;
    std::vector<std::string> files;
    for (const auto &entry : fs::directory_iterator(folder, error))
        if (entry.path().extension() == ".toml")
            files.push_back(entry.path().string());
    std::sort(files.begin(), files.end());
    return files;
}

std::vector<std::string> profiles_in(const std::string &folder) {
    auto files = files_in(folder);
    // The user's configuration lies beside his profiles.
    std::erase(files, user_folder() + "/mprox.toml");
    return files;
}

std::string stem(const std::string &file) { return fs::path(file).stem().string(); }

/// Does a file that cannot be read as a profile speak of the program?
bool speaks_of(const std::string &file, const std::string &program) {
    std::stringstream text;
    text << std::ifstream(file).rdbuf();
    return stem(file) == program || text.str().find('"' + program + '"') != std::string::npos;
}

Result<std::string> find_file(const std::string &name) {
    std::error_code ignored;
    // Who takes -p for -x writes a password here.
    if (name.find("://") != std::string::npos)
        return Error{"a profile has a name or is a file, and no URL", "name a proxy by -x"};
    if (fs::is_directory(name, ignored))
        return Error{name + " is a directory", "name a file in it"};
    if (fs::exists(name, ignored))
        return name;
    return Error{"there is no profile file '" + name + "'", ""};
}

} // namespace

std::vector<std::string> profile_folders() {
    std::vector<std::string> folders;
    if (const auto user = user_folder(); !user.empty())
        folders = {user + "/profiles", user};
    folders.push_back(std::string(kSystem) + "/profiles");
    return folders;
}

Result<std::string> find_profile(const std::string &name) {
    std::error_code ignored;
    if (name.find('/') != std::string::npos || name.ends_with(".toml"))
        return find_file(name);
    std::string tried;
    std::vector<std::string> known;
    for (const auto &folder : profile_folders()) {
        const auto path = folder + "/" + name + ".toml";
        if (fs::exists(path, ignored))
            return path;
        tried += (tried.empty() ? "" : ", ") + path;
        for (const auto &file : profiles_in(folder))
            known.push_back(stem(file));
    }
    return Error{"there is no profile '" + name + "'", did_you_mean(name, known, "looked for " + tried)};
}

std::vector<std::string> default_configs() {
    std::error_code ignored;
    std::vector<std::string> folders = {kSystem};
    if (const auto user = user_folder(); !user.empty())
        folders.push_back(user);
    std::vector<std::string> files;
    for (const auto &folder : folders)
        if (const auto path = folder + "/mprox.toml"; fs::exists(path, ignored))
            files.push_back(path);
    for (const auto &folder : folders)
        for (const auto &path : files_in(folder + "/conf.d"))
            files.push_back(path);
    return files;
}

std::vector<std::string> all_configs() {
    auto files = default_configs();
    for (const auto &folder : profile_folders())
        for (const auto &file : profiles_in(folder))
            files.push_back(file);
    return files;
}

Folders config_folders() { return {kSystem, user_folder()}; }

Result<Found> profile_of_program(const std::string &program) {
    Found found;
    for (const auto &folder : profile_folders())
        for (const auto &file : profiles_in(folder)) {
            auto profile = load_profile(file);
            if (!profile && speaks_of(file, program))
                return profile.error();
            if (!profile) {
                found.notes.push_back(profile.error().what + ": so this profile is nobody's");
                continue;
            }
            const auto &match = profile->match;
            if (stem(file) != program && std::find(match.begin(), match.end(), program) == match.end())
                continue;
            found.path = file;
            found.profile = std::move(*profile);
            return found;
        }
    return found;
}

} // namespace mprox
