// SPDX-License-Identifier: GPL-2.0-or-later
#include "proxy_url.hpp"

#include <gtest/gtest.h>

using namespace mprox;

TEST(ProxyUrl, HasADefaultPort) {
    const auto url = parse_proxy_url("socks5://proxy.example");
    ASSERT_TRUE(url);
    EXPECT_EQ(url->scheme, "socks5");
    EXPECT_EQ(url->host, "proxy.example");
    EXPECT_EQ(url->port, 1080);
    EXPECT_TRUE(url->user.empty());
}

TEST(ProxyUrl, DecodesCredentials) {
    const auto url = parse_proxy_url("SOCKS5H://u%3Aser:p%40ss%25@[::1]:99/");
    ASSERT_TRUE(url);
    EXPECT_EQ(url->scheme, "socks5h");
    EXPECT_EQ(url->user, "u:ser");
    EXPECT_EQ(url->password, "p@ss%");
    EXPECT_EQ(url->host, "::1");
    EXPECT_EQ(url->port, 99);
}

TEST(ProxyUrl, TakesTheLastAtSign) {
    const auto url = parse_proxy_url("socks5://me:a@b@192.0.2.1");
    ASSERT_TRUE(url);
    EXPECT_EQ(url->password, "a@b");
    EXPECT_EQ(url->host, "192.0.2.1");
}

TEST(ProxyUrl, NeverShowsThePassword) {
    EXPECT_EQ(parse_proxy_url("socks5://me:secret@h")->text(), "socks5://me:***@h:1080");
    for (const char *text : {"socks5://me:secret@h:0", "socks5://me:secret@", "gopher://me:secret@h",
                             "me:secret@h", "socks5://me:secret@h:1:2", "socks5://:secret@h", "me:secret://@h"}) {
        const auto url = parse_proxy_url(text);
        ASSERT_FALSE(url) << text;
        EXPECT_EQ(url.error().what.find("secret"), std::string::npos) << url.error().what;
    }
}

TEST(ProxyUrl, RefusesWhatCannotBe) {
    const std::string longer(256, 'x');
    for (const std::string &text :
         {std::string("socks5://"), std::string("socks5://h:65536"), std::string("socks5://h:"),
          std::string("socks5://::1"), std::string("socks5://[::1"), std::string("socks5://[127.0.0.1]"),
          std::string("socks5://u@h"), std::string("socks5://u:%4@h"), std::string("https://h"),
          std::string("socks4://u:p@h"), std::string("http://a%3Ab:p@h"), std::string("http://a%0Ab:p@h"),
          std::string("h:1080"),
          "socks5://" + longer + ":p@h", "socks5://u:" + longer + "@h"})
        EXPECT_FALSE(parse_proxy_url(text)) << text;
}

TEST(ProxyUrl, TakesCredentialsOfAnOption) {
    ProxyUrl url;
    ASSERT_TRUE(set_credentials(url, "user:pass:word%41"));
    EXPECT_EQ(url.user, "user");
    EXPECT_EQ(url.password, "pass:word%41");
    EXPECT_FALSE(set_credentials(url, "useronly"));
}

TEST(ProxyUrl, KnowsEveryScheme) {
    for (const char *scheme : {"socks4", "socks4a", "socks5", "socks5h", "http"})
        EXPECT_TRUE(parse_proxy_url(std::string(scheme) + "://192.0.2.1")) << scheme;
    EXPECT_EQ(parse_proxy_url("socks4://me@h")->user, "me");
    EXPECT_EQ(parse_proxy_url("http://me@h")->password, "");
    EXPECT_NE(parse_proxy_url("https://h").error().advice.find("stunnel"), std::string::npos);
}

TEST(ProxyUrl, TakesHeadersForHttpOnly) {
    auto http = *parse_proxy_url("http://h");
    auto socks = *parse_proxy_url("socks5://h");
    ASSERT_TRUE(add_header(http, "X-A", "b c"));
    ASSERT_TRUE(add_header(http, "X-B", ""));
    EXPECT_EQ(http.headers, "X-A: b c\r\nX-B: \r\n");
    EXPECT_FALSE(add_header(socks, "X-A", "b"));
    for (const auto &[name, value] : {std::pair{"", "b"}, {"A B", "b"}, {"A", "b\r\nC: d"}, {"A:", "b"}})
        EXPECT_FALSE(add_header(http, name, value)) << name;
    EXPECT_FALSE(add_header(http, "Long", std::string(2000, 'x')));
}

TEST(ProxyUrl, LeavesTheRequestsFrameAlone) {
    auto http = *parse_proxy_url("http://h");
    for (const char *name : {"Host", "content-length", "Transfer-Encoding"})
        EXPECT_FALSE(add_header(http, name, "1")) << name;
    EXPECT_TRUE(http.headers.empty());
    EXPECT_TRUE(add_header(http, "Host-Like", "1"));
}

TEST(ProxyUrl, TakesABearersToken) {
    auto http = *parse_proxy_url("http://h");
    auto socks = *parse_proxy_url("socks5://h");
    EXPECT_FALSE(http.has_login());
    for (const char *token : {"", "two words", "line\r\n", "t\xc3\xa4"}) {
        const auto status = set_bearer(http, token);
        ASSERT_FALSE(status) << token;
        EXPECT_EQ(status.error().what.find("words"), std::string::npos);
    }
    EXPECT_FALSE(set_bearer(socks, "t"));
    ASSERT_TRUE(set_bearer(http, "a-._~+/=="));
    EXPECT_EQ(http.headers, "Proxy-Authorization: Bearer a-._~+/==\r\n");
    EXPECT_TRUE(http.has_login());
}

TEST(ProxyUrl, LogsInOnce) {
    auto http = *parse_proxy_url("http://u:p@h");
    EXPECT_FALSE(set_bearer(http, "t"));
    EXPECT_FALSE(add_header(http, "proxy-authorization", "x"));
    http = *parse_proxy_url("http://h");
    ASSERT_TRUE(add_header(http, "X-A", "b"));
    ASSERT_TRUE(add_header(http, "proxy-authorization", "x"));
    EXPECT_FALSE(add_header(http, "Proxy-Authorization", "y"));
    EXPECT_FALSE(set_credentials(http, "u:p"));
}
