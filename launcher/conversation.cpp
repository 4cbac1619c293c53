// SPDX-License-Identifier: GPL-2.0-or-later
#include "conversation.hpp"

#include <cerrno>
#include <cstring>
#include <sys/random.h>
#include <sys/socket.h>

#include <openssl/evp.h>

#include "hop.hpp"
#include "refusal_text.hpp"

using mprox::Error;
using mprox::Fd;
using mprox::Result;
using mprox::Status;

namespace {

constexpr std::chrono::seconds kPatience(5);
/// Where a proxy may have to ask a resolver, or to connect somewhere.
constexpr std::chrono::seconds kLongPatience(15);

/// A server that keeps on calling nonces stale is not to be satisfied; as the module.
constexpr int kTalks = 4;

constexpr std::string_view kNobody = "mprox-check.invalid"; // RFC 6761, 6.4
constexpr u16 kNobodysPort = 443; // the one that HTTP proxies lead to if to any

/// RFC 3849: for examples, and so nobody's.
constexpr u8 kNobody6[16] = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

bool has_cred(const mutex_proxy_server &proxy) { return proxy.user_len || proxy.pass_len; }

u8 first_login(const mutex_proxy_server &proxy) {
    return has_cred(proxy) && proxy.auth != MUTEX_PROXY_AUTH_DIGEST ? MPROX_LOGIN_PASSWORD : MPROX_LOGIN_NONE;
}

void put_name(mprox_target &to, std::string_view name) {
    to.name_len = static_cast<u8>(name.size());
    to.name = reinterpret_cast<const u8 *>(name.data());
}

mprox_target target_of(const Peer &peer) {
    mprox_target to = {};
    to.port = peer.port;
    to.is_ipv6 = peer.address.family == AF_INET6;
    std::memcpy(to.addr, peer.address.bytes.data(), sizeof(to.addr));
    put_name(to, peer.name);
    return to;
}

mprox_target target_of(const Asking &asking) {
    mprox_target to = {};
    if (asking.wish == Wish::relay)
        return to; // RFC 1928, 4: where our datagrams come from is not known yet
    if (asking.wish == Wish::connection)
        return target_of(asking.peer);
    to.port = kNobodysPort;
    if (asking.wish == Wish::ipv6) {
        to.is_ipv6 = 1;
        std::memcpy(to.addr, kNobody6, sizeof(to.addr));
        return to;
    }
    put_name(to, kNobody);
    return to;
}

/// mprox_hash_fn by libcrypto; a system without MD5 (FIPS) fails here as in the kernel.
int hash(void *, mprox_algorithm algorithm, const mprox_part *parts, size_t nr, u8 *out) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context && EVP_DigestInit_ex(context, algorithm == MPROX_MD5 ? EVP_md5() : EVP_sha256(), nullptr);
    for (size_t i = 0; good && i < nr; i++)
        good = EVP_DigestUpdate(context, parts[i].data, parts[i].len);
    good = good && EVP_DigestFinal_ex(context, out, nullptr);
    EVP_MD_CTX_free(context);
    return good ? 0 : -EOPNOTSUPP;
}

/// How a chain is logged in to: what is known so far.
struct Logins {
    u8 login[MPROX_TALK_HOPS] = {};
    mprox_challenge challenge[MPROX_TALK_HOPS] = {};
};

/// A conversation with the module's own protocol core, and how it ended.
class Conversation {
  public:
    Conversation(Chain chain, const Logins &logins, Asking &asking) : chain_(chain), logins_(logins), asking_(asking) {}
    ~Conversation() {
        explicit_bzero(out_.data(), out_.size());
        for (auto &digest : digests_)
            explicit_bzero(digest.data(), digest.size());
    }
    Conversation(const Conversation &) = delete;
    Conversation &operator=(const Conversation &) = delete;

