// SPDX-License-Identifier: GPL-2.0-or-later
#include "log_lines.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

using mprox::Error;
using mprox::Result;

namespace {

constexpr std::size_t kRoom = 65536; // octets that are read at once

gzFile gz(void *file) { return static_cast<gzFile>(file); }

Error cannot(const std::string &what, const std::string &name) {
    return {what + " '" + name + "': " + std::strerror(errno), "name a file that mprox-run --log has written, or - for the standard input"};
}

} // namespace

void Lines::Close::operator()(void *file) const { gzclose(gz(file)); }

Result<Lines> Lines::open(const std::string &file) {
    const int fd = file == "-" ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return cannot("cannot open", file);
    // What has no head of gzip's it reads as it is.
    void *opened = gzdopen(fd, "rb");
    if (!opened) {
        close(fd);
        return cannot("cannot read", file);
    }
    return Lines(opened, file);
}

Result<bool> Lines::fill() {
    octets_.erase(0, std::exchange(at_, 0));
    const auto had = octets_.size();
    octets_.resize(had + kRoom);
    const int got = gzread(gz(file_.get()), octets_.data() + had, kRoom);
    octets_.resize(had + static_cast<std::size_t>(std::max(got, 0)));
    int code = Z_OK;
    const std::string why = gzerror(gz(file_.get()), &code);
    if (got < 0 && code == Z_ERRNO)
        return cannot("cannot read", name_);
    if (got < 0 || code == Z_BUF_ERROR)
        return Error{"cannot read '" + name_ + "' further: " + (code == Z_BUF_ERROR ? "it ends too early" : why),
                     "gzip --test says whether it is damaged"};
    return got > 0;
}

Result<bool> Lines::next(std::string &line) {
    line.clear();
    bool is_any = false;
    while (true) {
        if (at_ == octets_.size()) {
            const auto filled = fill();
            if (!filled)
                return filled.error();
            if (!*filled)
                return is_any;
        }
        is_any = true;
        const auto end = octets_.find('\n', at_);
        const auto part = std::string_view(octets_).substr(at_, end == std::string::npos ? end : end - at_);
        line += part.substr(0, kMost - line.size());
        at_ += part.size();
        if (end == std::string::npos)
            continue;
        at_++;
        return true;
    }
}
