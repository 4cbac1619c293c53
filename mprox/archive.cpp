// SPDX-License-Identifier: GPL-2.0-or-later
#include "archive.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <grp.h>
#include <openssl/evp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "json_reader.hpp"
#include "output.hpp"
#include "profile.hpp"
#include "write_file.hpp"

namespace fs = std::filesystem;
using mprox::Error;
using mprox::Folders;
using mprox::Result;
using mprox::Status;

namespace {

constexpr const char *kKind = "mprox configuration";
constexpr int kVersion = 1; // of the archive's own form
constexpr const char *kForm = "name a file that 'mprox config backup' has written";
constexpr mode_t kModes = 0777; // nothing here is setuid

bool is_utf8(const std::string &text) {
    try {
        return !Json(text).dump().empty();
    } catch (const Json::exception &) {
        return false;
    }
}

std::string base64(const std::string &text) {
    std::string out(4 * ((text.size() + 2) / 3) + 1, '\0');
    out.resize(static_cast<std::size_t>(EVP_EncodeBlock(reinterpret_cast<unsigned char *>(out.data()),
                                                        reinterpret_cast<const unsigned char *>(text.data()),
                                                        static_cast<int>(text.size()))));
    return out;
}

bool from_base64(const std::string &text, std::string &out) {
    out.assign(3 * (text.size() / 4) + 3, '\0');
    const int len = EVP_DecodeBlock(reinterpret_cast<unsigned char *>(out.data()),
                                    reinterpret_cast<const unsigned char *>(text.data()), static_cast<int>(text.size()));
    if (len < 0 || text.size() % 4)
        return false;
    const auto padding = static_cast<std::size_t>(text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0);
    out.resize(static_cast<std::size_t>(len) - padding);
    return true;
}

/// A relative path that stays below its folder.
bool is_name(const std::string &name) {
    const fs::path path(name);
    return !name.empty() && path.is_relative() && name.find('\0') == std::string::npos &&
           std::none_of(path.begin(), path.end(), [](const fs::path &part) { return part == ".." || part == "." || part.empty(); });
}

Status collect_file(const fs::path &path, Kept kept, Archive &archive) {
    struct stat status = {};
    auto text = mprox::read_file(path.string());
    if (!text || stat(path.c_str(), &status) != 0)
        return text ? Error{"cannot look at " + path.string() + ": " + std::strerror(errno), ""}
                    : Error{text.error().what, "run mprox as root, or with --user for your own files alone"};
    const auto *owner = getpwuid(status.st_uid);
    const auto *group = getgrgid(status.st_gid);
    kept.mode = status.st_mode & kModes;
    kept.owner = owner && !kept.of_user ? owner->pw_name : "";
    kept.group = group && !kept.of_user ? group->gr_name : "";
    kept.text = std::move(*text);
    archive.files.push_back(std::move(kept));
    return mprox::ok();
}

Status collect_folder(const std::string &folder, bool of_user, Archive &archive) {
    std::error_code error;
    if (folder.empty() || !fs::exists(folder, error))
        return mprox::ok();
    std::vector<fs::path> paths;
    for (auto it = fs::recursive_directory_iterator(folder, error); !error && it != fs::recursive_directory_iterator();
         it.increment(error))
        if (it->is_regular_file(error)) // a link to one, too
            paths.push_back(it->path());
    if (error)
        return Error{"cannot read the folder " + folder + ": " + error.message(), ""};
    std::sort(paths.begin(), paths.end());
    for (const auto &path : paths)
        if (auto status = collect_file(path, {.of_user = of_user, .name = path.lexically_relative(folder).string()}, archive);
            !status)
            return status;
    return mprox::ok();
}

Json json_of(const Kept &kept) {
    char mode[8];
    std::snprintf(mode, sizeof(mode), "%04o", kept.mode);
    Json one = {{"of", kept.of_user ? "user" : "system"}, {"name", kept.name}, {"mode", mode}};
    if (!kept.owner.empty())
        one["owner"] = kept.owner;
    if (!kept.group.empty())
        one["group"] = kept.group;
    const bool plain = is_utf8(kept.text);
    one[plain ? "text" : "base64"] = plain ? kept.text : base64(kept.text);
    return one;
}

/// A string of the object; an error if it is something else, or is missing.
Result<std::string> string_of(const Json &one, const char *key, bool needed = true) {
    const auto found = one.find(key);
    if (found == one.end() && !needed)
        return std::string();
    if (found == one.end() || !found->is_string())
        return Error{std::string("'") + key + "' of a file is no string", kForm};
    return found->get<std::string>();
}

Status take_text(const Json &one, Kept &kept) {
    if (one.contains("text") == one.contains("base64"))
        return Error{kept.name + " has neither text nor base64, or both", kForm};
    const auto text = string_of(one, one.contains("text") ? "text" : "base64");
    if (!text)
        return text.error();
    if (one.contains("text"))
        kept.text = *text;
    else if (!from_base64(*text, kept.text))
        return Error{kept.name + ": base64 has something else in it", kForm};
    return mprox::ok();
}

Result<Kept> parse_file(const Json &one) {
    Kept kept;
    if (!one.is_object())
        return Error{"a file is no object", kForm};
    std::string of;
    std::string mode;
    struct Wanted {
        const char *key;
        std::string *to;
        bool needed;
    };
    for (const auto &[key, to, needed] : {Wanted{"of", &of, true}, Wanted{"name", &kept.name, true}, Wanted{"mode", &mode, true},
                                          Wanted{"owner", &kept.owner, false}, Wanted{"group", &kept.group, false}}) {
        auto value = string_of(one, key, needed);
        if (!value)
            return value.error();
        *to = std::move(*value);
    }
    if (of != "system" && of != "user")
        return Error{"'" + of + "' is neither system nor user", kForm};
    if (!is_name(kept.name))
        return Error{"'" + kept.name + "' is no name of a file below a folder", kForm};
    unsigned bits = 0;
    const auto read = std::from_chars(mode.data(), mode.data() + mode.size(), bits, 8);
    if (read.ec != std::errc() || read.ptr != mode.data() + mode.size() || bits & ~kModes)
        return Error{kept.name + ": '" + mode + "' is no mode", "write it as 0600"};
    kept.of_user = of == "user";
    kept.mode = bits;
    if (auto status = take_text(one, kept); !status)
        return status.error();
    return kept;
}

/// Does mprox-run read it by itself?
bool is_profile(const Kept &kept) {
    const auto folder = fs::path(kept.name).parent_path();
    return kept.name.ends_with(".toml") &&
           (kept.name == "mprox.toml" || folder == "conf.d" || folder == "profiles" || (kept.of_user && folder.empty()));
}

/// Whose it was, if root puts it back and there is such a user.
Owner owner_of(const Kept &kept) {
    Owner owner;
    if (geteuid() != 0 || kept.of_user)
        return owner;
    if (const auto *entry = getpwnam(kept.owner.c_str()))
        owner.uid = entry->pw_uid;
    if (const auto *entry = getgrnam(kept.group.c_str()))
        owner.gid = entry->gr_gid;
    return owner;
}

/// Root would follow another user's links, and leave him files that are root's.
bool is_of_another(const std::string &folder) {
    struct stat status = {};
    auto path = fs::path(folder);
    while (stat(path.c_str(), &status) != 0 && path.has_relative_path())
        path = path.parent_path();
    return geteuid() == 0 && status.st_uid != 0;
}

bool is_in_place(const Kept &kept, const std::string &path) {
    struct stat status = {};
    const auto text = mprox::read_file(path);
    return text && *text == kept.text && stat(path.c_str(), &status) == 0 && (status.st_mode & kModes) == kept.mode;
}

} // namespace

