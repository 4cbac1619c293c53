// SPDX-License-Identifier: GPL-2.0-or-later
#include "end.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <poll.h>
#include <string>
#include <sys/signalfd.h>

using mprox::Error;
using mprox::Result;

Result<unsigned> members_of(int context_fd) {
    std::ifstream info("/proc/self/fdinfo/" + std::to_string(context_fd));
    const auto who = "descriptor " + std::to_string(context_fd);
    std::string key;
    std::string value;
    while (info >> key && std::getline(info >> std::ws, value)) {
        if (key == "scope:" && value == "global")
            return Error{who + " is of a global scope, which has no members", "use --exit-on-close"};
        if (key == "members:")
            return static_cast<unsigned>(std::stoul(value));
    }
    return Error{who + " is no proxy context that tells its members", "is the module of another version?"};
}

Result<End> End::make(const Options &options) {
    End end;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    end.signals_ = mprox::Fd(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
    if (!end.signals_)
        return Error{std::string("cannot watch signals: ") + std::strerror(errno), ""};
    end.lifeline_ = mprox::Fd(options.exit_on_close);
    end.context_ = options.context_fd;
    if (end.context_ >= 0)
        if (auto members = members_of(end.context_); !members)
            return members.error().in("--context-fd");
    return end;
}

void End::watch(std::vector<curl_waitfd> &fds) {
    first_ = fds.size();
    fds.push_back({signals_.get(), CURL_WAIT_POLLIN, 0});
    if (lifeline_)
        fds.push_back({lifeline_.get(), CURL_WAIT_POLLIN, 0});
}

bool End::reached(const std::vector<curl_waitfd> &fds) const {
    if (fds[first_].revents)
        return true;
    if (lifeline_) {
        // The end of a pipe is told as an event that libcurl does not hand on.
        pollfd end = {lifeline_.get(), POLLIN, 0};
        if (poll(&end, 1, 0) > 0)
            return true;
    }
    if (context_ < 0)
        return false;
    const auto members = members_of(context_);
    return !members || *members <= 1;
}
