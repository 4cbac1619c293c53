// SPDX-License-Identifier: GPL-2.0-or-later
#include "config_file.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "proxychains.hpp"

namespace mprox {
namespace {

/// Words and what is said of each; of a word that is there twice, the first.
using Settings = std::map<std::string, std::string>;

/// "Key value", "key = value;", "section {": all that these files are made of.
Settings read_settings(const std::string &path) {
    Settings settings;
    std::ifstream stream(path);
    for (std::string line; std::getline(stream, line);) {
        std::replace_if(line.begin(), line.end(), [](char c) { return c == '=' || c == ';' || c == '"'; }, ' ');
        std::istringstream words(line);
        std::string key;
        std::string value;
        if (!(words >> key) || key[0] == '#' || key.starts_with("//"))
            continue;
        words >> value;
        std::transform(key.begin(), key.end(), key.begin(), [](unsigned char c) { return std::tolower(c); });
        settings.emplace(key, value);
    }
    return settings;
}

std::string get(const Settings &settings, const std::string &key, const std::string &otherwise) {
    const auto found = settings.find(key);
    return found == settings.end() || found->second.empty() ? otherwise : found->second;
}

/// The proxy of the file as the command line has it. No login: that is a secret.
Error use_instead(const std::string &path, const std::string &program, const std::string &url, bool has_login) {
    return {path + " is a configuration of " + program + ", which is not read here",
            "its proxy is named as -x " + url + (has_login ? ", and its login by -u USER:PASSWORD" : "") +
                "; in a profile as proxy = \"" + url + "\""};
}

Error explain_torsocks(const std::string &path, const Settings &settings) {
    return use_instead(path, "torsocks",
                       "socks5://" + get(settings, "toraddress", "127.0.0.1") + ":" + get(settings, "torport", "9050"),
                       settings.contains("socks5username"));
}

Error explain_tsocks(const std::string &path, const Settings &settings) {
    const auto version = get(settings, "server_type", "4"); // tsocks' own default
    auto error = use_instead(path, "tsocks",
                             "socks" + version + "://" + get(settings, "server", "HOST") + ":" +
                                 get(settings, "server_port", "1080"),
                             settings.contains("default_user"));
    if (settings.contains("local"))
        error.advice += "; its networks \"local\" by --bypass, as in --bypass 10.0.0.0/8";
    return error;
}

Error explain_redsocks(const std::string &path, const Settings &settings) {
    const auto type = get(settings, "type", "socks5");
    if (type == "http-relay")
        return {path + " is a configuration of redsocks, which is not read here",
                "its proxy is of the type http-relay, which forwards requests; one that takes CONNECT is needed: "
                "-x http://HOST:PORT"};
    return use_instead(path, "redsocks",
                       (type == "http-connect" ? "http" : type) + "://" + get(settings, "ip", "HOST") + ":" +
                           get(settings, "port", "PORT"),
                       settings.contains("login"));
}

struct Foreign {
    const char *name;                         ///< of the file
    std::array<const char *, 2> words;        ///< both are there, and nowhere else
    Error (*explain)(const std::string &path, const Settings &settings);
};

constexpr std::array kForeign = {
    Foreign{"torsocks.conf", {"toraddress", "torport"}, explain_torsocks},
    Foreign{"tsocks.conf", {"server", "server_type"}, explain_tsocks},
    Foreign{"redsocks.conf", {"redsocks", "local_port"}, explain_redsocks},
};

} // namespace

std::optional<Error> explain_foreign(const std::string &path) {
    const auto name = path.substr(path.rfind('/') + 1);
    const auto settings = read_settings(path);
    for (const auto &foreign : kForeign)
        if (name == foreign.name ||
            (settings.contains(foreign.words[0]) && settings.contains(foreign.words[1])))
            return foreign.explain(path, settings);
    return std::nullopt;
}

Result<Profile> load_config(const std::string &path) {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored))
        return Error{path + " is a directory", "name a file in it"};
    if (std::filesystem::is_fifo(path, ignored))
        return load_profile(path); // it can be read once, and so is a profile
    if (is_proxychains(path))
        return load_proxychains(path);
    if (!path.ends_with(".toml") && std::filesystem::exists(path, ignored))
        if (auto error = explain_foreign(path))
            return *error;
    return load_profile(path);
}

} // namespace mprox
