// SPDX-License-Identifier: GPL-2.0-or-later
#include "https_upstream.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace {

constexpr const char *kType = "application/dns-message"; // RFC 8484, 6
constexpr std::size_t kMaxAnswer = 65535;
constexpr long kOk = 200;
/// A message is small, and there are many of these buffers.
constexpr long kBufferSize = 4096;

/// The connection has ended, rather than the server said no.
bool is_loss(CURLcode code) {
    return code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING ||
           code == CURLE_PARTIAL_FILE || code == CURLE_HTTP2 || code == CURLE_HTTP2_STREAM;
}

/// Is there a connection for it?
bool is_connected(CURL *easy) {
    curl_off_t time = 0;
    return curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &time) == CURLE_OK && time > 0;
}

} // namespace

HttpsUpstream::HttpsUpstream(const mprox::DnsUrl &url, const std::string &ca)
    : Upstream(url, ca), multi_(new_multi()) {
    const auto type = std::string(kType);
    headers_.reset(curl_slist_append(nullptr, ("Content-Type: " + type).c_str()));
    curl_slist_append(headers_.get(), ("Accept: " + type).c_str());
}

Multi HttpsUpstream::new_multi() {
    Multi multi(curl_multi_init());
    curl_multi_setopt(multi.get(), CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_MULTIPLEX));
    curl_multi_setopt(multi.get(), CURLMOPT_MAX_HOST_CONNECTIONS, 1L);
    return multi;
}

std::size_t HttpsUpstream::write_body(char *data, std::size_t size, std::size_t count, void *context) {
    auto &post = *static_cast<Post *>(context);
    size *= count;
    post.upstream->heard_ = Clock::now();
    if (post.body.size() + size > kMaxAnswer)
        return 0; // that ends the transfer
    post.body.insert(post.body.end(), data, data + size);
    return size;
}

void HttpsUpstream::take(Question question) {
    dns::set_id(question.query, 0); // RFC 8484, 4.1
    post(std::move(question));
}

void HttpsUpstream::post(Question question) {
    auto post = std::make_unique<Post>(multi_.get(), url_, ca_, std::move(question));
    auto &transfer = post->transfer;
    post->upstream = this;
    transfer.set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    transfer.set(CURLOPT_PIPEWAIT, 1L);
    transfer.set(CURLOPT_HTTPHEADER, headers_.get());
    transfer.set(CURLOPT_POSTFIELDSIZE, static_cast<long>(post->question.query.size()));
    transfer.set(CURLOPT_POSTFIELDS, post->question.query.data());
    transfer.set(CURLOPT_WRITEFUNCTION, &write_body);
    transfer.set(CURLOPT_WRITEDATA, post.get());
    transfer.set(CURLOPT_BUFFERSIZE, kBufferSize);
    if (!transfer.start()) {
        trouble("cannot make a request");
        post->question.fail();
        return;
    }
    if (!connector_)
        connector_ = transfer.get();
    posts_.emplace(transfer.get(), std::move(post));
}

bool HttpsUpstream::is_answer(const Post &post) {
    long status = 0;
    const char *type = nullptr;
    curl_easy_getinfo(post.transfer.get(), CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(post.transfer.get(), CURLINFO_CONTENT_TYPE, &type);
    if (status != kOk)
        trouble("HTTP status " + std::to_string(status));
    else if (!type || !std::string_view(type).starts_with(kType) || !dns::is_response(post.body))
        trouble("what it says is not DNS");
    else
        return true;
    return false;
}

void HttpsUpstream::finished(CURL *easy, CURLcode code) {
    const auto found = posts_.find(easy);
    const auto post = std::move(found->second);
    posts_.erase(found);
    if (easy == connector_)
        connector_ = nullptr;
    if (code == CURLE_OK && is_answer(*post)) {
        works();
        if (!post->answered)
            post->question.answer(std::move(post->body));
        return;
    }
    if (code != CURLE_OK)
        trouble(post->transfer.reason(code));
    if (post->answered)
        return;
    if (is_loss(code) && !post->question.retried) {
        auto question = std::move(post->question);
        question.retried = true;
        this->post(std::move(question));
        return;
    }
    post->question.fail();
}

void HttpsUpstream::run() {
    int running = 0;
    curl_multi_perform(multi_.get(), &running);
    int left = 0;
    while (const auto *message = curl_multi_info_read(multi_.get(), &left))
        if (message->msg == CURLMSG_DONE)
            finished(message->easy_handle, message->data.result);
    give_up_overdue();
}

std::optional<Clock::time_point> HttpsUpstream::oldest() const {
    std::optional<Clock::time_point> first;
    for (const auto &[easy, post] : posts_)
        if (!post->answered)
            first = std::min(first.value_or(post->question.asked), post->question.asked);
    return first;
}

/// One that still makes the connection stays, for those to come. A connection
/// that has said nothing for as long as that may be dead without anybody knowing.
void HttpsUpstream::give_up_overdue() {
    bool silent = false;
    bool dead = false;
    for (auto it = posts_.begin(); it != posts_.end();) {
        auto &post = *it->second;
        if (post.answered || !post.question.overdue()) {
            ++it;
            continue;
        }
        const bool quiet = heard_ < post.question.asked;
        silent |= quiet;
        dead |= quiet && is_connected(it->first);
        post.question.fail();
        post.answered = true;
        if (it->first == connector_ && !is_connected(it->first)) {
            ++it;
            continue;
        }
        if (it->first == connector_)
            connector_ = nullptr;
        it = posts_.erase(it);
    }
    if (silent)
        trouble("no answer");
    if (dead)
        start_anew();
}

void HttpsUpstream::start_anew() {
    std::vector<Question> again;
    for (auto &[easy, post] : posts_) {
        if (post->answered)
            continue;
        if (post->question.retried) {
            post->question.fail();
            continue;
        }
        post->question.retried = true;
        again.push_back(std::move(post->question));
    }
    posts_.clear();
    connector_ = nullptr;
    multi_ = new_multi();
    for (auto &question : again)
        post(std::move(question));
}