    /// An error of the connection; else talk() has the result.
    Status run();
    [[nodiscard]] const mprox_talk &talk() const { return talk_; }
    [[nodiscard]] mprox_step step() const { return step_; }
    [[nodiscard]] bool is_good() const {
        return step_ == MPROX_STEP_DONE || is_logged_in() ||
               (step_ == MPROX_STEP_REFUSED && talk_.blame == MPROX_BLAME_DESTINATION && asks_nobody());
    }
    [[nodiscard]] Fd take_connection() { return std::move(fd_); }
    /// Who serves one client at a time would else not answer what it is asked next.
    void hang_up() { fd_ = Fd(); }

  private:
    bool write();
    bool write_digest(std::size_t i, mprox_hop &hop);
    Status hear();
    /// Any answer about the destination will do.
    [[nodiscard]] bool asks_nobody() const { return asking_.wish == Wish::login || asking_.wish == Wish::ipv6; }
    /// The last proxy speaks SOCKS5, and all that is left is the request.
    [[nodiscard]] bool is_logged_in() const {
        return asking_.wish == Wish::login && chain_.back().type == MUTEX_PROXY_TYPE_SOCKS5 && talk_.at + 1 == talk_.nr &&
               (step_ == MPROX_STEP_MORE || step_ == MPROX_STEP_SEND);
    }

    Chain chain_;
    const Logins &logins_;
    Asking &asking_;
    Fd fd_;
    std::vector<u8> out_;
    std::vector<std::vector<u8>> digests_;
    mprox_talk talk_ = {};
    mprox_step step_ = MPROX_STEP_MORE;
};

bool Conversation::write_digest(std::size_t i, mprox_hop &hop) {
    u8 random[8];
    char cnonce[2 * sizeof(random) + 1];
    if (getrandom(random, sizeof(random), 0) != sizeof(random))
        return false;
    for (std::size_t at = 0; at < sizeof(random); at++)
        std::snprintf(cnonce + 2 * at, 3, "%02x", random[at]);
    std::vector<u8> digest(MPROX_TALK_OUT_MAX);
    mprox_writer writer = {digest.data(), digest.size(), 0};
    if (mprox_digest_answer(&writer, &logins_.challenge[i], &hop.cred, &hop.to, 1,
                            reinterpret_cast<const u8 *>(cnonce), hash, nullptr))
        return false;
    digest.resize(writer.len);
    digests_.push_back(std::move(digest));
    hop.digest = digests_.back().data();
    hop.digest_len = static_cast<u16>(writer.len);
    return true;
}

bool Conversation::write() {
    std::vector<mprox_hop> hops(chain_.size());
    for (std::size_t i = 0; i < hops.size(); i++) {
        const auto &proxy = chain_[i];
        hops[i].protocol = protocol_of(proxy);
        hops[i].login = logins_.login[i];
        hops[i].cred = {proxy.user_len, proxy.pass_len, proxy.user, proxy.pass};
        hops[i].headers = proxy.headers;
        hops[i].headers_len = proxy.headers_len;
        hops[i].to = i + 1 < hops.size() ? target_of(chain_[i + 1]) : target_of(asking_);
        if (i + 1 == hops.size() && asking_.wish == Wish::relay)
            hops[i].command = MPROX_COMMAND_ASSOCIATE;
        if (hops[i].login == MPROX_LOGIN_DIGEST && !write_digest(i, hops[i]))
            return false;
    }
    out_.resize(mprox_talk_init(&talk_, hops.data(), hops.size(), false, nullptr, 0));
    return mprox_talk_init(&talk_, hops.data(), hops.size(), false, out_.data(), out_.size()) > 0;
}

Status Conversation::hear() {
    u8 octet = 0;
    size_t used = 0;
    const bool is_login = talk_.hop == 0 && chain_[0].type == MUTEX_PROXY_TYPE_SOCKS5;
    if (asking_.deadline.is_over())
        return Error{"has not done it in the time that it had", ""};
    set_patience(fd_.get(), asking_.deadline.within(is_login ? kPatience : kLongPatience));
    const ssize_t len = recv(fd_.get(), &octet, 1, 0);
    if (len < 0 && errno == EAGAIN)
        return Error{"says nothing", ""};
    if (len < 0)
        return Error{std::string("ends the connection: ") + std::strerror(errno), ""};
    if (len == 0)
        return Error{"hangs up", ""};
    step_ = mprox_talk_feed(&talk_, &octet, 1, &used);
    return mprox::ok();
}

