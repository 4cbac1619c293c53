// SPDX-License-Identifier: GPL-2.0-or-later
#include "tls_upstream.hpp"

#include <algorithm>
#include <array>
#include <spdlog/spdlog.h>

namespace {

constexpr std::size_t kMaxAnswer = 65535;
constexpr std::size_t kReadSize = 16384; // a TLS record

} // namespace

TlsUpstream::TlsUpstream(const mprox::DnsUrl &url, const std::string &ca)
    : Upstream(url, ca), multi_(curl_multi_init()), inbox_(kMaxAnswer) {}

/// Counts up, so that an answer that comes too late finds nobody.
std::uint16_t TlsUpstream::new_id() {
    do
        last_id_++;
    while (pending_.count(last_id_));
    return last_id_;
}

void TlsUpstream::take(Question question) {
    const auto id = new_id();
    dns::set_id(question.query, id);
    if (is_open())
        dns::append_frame(waiting_, question.query);
    pending_.emplace(id, std::move(question));
    if (!connection_)
        connect();
    if (is_open() && !flush())
        lost();
}

void TlsUpstream::connect() {
    connection_ = std::make_unique<Transfer>(multi_.get(), url_, ca_);
    connection_->set(CURLOPT_CONNECT_ONLY, 1L);
    connection_->set(CURLOPT_SSL_ENABLE_ALPN, 0L); // it would say "http/1.1"
    if (connection_->start())
        return;
    trouble("cannot make a connection");
    close();
    fail_all();
}

void TlsUpstream::connected(CURLcode code) {
    if (code == CURLE_OK)
        code = curl_easy_getinfo(connection_->get(), CURLINFO_ACTIVESOCKET, &socket_);
    if (code != CURLE_OK || !is_open()) {
        trouble(connection_->reason(code));
        close();
        fail_all();
        return;
    }
    spdlog::info("connected to {}", url_.text());
    for (const auto &[id, question] : pending_)
        dns::append_frame(waiting_, question.query);
    if (!flush())
        lost();
}

bool TlsUpstream::flush() {
    while (sent_ < sending_.size() || !waiting_.empty()) {
        if (sent_ == sending_.size()) {
            sending_.clear();
            sent_ = 0;
            sending_.swap(waiting_);
        }
        std::size_t done = 0;
        const auto code =
            curl_easy_send(connection_->get(), sending_.data() + sent_, sending_.size() - sent_, &done);
        if (code == CURLE_AGAIN)
            return true;
        if (code != CURLE_OK)
            return false;
        sent_ += done;
    }
    return true;
}

bool TlsUpstream::receive() {
    std::array<std::uint8_t, kReadSize> buffer;
    while (true) {
        std::size_t size = 0;
        const auto code = curl_easy_recv(connection_->get(), buffer.data(), buffer.size(), &size);
        if (code == CURLE_AGAIN)
            return true;
        if (code != CURLE_OK || size == 0)
            return false;
        inbox_.append(buffer.data(), size);
        while (auto message = inbox_.next())
            answered(std::move(*message));
        if (inbox_.broken()) {
            trouble("what it says is not DNS");
            return false;
        }
    }
}

void TlsUpstream::answered(dns::Octets message) {
    heard_ = Clock::now();
    const auto found = dns::is_response(message) ? pending_.find(dns::id_of(message)) : pending_.end();
    if (found == pending_.end())
        return;
    works();
    found->second.answer(std::move(message));
    pending_.erase(found);
}

void TlsUpstream::watch(std::vector<curl_waitfd> &fds) const {
    const bool more = sent_ < sending_.size() || !waiting_.empty();
    if (is_open())
        fds.push_back({socket_, static_cast<short>(CURL_WAIT_POLLIN | (more ? CURL_WAIT_POLLOUT : 0)), 0});
}

void TlsUpstream::run() {
    int running = 0;
    curl_multi_perform(multi_.get(), &running);
    int left = 0;
    while (const auto *message = curl_multi_info_read(multi_.get(), &left))
        if (message->msg == CURLMSG_DONE && connection_ && !is_open()) {
            connected(message->data.result);
            break; // what it told may be gone with the connection
        }
    if (is_open() && (!receive() || !flush()))
        lost();
    give_up_overdue();
}

std::optional<Clock::time_point> TlsUpstream::oldest() const {
    std::optional<Clock::time_point> first;
    for (const auto &[id, question] : pending_)
        first = std::min(first.value_or(question.asked), question.asked);
    return first;
}

/// A connection that has said nothing for as long as that may be dead without
/// anybody knowing: the next one is a new one.
void TlsUpstream::give_up_overdue() {
    bool silent = false;
    for (auto it = pending_.begin(); it != pending_.end();) {
        if (!it->second.overdue()) {
            ++it;
            continue;
        }
        silent |= heard_ < it->second.asked;
        it->second.fail();
        it = pending_.erase(it);
    }
    if (silent)
        trouble("no answer");
    if (silent && is_open())
        lost();
}

void TlsUpstream::fail_all() {
    for (const auto &[id, question] : pending_)
        question.fail();
    pending_.clear();
}

void TlsUpstream::close() {
    connection_.reset();
    socket_ = CURL_SOCKET_BAD;
    sending_.clear();
    waiting_.clear();
    sent_ = 0;
    inbox_.clear();
}

void TlsUpstream::lost() {
    spdlog::info("{}: the connection has ended", url_.text());
    close();
    for (auto it = pending_.begin(); it != pending_.end();) {
        if (!it->second.retried) {
            it->second.retried = true;
            ++it;
            continue;
        }
        it->second.fail();
        it = pending_.erase(it);
    }
    if (!pending_.empty())
        connect();
}
