// SPDX-License-Identifier: GPL-2.0-or-later
#include "toml_reader.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "secret.hpp"
#include "similar.hpp"

namespace mprox {

void read_table(Reader &reader, const toml::table &table, const Handlers &handlers) {
    for (const auto &[key, node] : table) {
        const auto handler = handlers.find(std::string_view(key.str()));
        if (handler != handlers.end()) {
            handler->second(node, key.str());
            continue;
        }
        std::vector<std::string> known;
        for (const auto &[name, ignored] : handlers)
            known.push_back(name);
        reader.fail(node, key.str(), "no such key", did_you_mean(key.str(), known));
    }
}

namespace {

constexpr std::string_view kCredential = "cred:"; // as systemd's LoadCredential= names it

/// Where a secret is: beside the TOML file, unless the path is absolute; or among the
/// credentials that systemd gave to this service.
Result<std::string> secret_path(const std::string &name, const std::string &toml) {
    if (!name.starts_with(kCredential))
        return (std::filesystem::path(toml).parent_path() / name).string();
    const auto credential = name.substr(kCredential.size());
    const char *folder = secure_getenv("CREDENTIALS_DIRECTORY");
    if (credential.empty() || credential.find('/') != std::string::npos)
        return Error{"'" + name + "' is no credential's name", "write it as \"cred:NAME\""};
    if (!folder || !*folder)
        return Error{"there is no credential '" + credential + "': $CREDENTIALS_DIRECTORY is not set",
                     "LoadCredential=" + credential + ":FILE of a systemd unit sets it"};
    return std::string(folder) + "/" + credential;
}

/// @p content: what the file is to hold; nullptr: what is on the disk.
Result<std::string> first_line(const std::string &path, const std::string *content) {
    std::string line;
    if (content) {
        line = content->substr(0, content->find('\n'));
        return content->empty() ? Result<std::string>(Error{"'" + path + "' is empty", "its first line is taken"}) : line;
    }
    errno = 0;
    std::ifstream file(path);
    if (!file.is_open())
        return Error{"cannot read '" + path + "': " + std::strerror(errno), ""};
    if (!std::getline(file, line))
        return Error{"'" + path + "' " + (file.bad() ? "cannot be read" : "is empty"), "its first line is taken"};
    return line;
}

} // namespace

std::optional<std::string> read_secret(Reader &reader, const toml::node &node, std::string_view key) {
    const auto name = reader.string(node, key);
    if (name && name->starts_with(kCredential) && reader.is_ahead())
        return *name; // a unit has it, and this is none
    const auto path = name ? reader.take(node, key, secret_path(*name, reader.path())) : std::nullopt;
    if (!path)
        return {};
    const auto *content = reader.file(*path);
    if (!content && is_readable_by_others(*path))
        reader.note(*path + ": everybody on this machine can read this password; chmod o-r would end that");
    return reader.take(node, key, first_line(*path, content));
}

} // namespace mprox