std::string Kept::path(const Folders &folders) const { return (of_user ? folders.user : folders.system) + "/" + name; }

Result<Archive> collect(const Folders &folders) {
    Archive archive;
    auto status = collect_folder(folders.system, false, archive);
    if (status)
        status = collect_folder(folders.user, true, archive);
    if (!status)
        return status.error();
    return archive;
}

std::string to_text(const Archive &archive) {
    Json all = {{"kind", kKind}, {"version", kVersion}, {"mprox", MPROX_VERSION}, {"files", Json::array()}};
    for (const auto &kept : archive.files)
        all["files"].push_back(json_of(kept));
    return all.dump(2) + "\n";
}

Result<Archive> parse_archive(const std::string &path, const std::string &text) {
    const auto all = Json::parse(text, nullptr, false);
    if (!all.is_object() || all.value("kind", Json()) != kKind)
        return Error{path + " is no backup of a configuration", kForm};
    if (all.value("version", Json()) != kVersion)
        return Error{path + " is a backup of a newer version of mprox", "restore it with that"};
    const auto files = all.find("files");
    if (files == all.end() || !files->is_array())
        return Error{path + " has no list of files", kForm};
    Archive archive;
    for (const auto &one : *files) {
        auto kept = parse_file(one);
        if (!kept)
            return kept.error().in(path);
        archive.files.push_back(std::move(*kept));
    }
    return archive;
}

Status check_user(const Archive &archive, const Folders &folders) {
    if (std::none_of(archive.files.begin(), archive.files.end(), [](const Kept &kept) { return kept.of_user; }))
        return mprox::ok();
    if (folders.user.empty())
        return Error{"the backup has files of a user, who has no folder here", "set HOME or XDG_CONFIG_HOME"};
    if (is_of_another(folders.user))
        return Error{folders.user + " is another user's, and the backup has files for it", "restore it as that user"};
    return mprox::ok();
}

std::vector<Error> check(const Archive &archive, const Folders &folders) {
    std::vector<Error> errors;
    mprox::Files files;
    for (const auto &kept : archive.files)
        files[kept.path(folders)] = kept.text;
    for (const auto &kept : archive.files) {
        if (!is_profile(kept))
            continue;
        if (const auto profile = mprox::parse_profile(kept.path(folders), kept.text, files); !profile)
            errors.push_back(profile.error());
    }
    return errors;
}

Status put_back(const Archive &archive, const Folders &folders, std::vector<std::string> &done) {
    for (const auto &kept : archive.files) {
        const auto path = kept.path(folders);
        if (is_in_place(kept, path))
            continue;
        if (auto status = replace_file(path, kept.text, kept.mode, owner_of(kept)); !status)
            return status;
        done.push_back(path);
    }
    return mprox::ok();
}

std::vector<std::string> not_in(const Archive &archive, const Archive &present, const Folders &folders) {
    std::vector<std::string> paths;
    for (const auto &one : present.files)
        if (std::none_of(archive.files.begin(), archive.files.end(),
                         [&](const Kept &kept) { return kept.of_user == one.of_user && kept.name == one.name; }))
            paths.push_back(one.path(folders));
    return paths;
}
