// SPDX-License-Identifier: GPL-2.0-or-later
// mprox-run --check, against a listener that says what it is told to say.
#include "check.hpp"

#include <arpa/inet.h>
#include <future>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <tuple>

#include "fd.hpp"
#include "fetch.hpp"

using namespace mprox;

namespace {

using Octets = std::string;

/// Answers each connection in turn with its octets, once something was said.
class Listener {
  public:
    Listener() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in sin = {};
        socklen_t len = sizeof(sin);
        sin.sin_family = AF_INET;
        sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(bind(fd_.get(), reinterpret_cast<sockaddr *>(&sin), len), 0);
        EXPECT_EQ(listen(fd_.get(), 8), 0);
        EXPECT_EQ(getsockname(fd_.get(), reinterpret_cast<sockaddr *>(&sin), &len), 0);
        port_ = ntohs(sin.sin_port);
    }

    [[nodiscard]] std::string host() const { return "127.0.0.1:" + std::to_string(port_); }

    /// Is anybody there who was not answered?
    [[nodiscard]] bool is_called() const {
        pollfd ready = {fd_.get(), POLLIN, 0};
        return poll(&ready, 1, 0) == 1;
    }

    /// What each client said.
    std::future<std::vector<Octets>> answer(std::vector<Octets> answers) {
        return std::async(std::launch::async, [this, answers] {
            std::vector<Octets> said;
            for (const auto &text : answers) {
                pollfd ready = {fd_.get(), POLLIN, 0};
                if (poll(&ready, 1, 3000) != 1)
                    break;
                const Fd peer(accept(fd_.get(), nullptr, nullptr));
                char buffer[512];
                const ssize_t len = recv(peer.get(), buffer, sizeof(buffer), 0);
                said.emplace_back(buffer, static_cast<std::size_t>(std::max<ssize_t>(len, 0)));
                send(peer.get(), text.data(), text.size(), MSG_NOSIGNAL);
                // What is not read would make a reset of the end.
                shutdown(peer.get(), SHUT_WR);
                while (recv(peer.get(), buffer, sizeof(buffer), 0) > 0) {
                }
            }
            return said;
        });
    }

  private:
    Fd fd_;
    std::uint16_t port_ = 0;
};

/// What was said of the servers, and how it ended.
struct Checked {
    Status status = ok();
    std::vector<std::string> good;
    std::vector<std::string> bad;
};

Checked check(const Profile &profile) {
    Checked result;
    result.status = check_proxies(*make_plan(profile), [&](const std::string &server, const Status &status) {
        if (status)
            result.good.push_back(server);
        else
            result.bad.push_back(status.error().what);
    });
    return result;
}

Profile profile_of(const std::vector<std::string> &urls) {
    Profile profile;
    for (const auto &url : urls)
        profile.proxies.push_back(*parse_proxy_url(url));
    return profile;
}

Status check(const std::string &url, ProxyAuth auth = ProxyAuth::automatic) {
    auto profile = profile_of({url});
    profile.proxies[0].auth = auth;
    return check(profile).status;
}

void expect_refused(const Status &status, const std::string &what, const std::string &advice = "") {
    ASSERT_FALSE(status) << what;
    EXPECT_NE(status.error().what.find(what), std::string::npos) << status.error().what;
    EXPECT_NE(status.error().advice.find(advice), std::string::npos) << status.error().advice;
}

const Octets kNoLogin("\5\1\0", 3);
const Octets kPassword("\5\1\2", 3);
const Octets kTakesNoLogin("\5\0", 2);
const Octets kTakesNothing("\5\xff", 2);
const Octets kNoSuchName = "HTTP/1.1 503 Service Unavailable\r\n\r\n";
const Octets kBasic = "HTTP/1.1 407 x\r\nProxy-Authenticate: Basic realm=\"a\"\r\n\r\n";
const Octets kDigest = "HTTP/1.1 407 x\r\nProxy-Authenticate: Digest realm=\"a\", nonce=\"n\", qop=\"auth\"\r\n\r\n";
// RFC 7617: "u:p".
const Octets kOurBasic = "Proxy-Authorization: Basic dTpw\r\n";

} // namespace

