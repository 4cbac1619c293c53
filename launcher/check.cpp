// SPDX-License-Identifier: GPL-2.0-or-later
#include "check.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <span>
#include <sys/random.h>
#include <sys/socket.h>
#include <vector>

#include <openssl/evp.h>

#include "check_socket.hpp"

extern "C" {
#include "talk.h"
}

using mprox::Error;
using mprox::Fd;
using mprox::Status;

namespace {

constexpr std::chrono::seconds kPatience(5);
/// Where a proxy may have to ask a resolver, or to connect somewhere.
constexpr std::chrono::seconds kLongPatience(15);

/// A server that keeps on calling nonces stale is not to be satisfied; as the module.
constexpr int kTalks = 4;

constexpr std::string_view kNobody = "mprox-check.invalid"; // RFC 6761, 6.4
constexpr u16 kNobodysPort = 443; // the one that HTTP proxies lead to if to any

/// One server: its proxies in a row.
using Chain = std::span<const mutex_proxy_server>;

/// RFC 3849: for examples, and so nobody's.
constexpr u8 kNobody6[16] = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

/// What the last proxy of a chain is asked for.
enum class Wish { login, relay, ipv6 };

bool has_cred(const mutex_proxy_server &proxy) { return proxy.user_len || proxy.pass_len; }

u8 first_login(const mutex_proxy_server &proxy) {
    return has_cred(proxy) && proxy.auth != MUTEX_PROXY_AUTH_DIGEST ? MPROX_LOGIN_PASSWORD : MPROX_LOGIN_NONE;
}

u8 protocol_of(const mutex_proxy_server &proxy) {
    return proxy.type == MUTEX_PROXY_TYPE_HTTP     ? MPROX_PROTO_HTTP
           : proxy.type == MUTEX_PROXY_TYPE_SOCKS4 ? MPROX_PROTO_SOCKS4
                                                   : MPROX_PROTO_SOCKS5;
}

mprox_target target_of(const mutex_proxy_server &proxy) {
    mprox_target to = {proxy.family == AF_INET6, proxy.name_len, proxy.port, {}, proxy.name};
    std::memcpy(to.addr, proxy.addr, sizeof(to.addr));
    return to;
}

mprox_target target_of(Wish wish) {
    mprox_target to = {};
    if (wish == Wish::relay)
        return to; // RFC 1928, 4: where our datagrams come from is not known yet
    to.port = kNobodysPort;
    if (wish == Wish::ipv6) {
        to.is_ipv6 = 1;
        std::memcpy(to.addr, kNobody6, sizeof(to.addr));
        return to;
    }
    to.name_len = kNobody.size();
    to.name = reinterpret_cast<const u8 *>(kNobody.data());
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
    Conversation(Chain chain, const Logins &logins, Wish wish) : chain_(chain), logins_(logins), wish_(wish) {}
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
               (step_ == MPROX_STEP_REFUSED && talk_.blame == MPROX_BLAME_DESTINATION && wish_ != Wish::relay);
    }

  private:
    bool write();
    bool write_digest(std::size_t i, mprox_hop &hop);
    Status hear(int fd);
    /// The last proxy speaks SOCKS5, and all that is left is the request.
    [[nodiscard]] bool is_logged_in() const {
        return wish_ == Wish::login && chain_.back().type == MUTEX_PROXY_TYPE_SOCKS5 && talk_.at + 1 == talk_.nr &&
               (step_ == MPROX_STEP_MORE || step_ == MPROX_STEP_SEND);
    }

    Chain chain_;
    const Logins &logins_;
    Wish wish_;
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
        hops[i].to = i + 1 < hops.size() ? target_of(chain_[i + 1]) : target_of(wish_);
        if (i + 1 == hops.size() && wish_ == Wish::relay)
            hops[i].command = MPROX_COMMAND_ASSOCIATE;
        if (hops[i].login == MPROX_LOGIN_DIGEST && !write_digest(i, hops[i]))
            return false;
    }
    out_.resize(mprox_talk_init(&talk_, hops.data(), hops.size(), false, nullptr, 0));
    return mprox_talk_init(&talk_, hops.data(), hops.size(), false, out_.data(), out_.size()) > 0;
}

