// SPDX-License-Identifier: GPL-2.0-or-later
#include "proxychains.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <linux/mutex_proxy.h>
#include <netinet/in.h>
#include <set>
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

    /// One note, which has all of these.
    void expect_note(const std::string &text, const std::vector<std::string> &parts) {
        const auto profile = load(text);
        ASSERT_TRUE(profile) << text << profile.error().what;
        ASSERT_EQ(profile->notes.size(), 1U) << text;
        for (const auto &part : parts)
            EXPECT_NE(profile->notes[0].find(part), std::string::npos) << profile->notes[0];
    }

    std::string path_;
};

/// What connections may take: each chain as the ports of its proxies, one letter each.
std::vector<std::string> chains_of(const Profile &profile) {
    std::vector<std::string> chains;
    for (const auto &url : profile.proxies) {
        if (!url.hop)
            chains.emplace_back();
        chains.back() += static_cast<char>('a' + url.port - 1);
    }
    return chains;
}

/// @p nr proxies, at the ports 1, 2, 3...
std::string list_of(int nr) {
    std::string text = "[ProxyList]\n";
    for (int i = 1; i <= nr; i++)
        text += "http 192.0.2.1 " + std::to_string(i) + "\n";
    return text;
}

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
    const auto many = load(list_of(4));
    ASSERT_TRUE(many);
    const auto chains = chains_of(*many);
    EXPECT_EQ(chains.size(), std::min<std::size_t>(15, MUTEX_PROXY_MAX_SERVERS));
    EXPECT_EQ(chains[0], "abcd");
    EXPECT_EQ(chains[4], "bcd");
}

TEST_F(Proxychains, RandomAndRoundRobinAreStrategies) {
    EXPECT_EQ(load("random_chain\nchain_len = 1\n" + kList)->strategy, Strategy::random);
    EXPECT_EQ(load("round_robin_chain\n" + kList)->strategy, Strategy::round_robin);
    EXPECT_EQ(chains_of(*load("random_chain\n" + list_of(8))).size(), 8U);
}

TEST_F(Proxychains, ARandomChainTakesAnyProxiesInAnyOrder) {
    const auto pairs = load("random_chain\nchain_len = 2\n" + list_of(3));
    ASSERT_TRUE(pairs) << pairs.error().what;
    EXPECT_EQ(chains_of(*pairs), (std::vector<std::string>{"ab", "ac", "ba", "bc", "ca", "cb"}));
    EXPECT_TRUE(pairs->notes.empty());
    // More than there is room for: some, each of them another one.
    const auto drawn = load("random_chain\nchain_len = 4\n" + list_of(20));
    ASSERT_TRUE(drawn) << drawn.error().what;
    const auto chains = chains_of(*drawn);
    EXPECT_EQ(chains.size(), static_cast<std::size_t>(MUTEX_PROXY_MAX_SERVERS));
    EXPECT_EQ(std::set(chains.begin(), chains.end()).size(), chains.size());
    for (const auto &chain : chains)
        EXPECT_EQ(std::set(chain.begin(), chain.end()).size(), 4U) << chain;
    ASSERT_EQ(drawn->notes.size(), 1U);
    EXPECT_NE(drawn->notes[0].find("more chains"), std::string::npos) << drawn->notes[0];
}

TEST_F(Proxychains, ARoundRobinChainBeginsBehindTheLast) {
    EXPECT_EQ(chains_of(*load("round_robin_chain\nchain_len = 2\n" + list_of(4))),
              (std::vector<std::string>{"ab", "cd"}));
    EXPECT_EQ(chains_of(*load("round_robin_chain\nchain_len = 2\n" + list_of(3))),
              (std::vector<std::string>{"ab", "ca", "bc"}));
}

TEST_F(Proxychains, TheLastModeCounts) {
    const auto profile = load("strict_chain\nrandom_chain\n" + kList);
    ASSERT_TRUE(profile) << profile.error().what;
    EXPECT_EQ(profile->strategy, Strategy::random);
    EXPECT_FALSE(profile->chain);
    expect_note("strict_chain\n#\nrandom_chain\n" + kList, {"line 3: random_chain", "strict_chain in line 1"});
    EXPECT_TRUE(load("strict_chain\nstrict_chain\n" + kList)->notes.empty());
}