TEST(Check, AsksHttpForANameThatNobodyHas) {
    for (const Octets &answer : {kNoSuchName, Octets("HTTP/1.1 200 OK\r\n\r\n"), Octets("HTTP/1.1 504 x\r\n\r\n")}) {
        Listener listener;
        auto said = listener.answer({answer});
        EXPECT_TRUE(check("http://u:p@" + listener.host()));
        EXPECT_EQ(said.get(), std::vector<Octets>{"CONNECT mprox-check.invalid:443 HTTP/1.1\r\n"
                                                  "Host: mprox-check.invalid:443\r\n" + kOurBasic + "\r\n"});
    }
}

TEST(Check, AsksSocks4WithTheUserId) {
    Listener listener;
    auto said = listener.answer({Octets("\0\x5b", 2)}); // 91: as with a name that is not there
    EXPECT_TRUE(check("socks4://me@" + listener.host()));
    EXPECT_EQ(said.get(), std::vector<Octets>{Octets("\4\1\1\xbb\0\0\0\1me\0mprox-check.invalid\0", 31)});
    auto again = listener.answer({Octets("\0\x5d", 2)});
    expect_refused(check("socks4://me@" + listener.host()), "does not take this user id");
}

TEST(Check, GreetsSocks5) {
    Listener listener;
    auto said = listener.answer({kTakesNoLogin});
    EXPECT_TRUE(check("socks5://" + listener.host()));
    EXPECT_EQ(said.get(), std::vector<Octets>{kNoLogin});
}

TEST(Check, SaysWhatAServerIsInstead) {
    const std::tuple<const char *, std::vector<Octets>, const char *, const char *> cases[] = {
        {"socks5", {"HTTP/1.0 400"}, "is an HTTP server", "http://"},
        {"socks5", {"SSH-2.0-x\r\n"}, "is an SSH server", "ssh -D"},
        {"http", {"\x15\3\1"}, "speaks TLS", "stunnel"},
        // It hangs up, and is asked what else it knows.
        {"http", {"", kTakesNoLogin}, "is a SOCKS5 server", "socks5://"},
        {"socks4", {"", "", "\x16\3\3"}, "speaks TLS", "stunnel"},
        {"socks5", {"", "", "HTTP/1.1 400 x\r\n"}, "is an HTTP server", "http://"},
        {"socks5", {"", "", ""}, "hangs up", "check host and port"},
        // As web servers with TLS answer to words without it.
        {"http", {"HTTP/1.1 400 x\r\n\r\n", "HTTP/1.1 400 x", "\x15\3\1"}, "speaks TLS", "stunnel"},
        {"http", {"HTTP/1.1 405 x\r\n\r\n", "", ""}, "does not know CONNECT", "check"},
    };
    for (const auto &[scheme, answers, what, advice] : cases) {
        Listener listener;
        auto said = listener.answer(answers);
        expect_refused(check(std::string(scheme) + "://" + listener.host()), what, advice);
        EXPECT_EQ(said.get().size(), answers.size()) << what;
    }
}

TEST(Check, SaysWhyHttpRefuses) {
    const std::pair<Octets, const char *> cases[] = {
        {"HTTP/1.1 403 x\r\n\r\n", "forbids it"},
        {"HTTP/1.1 511 x\r\n\r\n", "a page to log in"},
        {"HTTP/1.1 302 x\r\nLocation: http://portal.example\r\n\r\n", "a page to log in"},
        {"HTTP/1.1 429 x\r\n\r\n", "too often"},
        {"HTTP/1.1 407 x\r\nProxy-Authenticate: NTLM\r\n\r\n", "NTLM"},
        {kBasic, "wants a user and a password"},
    };
    for (const auto &[answer, what] : cases) {
        Listener listener;
        auto said = listener.answer({answer});
        expect_refused(check("http://" + listener.host()), what);
        said.get();
    }
}

