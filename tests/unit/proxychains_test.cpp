// SPDX-License-Identifier: GPL-2.0-or-later
#include "proxychains.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <unistd.h>

using namespace mprox;

namespace {

class Proxychains : public testing::Test {
  protected:
    void SetUp() override {
        char name[] = "/tmp/mprox-proxychains-XXXXXX";
        close(mkstemp(name));
        path_ = name;
    }
    void TearDown() override { std::filesystem::remove(path_); }

    Result<Profile> load(const std::string &text) {
        std::ofstream(path_) << text;
        return load_proxychains(path_);
    }

    void expect_error(const std::string &text, int line, const std::string &what) {
        const auto profile = load(text);
        ASSERT_FALSE(profile) << text;
        EXPECT_EQ(profile.error().what.find(path_ + (line ? ":" + std::to_string(line) : "") + ": "), 0U)
            << profile.error().what;
        EXPECT_NE(profile.error().what.find(what), std::string::npos) << profile.error().what;
    }

    std::string path_;
};

const std::string kList = "[ProxyList]\nsocks5 192.0.2.1 1080\n";

} // namespace

TEST_F(Proxychains, TakesTheFileThatDebianShips) {
    const auto profile = load("# proxychains.conf  VER 4.x\nstrict_chain\nproxy_dns\nremote_dns_subnet 224\n"
                              "tcp_read_time_out 15000\ntcp_connect_time_out 8000\n"
                              "localnet 127.0.0.0/255.0.0.0\nquiet_mode\n\n[ProxyList]\n"
                              "# add proxy here ...\nsocks4 \t127.0.0.1 9050\nhttp 192.0.2.2 3128 user pass # mine\n");
    ASSERT_TRUE(profile) << profile.error().what;
    ASSERT_EQ(profile->proxies.size(), 2U);
    EXPECT_EQ(profile->chain, true);
    EXPECT_EQ(profile->proxies[0].text(), "socks4://127.0.0.1:9050");
    EXPECT_EQ(profile->proxies[1].password, "pass");
    // To connect, and an answer of each of the two.
    EXPECT_EQ(profile->attempt_ms, 8000U + 2 * 15000U);
    EXPECT_EQ(profile->handshake_ms, profile->attempt_ms);
    ASSERT_EQ(profile->rules.size(), 1U);
    EXPECT_EQ(profile->rules[0].to->text(), "127.0.0.0/8");
    ASSERT_EQ(profile->notes.size(), 1U);
    EXPECT_NE(profile->notes[0].find("line 4: remote_dns_subnet"), std::string::npos);
}

TEST_F(Proxychains, TakesNetworks) {
    const auto profile = load("localnet 10.0.0.0:8080/255.255.0.0\nlocalnet fd00::/8\nlocalnet [fe80::]:22/10\n" + kList);
    ASSERT_TRUE(profile) << profile.error().what;
    ASSERT_EQ(profile->rules.size(), 3U);
    EXPECT_EQ(profile->rules[0].port_first, 8080);
    EXPECT_EQ(profile->rules[0].proto, IPPROTO_TCP);
    EXPECT_EQ(profile->rules[1].to->text(), "fd00::/8");
    EXPECT_EQ(profile->rules[2].port_last, 22);
}

TEST_F(Proxychains, ADynamicChainLeavesOutOneAfterTheOther) {
    const auto profile = load("dynamic_chain\n[ProxyList]\nsocks5 192.0.2.1 1\nsocks5 192.0.2.2 2\n");
    ASSERT_TRUE(profile) << profile.error().what;
    ASSERT_EQ(profile->proxies.size(), 4U);
    EXPECT_FALSE(profile->proxies[0].hop);
    EXPECT_TRUE(profile->proxies[1].hop);
    EXPECT_EQ(profile->proxies[2].port, 1);
    EXPECT_FALSE(profile->proxies[2].hop);
    EXPECT_EQ(profile->proxies[3].port, 2);
    EXPECT_FALSE(profile->proxies[3].hop);
    // No mode is this one.
    EXPECT_EQ(load("[ProxyList]\nsocks5 192.0.2.1 1\nsocks5 192.0.2.2 2\n")->proxies.size(), 4U);
    std::string four = "[ProxyList]\n";
    for (int i = 1; i <= 4; i++)
        four += "http 192.0.2." + std::to_string(i) + " 80\n";
    const auto many = load(four);
    ASSERT_TRUE(many);
    EXPECT_EQ(std::count_if(many->proxies.begin(), many->proxies.end(), [](const auto &p) { return !p.hop; }), 8);
}

TEST_F(Proxychains, RandomAndRoundRobinAreStrategies) {
    EXPECT_EQ(load("random_chain\nchain_len = 1\n" + kList)->strategy, Strategy::random);
    EXPECT_EQ(load("round_robin_chain\n" + kList)->strategy, Strategy::round_robin);
}

