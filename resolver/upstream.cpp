// SPDX-License-Identifier: GPL-2.0-or-later
#include "upstream.hpp"

#include <algorithm>
#include <spdlog/spdlog.h>

#include "https_upstream.hpp"
#include "tls_upstream.hpp"

void Question::answer(dns::Octets message) const {
    dns::set_id(message, id);
    done(std::move(message));
}

void Question::fail() const { answer(dns::failure_of(query)); }

void Upstream::ask(dns::Octets query, Answer done) {
    Question question;
    question.id = dns::id_of(query);
    question.query = std::move(query);
    question.done = std::move(done);
    dns::pad(question.query);
    take(std::move(question));
}

int Upstream::wait_ms(int most) const {
    const auto first = oldest();
    if (!first)
        return most;
    // Rounded up: not in vain.
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*first + kPatience - Clock::now());
    return static_cast<int>(std::clamp<long long>(left.count(), 0, most));
}

void Upstream::trouble(const std::string &why) {
    if (why != trouble_)
        spdlog::warn("{}: {}", url_.text(), why);
    trouble_ = why;
}

void Upstream::works() {
    if (!trouble_.empty())
        spdlog::warn("{} answers again", url_.text());
    trouble_.clear();
}

std::unique_ptr<Upstream> make_upstream(const mprox::DnsUrl &url, const std::string &ca) {
    if (url.https)
        return std::make_unique<HttpsUpstream>(url, ca);
    return std::make_unique<TlsUpstream>(url, ca);
}
