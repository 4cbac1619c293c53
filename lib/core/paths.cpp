// SPDX-License-Identifier: GPL-2.0-or-later
#include "paths.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#ifndef MPROX_SYSCONFDIR
#define MPROX_SYSCONFDIR "/etc"
#endif

namespace mprox {
namespace fs = std::filesystem;

std::vector<std::string> profile_folders() {
    std::vector<std::string> folders;
    if (const char *xdg = secure_getenv("XDG_CONFIG_HOME"); xdg && *xdg)
        folders.push_back(std::string(xdg) + "/mprox");
    else if (const char *home = secure_getenv("HOME"); home && *home)
        folders.push_back(std::string(home) + "/.config/mprox");
    folders.emplace_back(MPROX_SYSCONFDIR "/mprox/profiles");
    return folders;
}

Result<std::string> find_profile(const std::string &name) {
    std::error_code ignored;
    if (name.find('/') != std::string::npos || name.ends_with(".toml")) {
        if (fs::exists(name, ignored))
            return name;
        return Error{"there is no profile file '" + name + "'", ""};
    }
    std::string tried;
    for (const auto &folder : profile_folders()) {
        const auto path = folder + "/" + name + ".toml";
        if (fs::exists(path, ignored))
            return path;
        tried += (tried.empty() ? "" : ", ") + path;
    }
    return Error{"there is no profile '" + name + "'", "looked for " + tried};
}

std::optional<std::string> default_config() {
    std::error_code ignored;
    const std::string path = MPROX_SYSCONFDIR "/mprox/mprox.toml";
    return fs::exists(path, ignored) ? std::optional(path) : std::nullopt;
}

Result<std::optional<Profile>> profile_of_program(const std::string &program) {
    for (const auto &folder : profile_folders()) {
        std::error_code error;
        std::vector<fs::path> files;
        for (const auto &entry : fs::directory_iterator(folder, error))
            if (entry.path().extension() == ".toml")
                files.push_back(entry.path());
        std::sort(files.begin(), files.end());
        for (const auto &file : files) {
            auto profile = load_profile(file.string());
            if (!profile) {
                // Another program's broken profile is not our concern.
                if (file.stem() == program)
                    return profile.error();
                continue;
            }
            const auto &match = profile->match;
            if (file.stem() == program || std::find(match.begin(), match.end(), program) != match.end())
                return std::optional(std::move(*profile));
        }
    }
    return std::optional<Profile>();
}

Result<std::optional<ProxyUrl>> proxy_of_environment() {
    for (const char *name : {"ALL_PROXY", "all_proxy"}) {
        const char *value = secure_getenv(name);
        if (!value || !*value)
            continue;
        auto url = parse_proxy_url(value);
        if (!url)
            return url.error().in(std::string("environment variable ") + name);
        return std::optional(std::move(*url));
    }
    return std::optional<ProxyUrl>();
}

} // namespace mprox