TEST_F(Proxychains, TakesTimeouts) {
    const std::string two = "[ProxyList]\nsocks5 192.0.2.1 1\nsocks5 192.0.2.2 2\n";
    EXPECT_FALSE(load(two)->attempt_ms);
    EXPECT_FALSE(load(two)->handshake_ms);
    const auto one_each = load("random_chain\ntcp_connect_time_out 1000\n" + two);
    EXPECT_EQ(one_each->attempt_ms, 1000U + 4000U);
    EXPECT_EQ(one_each->handshake_ms, 2 * 5000U);
    // Both, then each alone.
    const auto dynamic = load("tcp_read_time_out 500\n" + two);
    EXPECT_EQ(dynamic->attempt_ms, 10000U + 2 * 500U);
    EXPECT_EQ(dynamic->handshake_ms, 3 * 11000U);
    EXPECT_EQ(load("tcp_read_time_out 600000\n" + two)->attempt_ms, 600000U);
    EXPECT_EQ(load("random_chain\ntcp_read_time_out 1\ntcp_connect_time_out 1\n" + kList)->attempt_ms, 100U);
}

TEST_F(Proxychains, AHashMayBePartOfAPassword) {
    const auto profile = load(" # comment\nround_robin_chain # comment\nchain_len=1 # comment\n[ProxyList]\n"
                              "\t# comment\nsocks5 192.0.2.1 1 me pa#ss\r\nsocks5 192.0.2.2 2 me #pass # comment\n");
    ASSERT_TRUE(profile) << profile.error().what;
    ASSERT_EQ(profile->proxies.size(), 2U);
    EXPECT_EQ(profile->proxies[0].password, "pa#ss");
    EXPECT_EQ(profile->proxies[1].password, "#pass");
    EXPECT_EQ(profile->strategy, Strategy::round_robin);
    expect_error("[ProxyList]\nsocks5 192.0.2.1 1 # mine\n", 2, "comment");
    expect_error("[ProxyList]\nsocks5 192.0.2.1 1 me pass more\n", 2, "more");
}

TEST_F(Proxychains, TakesTheFileOfThisMachine) {
    const std::string path = "/etc/proxychains4.conf";
    if (!std::filesystem::exists(path))
        GTEST_SKIP() << "proxychains4 is not installed";
    const auto profile = load_proxychains(path);
    EXPECT_TRUE(profile) << profile.error().what;
}

TEST_F(Proxychains, SaysWhatCannotBe) {
    expect_error("random_chain\nchain_len=2\n" + kList, 2, "chain_len");
    expect_error("strict_chain please\n" + kList, 1, "nothing behind");
    expect_error("quiet_mode=1\n" + kList, 1, "nothing behind");
    expect_error("random_chain\nchain_len =\n" + kList, 2, "number");
    expect_error("random_chain\nchain_len = 2\n" + kList, 2, "chain_len");
    expect_error("strict_chain\nrandom_chain\n" + kList, 2, "second mode");
    expect_error("dnat 1.1.1.1 2.2.2.2\n" + kList, 1, "dnat");
    expect_error("localnet 10.0.0.0\n" + kList, 1, "mask");
    expect_error("localnet 10.0.0.0/255.0.255.0\n" + kList, 1, "network");
    expect_error("localnet 10.1.0.0/255.0.0.0\n" + kList, 1, "");
    expect_error("tcp_read_time_out soon\n" + kList, 1, "number");
    expect_error("stric_chain\n" + kList, 1, "unknown word");
    expect_error("[ProxyList]\nraw 192.0.2.1 80\n", 2, "raw");
    expect_error("[ProxyList]\nsocks6 192.0.2.1 80\n", 2, "type");
    expect_error("[ProxyList]\nsocks5 192.0.2.1\n", 2, "written as");
    expect_error("[ProxyList]\nsocks5 192.0.2.1 0\n", 2, "port");
    expect_error("[ProxyList]\nsocks5 192.0.2.1 80 user\n", 2, "password");
    expect_error("[ProxyList]\n", 0, "no proxy");
    std::string five = "strict_chain\n[ProxyList]\n";
    for (int i = 1; i <= 5; i++)
        five += "http 192.0.2." + std::to_string(i) + " 80\n";
    expect_error(five, 1, "chain of 5");
    EXPECT_FALSE(load_proxychains("/nonexistent/proxychains.conf"));
}

TEST_F(Proxychains, AreRecognised) {
    EXPECT_TRUE(is_proxychains("/etc/proxychains4.conf"));
    EXPECT_FALSE(is_proxychains("/etc/mprox/mprox.toml"));
    std::ofstream(path_) << kList;
    EXPECT_TRUE(is_proxychains(path_));
}