Status Conversation::hear(int fd) {
    u8 octet = 0;
    size_t used = 0;
    const bool is_login = talk_.hop == 0 && chain_[0].type == MUTEX_PROXY_TYPE_SOCKS5;
    set_patience(fd, is_login ? kPatience : kLongPatience);
    const ssize_t len = recv(fd, &octet, 1, 0);
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
    const Fd fd = connect_to(chain_.front());
    if (!fd)
        return Error{std::string("cannot be reached: ") +
                         (errno == EAGAIN || errno == EINPROGRESS ? "no answer within 5 seconds" : std::strerror(errno)),
                     "check host and port, and that it is running"};
    if (!write())
        return Error{"cannot be asked: the conversation cannot be written down", "it may be the hash for Digest (FIPS)"};
    std::size_t sent = 0;
    while (!is_logged_in() && (step_ == MPROX_STEP_MORE || step_ == MPROX_STEP_SEND)) {
        const std::size_t due = talk_.out_ready - sent;
        if (due && send(fd.get(), out_.data() + sent, due, MSG_NOSIGNAL) != static_cast<ssize_t>(due))
            return Error{std::string("ends the connection: ") + std::strerror(errno), ""};
        sent += due;
        if (auto status = hear(fd.get()); !status)
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

std::string advice_for(const mprox_refusal refusal) {
    switch (refusal) {
    case MPROX_REFUSAL_IS_HTTP:
        return "if it is a proxy, write http:// in front of it";
    case MPROX_REFUSAL_IS_SOCKS5:
        return "write socks5:// in front of it";
    case MPROX_REFUSAL_IS_TLS:
        return "TLS to the proxy itself is not spoken: let stunnel carry it, and name http://127.0.0.1:PORT";
    case MPROX_REFUSAL_IS_SSH:
        return "'ssh -D 1080 HOST' makes a proxy of it: socks5://127.0.0.1:1080";
    case MPROX_REFUSAL_LOGIN_WANTED:
        return "name them by -u USER:PASSWORD, or where the proxy is named";
    case MPROX_REFUSAL_LOGIN_WRONG:
        return "check user and password";
    case MPROX_REFUSAL_LOGIN_UNWANTED:
        return "leave them out, or write auth = \"optional\" into its [[server]]";
    case MPROX_REFUSAL_LOGIN_KIND:
        return "let a proxy on this machine that knows it, such as cntlm, log in, and name that";
    case MPROX_REFUSAL_RULE:
        return "it may serve other machines or users only; or certain destinations only: then leave out --check";
    case MPROX_REFUSAL_PORTAL:
        return "open any page in a browser without mprox-run";
    case MPROX_REFUSAL_BUSY:
        return "try again later";
    default:
        return "check host and port";
    }
}

/// What a refusal of a proxy means to who named it.
Error explain(Chain chain, const mprox_talk &talk, mprox_refusal refusal) {
    const auto &proxy = chain[talk.hop];
    std::string text = text_of(proxy) + " " + mprox_refusal_text(refusal);
    if (talk.hop && (refusal >= MPROX_REFUSAL_IS_HTTP && refusal <= MPROX_REFUSAL_GARBLED))
        text += ", as it is reached through " + text_of(chain[talk.hop - 1U]);
    if (talk.hop + 1U < chain.size() && refusal >= MPROX_REFUSAL_RULE)
        text += "; the next of the chain is " + text_of(chain[talk.hop + 1U]);
    if (proxy.type == MUTEX_PROXY_TYPE_SOCKS4 && refusal == MPROX_REFUSAL_IDENT)
        return {text, "write it as socks4://USER@HOST"};
    return {text, advice_for(refusal)};
}

/// Is it worth asking whether it is something else?
bool is_strange(const mprox_talk &talk, mprox_step step) {
    return step == MPROX_STEP_MALFORMED ? talk.refusal == MPROX_REFUSAL_IS_OTHER || talk.refusal == MPROX_REFUSAL_GARBLED
                                        : step == MPROX_STEP_REFUSED && talk.refusal == MPROX_REFUSAL_NO_CONNECT;
}

/// The connection has ended, or nothing came: the words for it, or for what is there.
Error explain_silence(Chain chain, const mprox_talk &talk, const Error &error) {
    const bool is_first = talk.hop == 0 && talk.in_len == 0;
    const auto other = is_first ? identify(chain[0]) : MPROX_REFUSAL_NONE;
    if (other)
        return explain(chain, talk, other);
    return {text_of(chain[talk.hop]) + " " + error.what, error.advice.empty() ? advice_for(MPROX_REFUSAL_IS_OTHER) : error.advice};
}

Status check_server(Chain chain, Wish wish = Wish::login) {
    Logins logins;
    for (std::size_t i = 0; i < chain.size(); i++)
        logins.login[i] = first_login(chain[i]);
    for (int i = 1;; i++) {
        Conversation conversation(chain, logins, wish);
        if (auto status = conversation.run(); !status)
            return status.error().advice.empty() ? explain_silence(chain, conversation.talk(), status.error())
                                                 : Error{text_of(chain[0]) + " " + status.error().what, status.error().advice};
        const auto &talk = conversation.talk();
        if (conversation.is_good())
            return mprox::ok();
        if (conversation.step() == MPROX_STEP_LOGIN && i < kTalks && change_login(chain[talk.hop], talk, logins))
            continue;
        auto refusal = static_cast<mprox_refusal>(talk.refusal);
        if (talk.hop == 0 && is_strange(talk, conversation.step()))
            if (const auto other = identify(chain[0]))
                refusal = other;
        return explain(chain, talk, refusal);
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

} // namespace

Status check_proxies(const mprox::Plan &plan, const SayChecked &say) {
    const auto chains = chains_of(plan);
    std::vector<Status> results;
    std::size_t good = 0;
    for (const auto &chain : chains) {
        results.push_back(check_server(chain));
        good += results.back() ? 1 : 0;
    }
    if (!good && chains.size() == 1)
        return results.front();
    for (std::size_t i = 0; i < chains.size(); i++)
        say(text_of_chain(chains[i]), results[i]);
    if (good)
        return mprox::ok();
    return Error{"none of the " + std::to_string(chains.size()) + " servers can be used", "what is wrong with each stands above"};
}

std::vector<Examined> examine_proxies(const mprox::Plan &plan) {
    std::vector<Examined> all;
    for (const auto &chain : chains_of(plan)) {
        Examined one{text_of_chain(chain), check_server(chain)};
        // A relay is reached by the machine itself, and so has no proxy before it.
        if (one.login && chain.size() == 1 && chain[0].type == MUTEX_PROXY_TYPE_SOCKS5)
            one.udp = check_server(chain, Wish::relay);
        if (one.login && chain.back().type != MUTEX_PROXY_TYPE_SOCKS4)
            one.ipv6 = check_server(chain, Wish::ipv6);
        all.push_back(std::move(one));
    }
    return all;
}
