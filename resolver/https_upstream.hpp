// SPDX-License-Identifier: GPL-2.0-or-later
// DNS over HTTPS (RFC 8484): a POST for each question, all of them streams of
// one HTTP/2 connection.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "curl.hpp"
#include "upstream.hpp"

struct HeaderCleanup {
    void operator()(curl_slist *list) const { curl_slist_free_all(list); }
};

class HttpsUpstream : public Upstream {
  public:
    HttpsUpstream(const mprox::DnsUrl &url, const std::string &ca);

    [[nodiscard]] std::size_t questions() const override { return posts_.size(); }
    [[nodiscard]] CURLM *multi() const override { return multi_.get(); }
    void watch(std::vector<curl_waitfd> &) const override {}
    void run() override;

  protected:
    void take(Question question) override;
    [[nodiscard]] std::optional<Clock::time_point> oldest() const override;

  private:
    /// A question as a request. libcurl reads the query and writes the body.
    struct Post {
        Post(CURLM *multi, const mprox::DnsUrl &url, const std::string &ca, Question q)
            : question(std::move(q)), transfer(multi, url, ca) {}
        Question question;
        dns::Octets body;
        HttpsUpstream *upstream = nullptr;
        bool answered = false; ///< given up, but it makes the connection
        Transfer transfer;     ///< ends first
    };

    static Multi new_multi();
    static std::size_t write_body(char *data, std::size_t size, std::size_t count, void *post);
    void post(Question question);
    void finished(CURL *easy, CURLcode code);
    [[nodiscard]] bool is_answer(const Post &post);
    void give_up_overdue();
    /// A new connection for what is under way.
    void start_anew();

    std::unique_ptr<curl_slist, HeaderCleanup> headers_;
    Multi multi_;
    std::map<CURL *, std::unique_ptr<Post>> posts_;
    CURL *connector_ = nullptr; ///< the one that may have to make the connection
    Clock::time_point heard_;
};
