// SPDX-License-Identifier: GPL-2.0-or-later
// mprox-run --check, against a listener that says what it is told to say.
#include "check.hpp"

#include <arpa/inet.h>
#include <future>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include "fd.hpp"

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
            }
            return said;
        });
    }

  private:
    Fd fd_;
    std::uint16_t port_ = 0;
};

Status check(const std::string &url, ProxyAuth auth = ProxyAuth::automatic) {
    Profile profile;
    profile.proxies.push_back(*parse_proxy_url(url));
    profile.proxies[0].auth = auth;
    return check_proxies(*make_plan(profile));
}

const Octets kNoLogin("\5\1\0", 3);
const Octets kPassword("\5\1\2", 3);
const Octets kTakesNoLogin("\5\0", 2);
const Octets kTakesNothing("\5\xff", 2);

} // namespace

TEST(Check, SaysNothingToHttpAndSocks4) {
    for (const char *scheme : {"http://u:p@", "socks4://me@"}) {
        Listener listener;
        auto said = listener.answer({""});
        EXPECT_TRUE(check(scheme + listener.host()));
        EXPECT_EQ(said.get(), std::vector<Octets>{""});
    }
}

TEST(Check, GreetsSocks5) {
    Listener listener;
    auto said = listener.answer({kTakesNoLogin});
    EXPECT_TRUE(check("socks5://" + listener.host()));
    EXPECT_EQ(said.get(), std::vector<Octets>{kNoLogin});
}

TEST(Check, SaysWhyAProxyCannotBeUsed) {
    const std::pair<Octets, const char *> answers[] = {
        {kTakesNothing, "refuses us"}, {"HTTP/1.0 400", "does not speak SOCKS5"}, {"", "hangs up"}};
    for (const auto &[answer, why] : answers) {
        Listener listener;
        auto said = listener.answer({answer});
        const auto status = check("socks5://u:p@" + listener.host());
        ASSERT_FALSE(status);
        EXPECT_NE(status.error().what.find(why), std::string::npos) << status.error().what;
        said.get();
    }
}

TEST(Check, OptionalCredentialsAreNotInsistedUpon) {
    Listener listener;
    auto said = listener.answer({kTakesNothing, kTakesNoLogin});
    EXPECT_TRUE(check("socks5://u:p@" + listener.host(), ProxyAuth::optional));
    EXPECT_EQ(said.get(), (std::vector<Octets>{kPassword, kNoLogin}));
    auto again = listener.answer({kTakesNothing, kTakesNothing});
    EXPECT_FALSE(check("socks5://u:p@" + listener.host(), ProxyAuth::optional));
    EXPECT_EQ(again.get().size(), 2U);
}

TEST(Check, AWrongPasswordIsFinal) {
    Listener listener;
    auto said = listener.answer({"\5\2\1\1"}); // RFC 1929, 2: any STATUS but 0
    EXPECT_FALSE(check("socks5://u:p@" + listener.host(), ProxyAuth::optional));
    EXPECT_EQ(said.get(), std::vector<Octets>{kPassword});
    EXPECT_FALSE(listener.is_called());
}

TEST(Check, AsksEveryServerAndNoHop) {
    Listener first;
    Listener second;
    Profile profile;
    for (const auto &host : {"http://" + first.host(), std::string("socks5://inner:1"), "http://" + second.host()})
        profile.proxies.push_back(*parse_proxy_url(host));
    profile.proxies[1].hop = true;
    auto one = first.answer({""});
    auto two = second.answer({""});
    EXPECT_TRUE(check_proxies(*make_plan(profile)));
    EXPECT_EQ(one.get().size(), 1U);
    EXPECT_EQ(two.get().size(), 1U);
}