TEST(Check, AnswersDigest) {
    Listener listener;
    auto said = listener.answer({kDigest, kNoSuchName});
    EXPECT_TRUE(check("http://u:p@" + listener.host(), ProxyAuth::digest));
    const auto both = said.get();
    ASSERT_EQ(both.size(), 2U);
    EXPECT_EQ(both[0].find("Authorization"), Octets::npos);
    EXPECT_NE(both[1].find("Proxy-Authorization: Digest username=\"u\""), Octets::npos) << both[1];
    auto wrong = listener.answer({kDigest, kDigest});
    expect_refused(check("http://u:p@" + listener.host()), "does not take this user and password");
    EXPECT_EQ(wrong.get().size(), 2U);
}

TEST(Check, OptionalCredentialsAreNotInsistedUpon) {
    Listener listener;
    auto said = listener.answer({kTakesNothing, kTakesNoLogin});
    EXPECT_TRUE(check("socks5://u:p@" + listener.host(), ProxyAuth::optional));
    EXPECT_EQ(said.get(), (std::vector<Octets>{kPassword, kNoLogin}));
    auto again = listener.answer({kTakesNothing, kTakesNothing});
    EXPECT_FALSE(check("socks5://u:p@" + listener.host(), ProxyAuth::optional));
    EXPECT_EQ(again.get().size(), 2U);
    auto insisted = listener.answer({kTakesNothing});
    expect_refused(check("socks5://u:p@" + listener.host()), "does not take a user and a password");
}

TEST(Check, AServerThatLetsAnybodyInMay) {
    Listener listener;
    auto said = listener.answer({kTakesNoLogin, kTakesNoLogin});
    EXPECT_TRUE(check("socks5://u:p@" + listener.host()));
    EXPECT_EQ(said.get(), (std::vector<Octets>{kPassword, kNoLogin}));
}

TEST(Check, AWrongPasswordIsFinal) {
    Listener listener;
    auto said = listener.answer({"\5\2\1\1"}); // RFC 1929, 2: any STATUS but 0
    expect_refused(check("socks5://u:p@" + listener.host(), ProxyAuth::optional),
                   "does not take this user and password");
    EXPECT_EQ(said.get(), std::vector<Octets>{kPassword});
    EXPECT_FALSE(listener.is_called());
}

TEST(Check, OneOfSeveralServersIsEnough) {
    Listener first;
    Listener second;
    const auto profile = profile_of({"http://" + first.host(), "socks5://" + second.host()});
    auto one = first.answer({"HTTP/1.1 403 x\r\n\r\n"});
    auto two = second.answer({kTakesNoLogin});
    auto some = check(profile);
    EXPECT_TRUE(some.status);
    EXPECT_EQ(some.good.size(), 1U);
    ASSERT_EQ(some.bad.size(), 1U);
    EXPECT_NE(some.bad[0].find("forbids it"), std::string::npos);
    one.get();
    two.get();
    one = first.answer({"HTTP/1.1 403 x\r\n\r\n"});
    two = second.answer({kTakesNothing});
    auto none = check(profile);
    expect_refused(none.status, "none of the 2 servers");
    EXPECT_EQ(none.bad.size(), 2U);
}

TEST(Check, FollowsAChain) {
    Listener listener;
    auto profile = profile_of({"socks5://" + listener.host(), "http://u:p@inner:3128"});
    profile.proxies[1].hop = true;
    const Octets open("\5\0\5\0\0\1\0\0\0\0\0\0", 12);
    auto said = listener.answer({open + kNoSuchName});
    EXPECT_TRUE(check(profile).status);
    said.get();
    auto refused = listener.answer({Octets("\5\0\5\5", 4)});
    expect_refused(check(profile).status, "is refused by the destination; the next of the chain is proxy inner port 3128");
    refused.get();
    auto login = listener.answer({open + kBasic});
    expect_refused(check(profile).status, "proxy inner port 3128 does not take this user and password");
}