TEST_F(Proxychains, ALocalnetWithHostBitsIsItsNetwork) {
    const auto profile = load("localnet 192.168.1.10:80/255.255.255.0\nlocalnet fd00::1/8\n" + kList);
    ASSERT_TRUE(profile) << profile.error().what;
    ASSERT_EQ(profile->rules.size(), 2U);
    EXPECT_EQ(profile->rules[0].to->text(), "192.168.1.0/24");
    EXPECT_EQ(profile->rules[0].port_first, 80);
    EXPECT_EQ(profile->rules[1].to->text(), "fd00::/8");
    EXPECT_EQ(profile->notes.size(), 2U);
    expect_note("localnet 10.1.2.3/255.0.0.0\n" + kList, {"line 1", "10.1.2.3", "the network is 10.0.0.0/8"});
}

TEST_F(Proxychains, ALocalnetThatIsANameSaysSo) {
    for (const char *name : {"*.example.com", "host.example", "host.example:80/255.255.255.255", "intra/32"})
        expect_error("localnet " + std::string(name) + "\n" + kList, 1, "is a name; rules by name are not honoured yet");
    expect_error("localnet localhost/255.0.0.0\n" + kList, 1, "localhost is always reached directly");
}

TEST_F(Proxychains, SettingsBelowTheListAreTaken) {
    const auto profile = load(kList + "localnet 10.0.0.0/255.0.0.0\nsocks5 192.0.2.2 1\n");
    ASSERT_TRUE(profile) << profile.error().what;
    EXPECT_EQ(profile->rules.size(), 1U);
    EXPECT_EQ(profile->proxies.size(), 4U); // both, then each alone
    expect_note(kList + "localnet 10.0.0.0/255.0.0.0\n", {"line 3: localnet below [ProxyList]"});
    EXPECT_EQ(load(kList + "random_chain # too late?\n")->strategy, Strategy::random);
}

TEST_F(Proxychains, TakesProxiesInTheirOtherForms) {
    const auto profile = load("random_chain\n[proxylist]\nsocks5h 192.0.2.1 1\nsocks4a\t[2001:db8::1]\t2\n"
                              "http ::1 3\nsocks5://me:p%40:s@host.example:4\nhttp://192.0.2.5:5 # five\n"
                              "socks5 192.0.2.6 6 # six\n");
    ASSERT_TRUE(profile) << profile.error().what;
    ASSERT_EQ(profile->proxies.size(), 6U);
    EXPECT_EQ(profile->proxies[0].text(), "socks5h://192.0.2.1:1");
    EXPECT_EQ(profile->proxies[1].text(), "socks4a://[2001:db8::1]:2");
    EXPECT_EQ(profile->proxies[2].text(), "http://[::1]:3");
    EXPECT_EQ(profile->proxies[3].host, "host.example");
    EXPECT_EQ(profile->proxies[3].password, "p%40:s");
    EXPECT_EQ(profile->proxies[4].text(), "http://192.0.2.5:5");
    EXPECT_TRUE(profile->proxies[5].user.empty());
    EXPECT_EQ(profile->notes.size(), 1U);
    expect_note("[ProxyList]\nsocks5 192.0.2.1 1 # mine\n", {"line 2", "taken for a comment"});
    expect_error("[ProxyList]\nhttps 192.0.2.1 443\n", 2, "TLS to the proxy itself");
    expect_error("[ProxyList]\nhttps://192.0.2.1:443\n", 2, "TLS to the proxy itself");
}