Status Conversation::run() {
    const auto begin = std::chrono::steady_clock::now();
    const auto patience = asking_.deadline.within(kPatience);
    fd_ = connect_to(chain_.front(), patience);
    if (!fd_)
        return Error{std::string("cannot be reached: ") +
                         (errno == EAGAIN || errno == EINPROGRESS ? "no answer within " + seconds_text(patience) : std::strerror(errno)),
                     "check host and port, and that it is running"};
    asking_.connected = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
    if (!write())
        return Error{"cannot be asked: the conversation cannot be written down", "it may be the hash for Digest (FIPS)"};
    std::size_t sent = 0;
    while (!is_logged_in() && (step_ == MPROX_STEP_MORE || step_ == MPROX_STEP_SEND)) {
        const std::size_t due = talk_.out_ready - sent;
        if (due && send(fd_.get(), out_.data() + sent, due, MSG_NOSIGNAL) != static_cast<ssize_t>(due))
            return Error{std::string("ends the connection: ") + std::strerror(errno), ""};
        sent += due;
        if (auto status = hear(); !status)
            return status;
    }
    return mprox::ok();
}

/// The module's own rules: may the proxy that wants another login have one?
bool change_login(const mutex_proxy_server &proxy, const mprox_talk &talk, Logins &logins) {
    u8 &login = logins.login[talk.hop];
    if (proxy.type != MUTEX_PROXY_TYPE_HTTP) {
        const bool may = login == MPROX_LOGIN_PASSWORD && (talk.refusal == MPROX_REFUSAL_LOGIN_NEEDLESS ||
                                                           proxy.auth == MUTEX_PROXY_AUTH_OPTIONAL);
        login = talk.wants;
        return may;
    }
    const auto &challenge = talk.http.challenge;
    if (!has_cred(proxy))
        return false;
    if (talk.wants == MPROX_LOGIN_DIGEST) {
        if (login == MPROX_LOGIN_DIGEST && !challenge.stale)
            return false;
        logins.challenge[talk.hop] = challenge;
        login = MPROX_LOGIN_DIGEST;
        return true;
    }
    if (proxy.auth == MUTEX_PROXY_AUTH_DIGEST || login == MPROX_LOGIN_PASSWORD)
        return false;
    login = MPROX_LOGIN_PASSWORD;
    return true;
}

} // namespace

Result<Fd> converse(Chain chain, Asking &asking) {
    Logins logins;
    for (std::size_t i = 0; i < chain.size(); i++)
        logins.login[i] = first_login(chain[i]);
    for (int i = 1;; i++) {
        Conversation conversation(chain, logins, asking);
        const auto status = conversation.run();
        if (status && conversation.is_good())
            return conversation.take_connection();
        conversation.hang_up();
        if (!status)
            return status.error().advice.empty() ? explain_silence(chain, conversation.talk(), status.error(), asking.deadline)
                                                 : Error{text_of(chain[0]) + " " + status.error().what, status.error().advice};
        const auto &talk = conversation.talk();
        if (conversation.step() == MPROX_STEP_LOGIN && i < kTalks && change_login(chain[talk.hop], talk, logins))
            continue;
        return explain_refusal(chain, talk, conversation.step(), asking.deadline);
    }
}

std::vector<Chain> chains_of(const mprox::Plan &plan) {
    std::vector<Chain> chains;
    for (const auto &server : plan.servers)
        if (server.flags & MUTEX_PROXY_SERVER_HOP)
            chains.back() = Chain(chains.back().data(), chains.back().size() + 1);
        else
            chains.emplace_back(&server, 1);
    return chains;
}

std::string text_of_chain(Chain chain) {
    std::string text = text_of(chain.front());
    for (const auto &hop : chain.subspan(1))
        text += ", then " + text_of(hop);
    return text;
}
