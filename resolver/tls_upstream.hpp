// SPDX-License-Identifier: GPL-2.0-or-later
// DNS over TLS (RFC 7858): one connection, kept, with all questions on it at a
// time (RFC 7766, 6.2.1.1) under ids of our own.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "curl.hpp"
#include "framing.hpp"
#include "upstream.hpp"

class TlsUpstream : public Upstream {
  public:
    TlsUpstream(const mprox::DnsUrl &url, const std::string &ca);

    [[nodiscard]] std::size_t questions() const override { return pending_.size(); }
    [[nodiscard]] CURLM *multi() const override { return multi_.get(); }
    void watch(std::vector<curl_waitfd> &fds) const override;
    void run() override;

  protected:
    void take(Question question) override;
    [[nodiscard]] std::optional<Clock::time_point> oldest() const override;

  private:
    [[nodiscard]] bool is_open() const { return socket_ != CURL_SOCKET_BAD; }
    std::uint16_t new_id();
    void connect();
    void connected(CURLcode code);
    void send_all();
    /// False: the connection has ended.
    bool flush();
    bool receive();
    void answered(dns::Octets message);
    void give_up_overdue();
    void fail_all();
    void close();
    /// The connection has ended: what has been asked is asked again, once.
    void lost();

    Multi multi_;
    std::unique_ptr<Transfer> connection_; ///< being made, or there
    curl_socket_t socket_ = CURL_SOCKET_BAD; ///< of a connection that is there
    std::map<std::uint16_t, Question> pending_; ///< by the id that it is asked under
    std::uint16_t last_id_ = 0;
    // OpenSSL wants the very octets again that it could not send: they stay
    // where they are, and what is new waits.
    dns::Octets sending_, waiting_;
    std::size_t sent_ = 0;
    dns::Inbox inbox_;
    Clock::time_point heard_;
};