TEST_F(Proxychains, TakesFilesOfOtherSystems) {
    const auto profile = load("\xef\xbb\xbfstrict_chain\r\n\tquiet_mode\r\nproxy_dns_old\r\n"
                              "proxy_dns_daemon 127.0.0.1:1053\r\n[ProxyList]\r\nsocks5\t192.0.2.1\t1080\r\n");
    ASSERT_TRUE(profile) << profile.error().what;
    EXPECT_EQ(profile->chain, true);
    EXPECT_EQ(profile->proxies[0].text(), "socks5://192.0.2.1:1080");
    std::ofstream(path_) << "\xef\xbb\xbf[ProxyList]\r\nsocks5 192.0.2.1 1080\r\n";
    EXPECT_TRUE(is_proxychains(path_));
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
    expect_error("[ProxyList]\nsocks5 192.0.2.1 1 #mine\n", 2, "comment");
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
    expect_error("random_chain\nchain_len=2\n" + kList, 2, "chain_len is 2, and [ProxyList] has 1");
    expect_error("random_chain\nchain_len=9\n" + list_of(9), 2, "chain of 9");
    expect_error("strict_chain please\n" + kList, 1, "nothing behind");
    expect_error("quiet_mode=1\n" + kList, 1, "nothing behind");
    expect_error("random_chain\nchain_len =\n" + kList, 2, "number");
    expect_error("dnat 1.1.1.1 2.2.2.2\n" + kList, 1, "dnat");
    expect_error("localnet 10.0.0.0\n" + kList, 1, "mask");
    expect_error("localnet 10.0.0.0/255.0.255.0\n" + kList, 1, "network");
    expect_error("localnet 10.0.0/8\n" + kList, 1, "not a network");
    expect_error("localnet 10.0.0.0 255.0.0.0\n" + kList, 1, "one network");
    expect_error("tcp_read_time_out soon\n" + kList, 1, "number");
    expect_error("stric_chain\n" + kList, 1, "unknown word");
    expect_error("[ProxyList]\nraw 192.0.2.1 80\n", 2, "raw");
    expect_error("[ProxyList]\nsocks6 192.0.2.1 80\n", 2, "type");
    expect_error("[ProxyList]\nsocks5 192.0.2.1\n", 2, "written as");
    expect_error("[ProxyList]\nsocks5 192.0.2.1 0\n", 2, "port");
    expect_error("[ProxyList]\nsocks5 192.0.2.1 80 user\n", 2, "password");
    expect_error("[ProxyList]\n", 0, "no proxy");
    const auto too_many = MUTEX_PROXY_MAX_HOPS + 1;
    expect_error("strict_chain\n" + list_of(too_many), 1, "chain of " + std::to_string(too_many));
    expect_error("socks5 192.0.2.1 1080\n", 1, "unknown word");
    EXPECT_FALSE(load_proxychains("/nonexistent/proxychains.conf"));
}

TEST_F(Proxychains, AreRecognised) {
    EXPECT_TRUE(is_proxychains("/etc/proxychains4.conf"));
    EXPECT_FALSE(is_proxychains("/etc/mprox/mprox.toml"));
    std::ofstream(path_) << kList;
    EXPECT_TRUE(is_proxychains(path_));
}

TEST_F(Proxychains, ImportNamesWhatHasNoCounterpart) {
    const std::string text = "dynamic_chain\nquiet_mode\nproxy_dns_old\nremote_dns_subnet 224\nchain_len = 2\ntcp_read_time_out 15000\n"
                             "localnet 10.0.0.0/255.0.0.0\nlocalnet intra.example/255.0.0.0\ndnat 10.0.0.1 10.0.0.2\n"
                             "[ProxyList]\nsocks5 192.0.2.1 1080 me word\nraw 192.0.2.2 1080\nhttps 192.0.2.3 443\nsocks4 192.0.2.4 1080 id word\n";
    expect_error(text, 8, "intra.example");
    std::ofstream(path_) << text;
    const auto profile = load_proxychains(path_, Unfit::noted);
    ASSERT_TRUE(profile) << profile.error().what;
    EXPECT_EQ(profile->dns, Dns::fake);
    EXPECT_EQ(profile->rules.size(), 1U);
    for (const char *part : {":2: quiet_mode", ":3: proxy_dns_old", ":4: remote_dns_subnet", ":8: localnet", ":9: dnat", ":12: a 'raw'",
                             ":13: TLS", ":14: SOCKS4 has no password", "tcp_read_time_out", "chain_len says nothing"})
        EXPECT_TRUE(std::any_of(profile->notes.begin(), profile->notes.end(), [&](std::string note) {
            if (const auto line = note.find(": line "); line != std::string::npos)
                note.replace(line, 7, ":");
            return note.find(part) != std::string::npos;
        })) << part;
    std::ofstream(path_) << "[ProxyList]\nsocks5 192.0.2.1 1080\n";
    const auto plain = load_proxychains(path_, Unfit::noted);
    EXPECT_FALSE(plain->dns);
    ASSERT_EQ(plain->notes.size(), 1U);
    EXPECT_NE(plain->notes[0].find("no proxy_dns"), std::string::npos);
    std::ofstream(path_) << "dynamik_chain\n[ProxyList]\nsocks5 192.0.2.1 1080\n";
    EXPECT_FALSE(load_proxychains(path_, Unfit::noted)) << "a misspelt word is none of proxychains'";
}
