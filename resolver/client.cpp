// SPDX-License-Identifier: GPL-2.0-or-later
#include "client.hpp"

#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace {

/// Of one client. The kernel module has one connection for all of a scope.
constexpr std::size_t kMaxWaiting = 256;
constexpr std::size_t kMaxOutput = 128 * 1024;
/// No question is as long as that.
constexpr std::size_t kMaxQuery = 4096;

} // namespace

Client::Client(mprox::Fd fd) : fd_(std::move(fd)), inbox_(kMaxQuery) {
    const int on = 1;
    setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

bool Client::has_room() const {
    return !broken_ && waiting_ < kMaxWaiting && output_.size() - sent_ < kMaxOutput;
}

void Client::receive() {
    std::array<std::uint8_t, kMaxQuery> buffer;
    const auto size = recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (size > 0)
        inbox_.append(buffer.data(), static_cast<std::size_t>(size));
    else if (size == 0)
        ended_ = true; // it may still read what it has asked for
    else if (errno != EAGAIN && errno != EINTR)
        broken_ = true;
    used_at_ = Clock::now();
}

std::optional<dns::Octets> Client::next() {
    auto message = inbox_.next();
    if (inbox_.broken() || (message && !dns::is_query(*message)))
        broken_ = true;
    if (broken_ || !message)
        return {};
    waiting_++;
    return message;
}

void Client::answer(const dns::Octets &message) {
    waiting_--;
    dns::append_frame(output_, message);
}

void Client::flush() {
    while (has_output()) {
        const auto size = send(fd_.get(), output_.data() + sent_, output_.size() - sent_, MSG_NOSIGNAL);
        if (size < 0) {
            broken_ |= errno != EAGAIN && errno != EINTR;
            return;
        }
        sent_ += static_cast<std::size_t>(size);
        used_at_ = Clock::now();
    }
    output_.clear();
    sent_ = 0;
}
