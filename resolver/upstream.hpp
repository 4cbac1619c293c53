// SPDX-License-Identifier: GPL-2.0-or-later
// The resolver that is asked, whichever way.
#pragma once

#include <chrono>
#include <curl/curl.h>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dns_url.hpp"
#include "message.hpp"

using Clock = std::chrono::steady_clock;

/// Below the 5 seconds after which glibc's resolver asks again.
inline constexpr std::chrono::milliseconds kPatience{4000};

/// Of all clients together, at a time.
inline constexpr std::size_t kMaxQuestions = 512;

/// Takes the answer, under the question's own id. It may not call back.
using Answer = std::function<void(dns::Octets)>;

/// A question on its way.
struct Question {
    dns::Octets query;
    std::uint16_t id = 0; ///< as it was asked
    Answer done;
    Clock::time_point asked = Clock::now();
    bool retried = false;

    [[nodiscard]] bool overdue() const { return Clock::now() >= asked + kPatience; }
    void answer(dns::Octets message) const;
    void fail() const;
};

class Upstream {
  public:
    virtual ~Upstream() = default;

    /// Each question is answered once, in any order. It must be one.
    void ask(dns::Octets query, Answer done);
    [[nodiscard]] virtual std::size_t questions() const = 0;

    /// For curl_multi_poll(); another one after each run().
    [[nodiscard]] virtual CURLM *multi() const = 0;
    /// Adds what has to be watched besides.
    virtual void watch(std::vector<curl_waitfd> &fds) const = 0;
    /// Milliseconds until run() has something to do, whatever happens; at most @p most.
    [[nodiscard]] int wait_ms(int most) const;
    /// Does what there is to do.
    virtual void run() = 0;

  protected:
    Upstream(mprox::DnsUrl url, std::string ca) : url_(std::move(url)), ca_(std::move(ca)) {}

    virtual void take(Question question) = 0;
    /// When the oldest was asked that has not been answered.
    [[nodiscard]] virtual std::optional<Clock::time_point> oldest() const = 0;

    /// Says once what does not work, and once that it does again.
    void trouble(const std::string &why);
    void works();

    const mprox::DnsUrl url_;
    const std::string ca_; ///< a file; empty: the system's

  private:
    std::string trouble_;
};

/// @p ca: a file with the certificates that are trusted; empty: the system's.
std::unique_ptr<Upstream> make_upstream(const mprox::DnsUrl &url, const std::string &ca);
