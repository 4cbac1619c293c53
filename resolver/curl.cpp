// SPDX-License-Identifier: GPL-2.0-or-later
#include "curl.hpp"

namespace {

/// A proxy, and what is behind it, may take its time. Questions do not wait for
/// that long, but what they began is there for the ones to come.
constexpr long kConnectMs = 30000;

} // namespace

Transfer::Transfer(CURLM *multi, const mprox::DnsUrl &url, const std::string &ca)
    : multi_(multi), easy_(curl_easy_init()) {
    if (!easy_) {
        ok_ = false;
        return;
    }
    auto target = url;
    target.https = true; // TLS is what is wanted of libcurl; what is said in it is ours
    set(CURLOPT_URL, target.text().c_str());
    set(CURLOPT_PROTOCOLS_STR, "https");
    set(CURLOPT_PROXY, "");
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!ca.empty()) {
        set(CURLOPT_CAINFO, ca.c_str());
        set(CURLOPT_CAPATH, nullptr);
    }
    set(CURLOPT_CONNECTTIMEOUT_MS, kConnectMs);
    set(CURLOPT_TCP_KEEPALIVE, 1L);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_QUICK_EXIT, 1L); // does not wait for a thread that resolves the name
    set(CURLOPT_ERRORBUFFER, text_.data());
}

Transfer::~Transfer() {
    if (added_)
        curl_multi_remove_handle(multi_, easy_.get());
}

bool Transfer::start() {
    added_ = ok_ && curl_multi_add_handle(multi_, easy_.get()) == CURLM_OK;
    return added_;
}

std::string Transfer::reason(CURLcode code) const {
    return text_[0] ? text_.data() : curl_easy_strerror(code);
}
