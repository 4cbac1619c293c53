// SPDX-License-Identifier: GPL-2.0-or-later
#include "write_file.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.hpp"

namespace fs = std::filesystem;
using mprox::Error;
using mprox::Fd;
using mprox::Status;

namespace {

Error cannot_write(const std::string &path) {
    return {"cannot write " + path + ": " + std::strerror(errno),
            errno == EEXIST                    ? "name another file"
            : errno == EACCES || errno == EPERM ? "it is not yours to write; run mprox as who may"
                                                : ""};
}

bool write_all(int fd, const std::string &text) {
    for (std::size_t at = 0; at < text.size();) {
        const ssize_t len = write(fd, text.data() + at, text.size() - at);
        if (len < 0)
            return false;
        at += static_cast<std::size_t>(len);
    }
    return true;
}

/// Where the words go in the end.
std::string target_of(const std::string &path) {
    std::error_code error;
    const auto target = fs::is_symlink(path, error) ? fs::canonical(path, error) : fs::path(path);
    return error ? path : target.string();
}

} // namespace

Status replace_file(const std::string &path, const std::string &text, mode_t mode, Owner owner) {
    const auto target = target_of(path);
    const auto folder = fs::path(target).parent_path();
    std::error_code error;
    if (!folder.empty() && !fs::is_directory(folder, error))
        if (!fs::create_directories(folder, error) && error)
            return Error{"cannot make the folder " + folder.string() + ": " + error.message(), ""};
    auto name = target + ".XXXXXX";
    const Fd fd(mkostemp(name.data(), O_CLOEXEC));
    if (!fd)
        return cannot_write(target);
    // Its mode comes last: whose it is takes bits away.
    const bool owned = (owner.uid == static_cast<uid_t>(-1) && owner.gid == static_cast<gid_t>(-1)) ||
                       fchown(fd.get(), owner.uid, owner.gid) == 0;
    if (!owned || !write_all(fd.get(), text) || fchmod(fd.get(), mode) != 0 || fsync(fd.get()) != 0 ||
        rename(name.c_str(), target.c_str()) != 0) {
        auto why = cannot_write(target);
        unlink(name.c_str());
        return why;
    }
    return mprox::ok();
}

Status create_file(const std::string &path, const std::string &text, mode_t mode) {
    const Fd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (!fd)
        return cannot_write(path);
    if (!write_all(fd.get(), text) || fsync(fd.get()) != 0) {
        auto why = cannot_write(path);
        unlink(path.c_str());
        return why;
    }
    return mprox::ok();
}
