// SPDX-License-Identifier: GPL-2.0-or-later
// What both kinds of upstream ask of libcurl.
#pragma once

#include <array>
#include <curl/curl.h>
#include <memory>
#include <string>

#include "dns_url.hpp"

struct EasyCleanup {
    void operator()(CURL *easy) const { curl_easy_cleanup(easy); }
};
struct MultiCleanup {
    void operator()(CURLM *multi) const { curl_multi_cleanup(multi); }
};
using Easy = std::unique_ptr<CURL, EasyCleanup>;
using Multi = std::unique_ptr<CURLM, MultiCleanup>;

/// One transfer to libcurl; its place does not change, since libcurl keeps
/// pointers into it. It is in @p multi as long as it lives.
class Transfer {
  public:
    /// A connection to @p url whose certificate is verified, against the ones of
    /// the file @p ca alone if it is not empty. No proxy of the environment.
    Transfer(CURLM *multi, const mprox::DnsUrl &url, const std::string &ca);
    ~Transfer();
    Transfer(const Transfer &) = delete;
    Transfer &operator=(const Transfer &) = delete;

    template <typename T> void set(CURLoption option, T value) {
        ok_ = curl_easy_setopt(easy_.get(), option, value) == CURLE_OK && ok_;
    }
    /// False: something of the above was not possible, and there is no transfer.
    bool start();

    [[nodiscard]] CURL *get() const { return easy_.get(); }
    /// Why it failed.
    [[nodiscard]] std::string reason(CURLcode code) const;

  private:
    CURLM *multi_;
    Easy easy_;
    bool ok_ = true;
    bool added_ = false;
    std::array<char, CURL_ERROR_SIZE> text_{};
};