TEST(Examine, AsksForARelayAndForIpv6) {
    const Octets nowhere("\0\1\0\0\0\0\0\0", 8); // RSV, ATYP, BND.ADDR, BND.PORT
    const auto examine = [&](const Octets &relay, const Octets &ipv6) {
        Listener listener;
        auto said = listener.answer({kTakesNoLogin, kTakesNoLogin + "\5" + relay + nowhere, kTakesNoLogin + "\5" + ipv6 + nowhere});
        auto found = examine_proxies(*make_plan(profile_of({"socks5://" + listener.host()})));
        EXPECT_EQ(said.get().size(), 3U);
        return found.at(0);
    };
    const Octets good("\0", 1);
    auto found = examine(good, "\4"); // 4: host unreachable
    EXPECT_TRUE(found.login && *found.udp && *found.ipv6);
    found = examine("\7", "\10"); // 7: command not supported, 8: address type not supported
    EXPECT_TRUE(found.login);
    ASSERT_TRUE(found.udp && found.ipv6);
    expect_refused(*found.udp, "");
    expect_refused(*found.ipv6, "");
}

TEST(Examine, AsksNobodyForWhatHeCannotHave) {
    Listener listener;
    auto said = listener.answer({Octets("\0\x5b", 2)});
    auto found = examine_proxies(*make_plan(profile_of({"socks4://id@" + listener.host()}))).at(0);
    EXPECT_TRUE(found.login);
    EXPECT_FALSE(found.udp || found.ipv6);
    EXPECT_FALSE(listener.is_called());
    found = examine_proxies(*make_plan(profile_of({"socks5://127.0.0.1:1"}))).at(0);
    expect_refused(found.login, "cannot be reached");
    EXPECT_FALSE(found.udp || found.ipv6);
    Listener http;
    auto asked = http.answer({kNoSuchName, "HTTP/1.1 200 OK\r\n\r\n"});
    found = examine_proxies(*make_plan(profile_of({"http://" + http.host()}))).at(0);
    EXPECT_TRUE(found.login && *found.ipv6);
    EXPECT_FALSE(found.udp);
    EXPECT_NE(asked.get().at(1).find("CONNECT [2001:db8::1]:443"), std::string::npos);
}

TEST(Examine, FetchesThroughTheServer) {
    const Octets open("\5\0\0\1\0\0\0\0\0\0", 10);
    const auto url = *parse_url("http://hidden.test:81/path");
    long status = 0;
    Examination how;
    how.peer = url.peer;
    how.use = [&](std::size_t number, Fd connection, const Deadline &deadline) {
        EXPECT_EQ(number, 0U);
        const auto fetched = fetch(url, std::move(connection), deadline);
        status = fetched ? *fetched : 0;
        return fetched ? ok() : Status(fetched.error());
    };
    Listener listener;
    // One octet after the other is read of what the proxy says: the rest is the destination's.
    auto said = listener.answer({kTakesNoLogin + open + "HTTP/1.1 404 x\r\nContent-Length: 2\r\n\r\nno", "", ""});
    auto found = examine_proxies(*make_plan(profile_of({"socks5://" + listener.host()})), how).at(0);
    EXPECT_TRUE(found.login) << found.login.error().what;
    EXPECT_EQ(status, 404);
    EXPECT_TRUE(found.connected);
    said.get();
    Listener refuses;
    said = refuses.answer({kTakesNoLogin + Octets("\5\5\0\1\0\0\0\0\0\0", 10)});
    found = examine_proxies(*make_plan(profile_of({"socks5://" + refuses.host()})), how).at(0);
    expect_refused(found.login, "is refused by the destination");
    EXPECT_FALSE(found.udp || found.ipv6);
    said.get();
    Listener silent;
    how.timeout = std::chrono::milliseconds(200);
    found = examine_proxies(*make_plan(profile_of({"socks5://" + silent.host()})), how).at(0);
    expect_refused(found.login, "");
}

TEST(Examine, KnowsWhatCanBeFetched) {
    EXPECT_EQ(parse_url("example.org")->text, "https://example.org/");
    EXPECT_EQ(parse_url("http://[2001:db8::1]:8080/x")->peer.address.text(), "2001:db8::1");
    EXPECT_EQ(parse_url("http://192.0.2.1")->peer.port, 80);
    EXPECT_EQ(parse_url("https://example.org")->peer.name, "example.org");
    EXPECT_EQ(parse_url("https://example.org")->peer.port, 443);
    for (const char *bad : {"ftp://example.org", "http://", "a b"})
        EXPECT_FALSE(parse_url(bad)) << bad;
}
