// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <unistd.h>

using namespace mprox;

namespace {

class ProfileFile : public testing::Test {
  protected:
    void SetUp() override {
        char name[] = "/tmp/mprox-profile-XXXXXX";
        close(mkstemp(name));
        path_ = name;
    }
    void TearDown() override { std::filesystem::remove(path_); }

    Result<Profile> load(const std::string &text) {
        std::ofstream(path_) << text;
        return load_profile(path_);
    }

    /// The error names file, line and column, and the key.
    void expect_error(const std::string &text, const std::string &where, const std::string &key) {
        const auto profile = load(text);
        ASSERT_FALSE(profile) << text;
        const auto &what = profile.error().what;
        EXPECT_EQ(what.find(path_ + ":" + where + ":"), 0U) << what;
        EXPECT_NE(what.find(key + ": "), std::string::npos) << what;
    }

    std::string path_;
};

} // namespace

TEST_F(ProfileFile, MayBeEmpty) {
    const auto profile = load("");
    ASSERT_TRUE(profile);
    EXPECT_TRUE(profile->proxies.empty());
}

TEST_F(ProfileFile, SaysEverything) {
    const auto profile = load(R"(
proxy = ["socks5://192.0.2.1", "socks5://a:b@[2001:db8::1]:99"]
user = "me"
password = "secret"
scope = "process"
bypass = ["10.0.0.0/8", "fd00::/8"]
dns = "direct"
dns_ipv6 = true
dns_ttl = 30
dns_range = ["100.64.0.0/10", "fd00:1::/64"]
handshake_timeout = 2.5
on_failure = "direct"
match = "curl"
[exempt]
uid = [0, "root"]
pid = 1
[[rule]]
to = "192.0.2.0/24"
proto = "tcp"
port = "80-443"
verdict = "block"
[[rule]]
verdict = "proxy"
)");
    ASSERT_TRUE(profile) << profile.error().what;
    ASSERT_EQ(profile->proxies.size(), 2U);
    EXPECT_EQ(profile->proxies[0].user, "me");
    EXPECT_EQ(profile->proxies[1].user, "a");
    EXPECT_EQ(profile->scope, Scope::process);
    EXPECT_EQ(profile->bypass.size(), 2U);
    EXPECT_EQ(profile->dns, Dns::direct);
    EXPECT_EQ(profile->dns_ipv6, true);
    EXPECT_EQ(profile->dns_ttl, 30U);
    EXPECT_EQ(profile->fake4->text(), "100.64.0.0/10");
    EXPECT_EQ(profile->fake6->text(), "fd00:1::/64");
    EXPECT_EQ(profile->handshake_ms, 2500U);
    EXPECT_EQ(profile->on_failure, OnFailure::direct);
    EXPECT_EQ(profile->match, std::vector<std::string>{"curl"});
    EXPECT_EQ(profile->exempt_uids, (std::vector<std::uint32_t>{0, 0}));
    EXPECT_EQ(profile->exempt_pids, std::vector<std::uint32_t>{1});
    ASSERT_EQ(profile->rules.size(), 2U);
    EXPECT_EQ(profile->rules[0].verdict, Verdict::block);
    EXPECT_EQ(profile->rules[0].proto, IPPROTO_TCP);
    EXPECT_EQ(profile->rules[0].port_first, 80);
    EXPECT_EQ(profile->rules[0].port_last, 443);
    EXPECT_FALSE(profile->rules[1].to);
}

TEST_F(ProfileFile, ErrorsSayWhere) {
    expect_error("\nproxi = \"socks5://h\"", "2:9", "proxi");
    expect_error("proxy = 3", "1:9", "proxy");
    expect_error("proxy = [\n\"socks5://h\",\n\"ftp://h\"]", "3:1", "proxy");
    expect_error("scope = \"world\"", "1:9", "scope");
    expect_error("dns = \"maybe\"", "1:7", "dns");
    for (const char *server : {"", "resolver.example", "9.9.9.9:", "9.9.9.9:0", "[::1", "[9.9.9.9]:53", "[::1]53", "::1:70000", "fe80::1%lo"})
        expect_error("dns_server = \"" + std::string(server) + "\"", "1:14", "dns_server");
    for (const char *server : {"udp://9.9.9.9", "tls://", "tls://a/b", "https://u:p@h"})
        expect_error("dns_server = \"" + std::string(server) + "\"", "1:14", "dns_server");
    expect_error("dns_server_ca = 1", "1:17", "dns_server_ca");
    expect_error("dns_server_direct = 1", "1:21", "dns_server_direct");
    expect_error("[[dns_rule]]\nname = \"a.example\"\nmode = \"fake\"\nserver = \"9.9.9.9\"", "1:1", "dns_rule");
    expect_error("[[dns_rule]]\nname = \"a.example\"\nmode = \"proxy\"\nserver = \"a\"", "4:10", "server");
    expect_error("dns_ttl = 0", "1:11", "dns_ttl");
    expect_error("dns_ipv6 = 1", "1:12", "dns_ipv6");
    expect_error("dns_range = \"198.18.0.0/30\"", "1:13", "dns_range");
    expect_error("[[dns_rule]]\nname = \"a*.example\"\nmode = \"fake\"", "2:8", "name");
    expect_error("[[dns_rule]]\nname = \"a.example\"", "1:1", "dns_rule");
    expect_error("[[dns_rule]]\nmode = \"fake\"", "1:1", "dns_rule");
    expect_error("handshake_timeout = 0", "1:21", "handshake_timeout");
    expect_error("handshake_timeout = \"1\"", "1:21", "handshake_timeout");
    expect_error("on_failure = \"maybe\"", "1:14", "on_failure");
    expect_error("bypass = [\"10.0.0.1/8\"]", "1:11", "bypass");
    expect_error("password_file = \"/nonexistent\"", "1:17", "password_file");
    expect_error("proxy = \"socks5://h\"\nuser = \"u\"", "2:8", "user");
    expect_error("[exempt]\nuid = \"no such user\"", "2:7", "uid");
    expect_error("[exempt]\npid = 0", "2:7", "pid");
    expect_error("[exempt]\ngid = 0", "2:7", "gid");
    expect_error("rule = 1", "1:8", "rule");
    expect_error("[[rule]]\nverdict = \"drop\"", "2:11", "verdict");
    expect_error("[[rule]]\nverdict = \"direct\"\nport = 53", "1:1", "rule");
    expect_error("[[rule]]\nverdict = \"direct\"\nproto = \"ipx\"", "3:9", "proto");
    expect_error("[[rule]]\nverdict = \"direct\"\nproto = \"udp\"\nport = \"9-1\"", "4:8", "port");
    expect_error("[[rule]]\nverdict = \"direct\"\nto = \"nowhere\"", "3:6", "to");
}

TEST_F(ProfileFile, ErrorsAdvise) {
    EXPECT_EQ(load("proxi = 1").error().advice, "did you mean 'proxy'?");
    EXPECT_NE(load("[[rule]]\nproto = \"tcp\"").error().what.find("no verdict"), std::string::npos);
    EXPECT_EQ(load("proxy = ").error().what.find(path_ + ":1:"), 0U);
}

TEST_F(ProfileFile, TakesServers) {
    const auto profile = load(R"(
strategy = "weighted"
attempt_timeout = 2.5
fail_timeout = 0.5
rounds = 3
pipeline = "never"
fastopen = true
bind = true
bind_timeout = 60
probe_interval = 2.5
[[server]]
url = "http://192.0.2.1:3128"
user = "u"
password = "p"
auth = "digest"
weight = 7
tries = 4
attempt_timeout = 0.7
headers = { X-A = "b" }
[[server]]
chain = ["socks5://192.0.2.2", "socks4a://inner", "http://192.0.2.3"]
[[server]]
url = "http://192.0.2.4"
auth = "bearer"
token = "t"
)");
    ASSERT_TRUE(profile) << profile.error().what;
    ASSERT_EQ(profile->proxies.size(), 5U);
    EXPECT_EQ(profile->proxies[0].auth, ProxyAuth::digest);
    EXPECT_EQ(profile->proxies[0].weight, 7);
    EXPECT_EQ(profile->proxies[0].headers, "X-A: b\r\n");
    EXPECT_FALSE(profile->proxies[1].hop);
    EXPECT_TRUE(profile->proxies[2].hop && profile->proxies[3].hop);
    EXPECT_FALSE(profile->proxies[4].hop);
    EXPECT_EQ(profile->proxies[4].headers, "Proxy-Authorization: Bearer t\r\n");
    EXPECT_EQ(profile->strategy, Strategy::weighted);
    EXPECT_EQ(profile->attempt_ms, 2500U);
    EXPECT_EQ(profile->fail_ms, 500U);
    EXPECT_EQ(profile->rounds, 3U);
    EXPECT_EQ(profile->pipeline, false);
    EXPECT_EQ(profile->fastopen, true);
    EXPECT_EQ(profile->bind, true);
    EXPECT_EQ(profile->bind_ms, 60000U);
    EXPECT_EQ(profile->probe_ms, 2500U);
    EXPECT_EQ(profile->proxies[0].tries, 4);
    EXPECT_EQ(profile->proxies[0].attempt_ms, 700U);
}

TEST_F(ProfileFile, TakesUdpAndRoutes) {
    auto profile = load("udp = \"proxy\"\nudp_relay = \"192.0.2.7\"\nroute = \"never\"\n");
    ASSERT_TRUE(profile) << profile.error().what;
    EXPECT_EQ(profile->udp, Udp::proxy);
    EXPECT_EQ(profile->udp_relay->text(), "192.0.2.7");
    EXPECT_EQ(profile->route, false);
    profile = load("udp = \"direct\"\nudp_relay = \"2001:db8::7\"\nroute = \"auto\"\n");
    ASSERT_TRUE(profile) << profile.error().what;
    EXPECT_EQ(profile->udp, Udp::direct);
    EXPECT_EQ(profile->udp_relay->text(), "2001:db8::7");
    EXPECT_EQ(profile->route, true);
    EXPECT_EQ(load("udp = \"block\"")->udp, Udp::block);
    profile = load("");
    ASSERT_TRUE(profile);
    EXPECT_FALSE(profile->udp || profile->udp_relay || profile->route);

    expect_error("udp = \"relay\"", "1:7", "udp");
    expect_error("udp = \"\"", "1:7", "udp");
    expect_error("udp = true", "1:7", "udp");
    expect_error("udp_relay = \"relay.example\"", "1:13", "udp_relay");
    expect_error("udp_relay = \"192.0.2.7:1080\"", "1:13", "udp_relay");
    expect_error("udp_relay = 1", "1:13", "udp_relay");
    expect_error("route = \"always\"", "1:9", "route");
    expect_error("route = false", "1:9", "route");
    EXPECT_TRUE(load("pipeline = false").error().what.ends_with("pipeline: must be \"auto\" or \"never\""));
    EXPECT_EQ(load("udp = \"relay\"").error().advice, "use block, proxy or direct");
}

TEST_F(ProfileFile, ItsLoginIsForServersThatHaveNone) {
    const auto profile = load(R"(
proxy = "http://192.0.2.1"
user = "me"
password = "word"
[[server]]
url = "http://192.0.2.2"
auth = "digest"
[[server]]
url = "http://192.0.2.3"
token = "t"
[[server]]
url = "http://192.0.2.4"
user = "other"
[[server]]
chain = ["socks5://192.0.2.5", "http://a:b@h", "socks5://h"]
[[server]]
url = "http://192.0.2.6"
headers = { proxy-authorization = "x" }
[[server]]
url = "http://192.0.2.7"
user = ""
)");
    ASSERT_TRUE(profile) << profile.error().what;
    std::string all;
    for (const auto &url : profile->proxies)
        all += url.user + ":" + url.password + " ";
    EXPECT_EQ(all, "me:word me:word : other: me:word a:b me:word : : ");
    EXPECT_EQ(profile->proxies[1].auth, ProxyAuth::digest);
}

TEST_F(ProfileFile, OneLoginForOneServer) {
    const std::string server = "[[server]]\nurl = \"http://h\"\n";
    for (const char *keys : {"auth = \"bearer\"", "auth = \"digest\"\ntoken = \"t\"", "auth = \"basic\"",
                             "user = \"u\"\ntoken = \"t\"", "token = \"a b\"", "token = \"\"", "auth = \"optional\"",
                             "token = \"t\"\nheaders = { Proxy-Authorization = \"x\" }",
                             "user = \"u\"\nheaders = { Proxy-Authorization = \"x\" }"})
        expect_error(server + keys, "1:1", "server");
    expect_error("proxy = \"socks4://h\"\nuser = \"u\"\npassword = \"p\"\n", "2:8", "user");
}

TEST_F(ProfileFile, ServersHaveErrorsToo) {
    expect_error("[[server]]\nuser = \"u\"\n", "1:1", "server");
    expect_error("[[server]]\nurl = \"socks5://h\"\nchain = [\"socks5://h\"]\n", "1:1", "server");
    expect_error("[[server]]\nurl = \"socks5://h\"\nweight = 0\n", "3:10", "weight");
    expect_error("[[server]]\nurl = \"socks5://h\"\ntries = 11\n", "3:9", "tries");
    expect_error("[[server]]\nurl = \"socks5://h\"\nattempt_timeout = 601\n", "3:19", "attempt_timeout");
    expect_error("fastopen = 1", "1:12", "fastopen");
    expect_error("bind = \"yes\"", "1:8", "bind");
    expect_error("bind_timeout = 0.5", "1:16", "bind_timeout");
    expect_error("probe_interval = 3601", "1:18", "probe_interval");
    expect_error("[[server]]\nurl = \"socks5://h\"\nauth = \"digest\"\n", "1:1", "server");
    expect_error("[[server]]\nurl = \"http://h\"\nheaders = { \"A B\" = \"c\" }\n", "3:21", "A B");
    expect_error("strategy = \"best\"\n", "1:12", "strategy");
    expect_error("chain = 1\n", "1:9", "chain");
}

TEST_F(ProfileFile, PasswordsHavePlacesOfTheirOwn) {
    const std::string name = path_.substr(path_.rfind('/') + 1) + ".secret";
    const auto secret = "/tmp/" + name;
    const std::string proxy = "proxy = \"socks5://h\"\nuser = \"u\"\npassword_file = ";
    std::ofstream(secret) << "word\nmore\n";
    std::filesystem::permissions(secret, std::filesystem::perms(0600));
    auto profile = load(proxy + "\"" + name + "\""); // relative to the profile
    ASSERT_TRUE(profile) << profile.error().what;
    EXPECT_EQ(profile->proxies[0].password, "word");
    EXPECT_TRUE(profile->notes.empty());

    std::filesystem::permissions(secret, std::filesystem::perms(0644));
    profile = load(proxy + "\"" + secret + "\"");
    ASSERT_TRUE(profile && profile->notes.size() == 1);
    EXPECT_EQ(profile->notes[0].find(secret + ": everybody"), 0U) << profile->notes[0];

    setenv("CREDENTIALS_DIRECTORY", "/tmp", 1);
    EXPECT_TRUE(load(proxy + "\"cred:" + name + "\""));
    EXPECT_FALSE(load(proxy + "\"cred:../tmp/" + name + "\""));
    unsetenv("CREDENTIALS_DIRECTORY");
    EXPECT_NE(load(proxy + "\"cred:" + name + "\"").error().what.find("CREDENTIALS_DIRECTORY is not set"), std::string::npos);
    std::ofstream(secret, std::ios::trunc).close();
    EXPECT_NE(load(proxy + "\"" + name + "\"").error().what.find("is empty"), std::string::npos);
    std::filesystem::remove(secret);
    EXPECT_TRUE(load(proxy + "\"" + name + "\"").error().what.ends_with("'" + secret + "': No such file or directory"));
}

TEST_F(ProfileFile, ItsPasswordIsNotForEverybody) {
    for (const char *text : {"proxy = \"socks5://u:p@h\"", "proxy = \"http://h\"\nuser = \"u\"\npassword = \"p\"",
                             "[[server]]\nurl = \"http://h\"\ntoken = \"t\"",
                             "[[server]]\nurl = \"http://h\"\nheaders = { Proxy-Authorization = \"x\" }"}) {
        std::ofstream(path_) << "";
        std::filesystem::permissions(path_, std::filesystem::perms(0644));
        auto profile = load(text);
        ASSERT_TRUE(profile && profile->notes.size() == 1) << text;
        EXPECT_EQ(profile->notes[0].find(path_ + ": everybody"), 0U);
        std::filesystem::permissions(path_, std::filesystem::perms(0640));
        EXPECT_TRUE(load(text)->notes.empty());
    }
    std::filesystem::permissions(path_, std::filesystem::perms(0644));
    EXPECT_TRUE(load("proxy = \"socks5://h\"")->notes.empty());
}

TEST_F(ProfileFile, CertificatesLieBesideIt) {
    EXPECT_EQ(load("dns_server_ca = \"ca.pem\"")->dns_ca, "/tmp/ca.pem");
    EXPECT_EQ(load("dns_server_ca = \"/etc/ca.pem\"")->dns_ca, "/etc/ca.pem");
}

TEST(Profile, KnowsResolvers) {
    EXPECT_EQ(parse_resolver("9.9.9.9")->text(), "9.9.9.9:53");
    EXPECT_EQ(parse_resolver("9.9.9.9:5353")->text(), "9.9.9.9:5353");
    EXPECT_EQ(parse_resolver("2620:fe::fe")->text(), "[2620:fe::fe]:53");
    EXPECT_EQ(parse_resolver("[2620:fe::fe]:853")->text(), "[2620:fe::fe]:853");
}

TEST(Profile, AsksOneResolver) {
    Profile file;
    Profile options;
    ASSERT_TRUE(set_dns_server(file, "9.9.9.9"));
    EXPECT_TRUE(merge(file, options).dns_server);
    ASSERT_TRUE(set_dns_server(options, "tls://dns.example"));
    const auto both = merge(file, options);
    EXPECT_FALSE(both.dns_server);
    EXPECT_EQ(both.dns_url->text(), "tls://dns.example:853");
    EXPECT_FALSE(merge(options, file).dns_url);
}

TEST(Profile, MissingFileIsAnError) {
    const auto profile = load_profile("/nonexistent.toml");
    ASSERT_FALSE(profile);
    EXPECT_EQ(profile.error().what, "cannot read /nonexistent.toml: No such file or directory");
}

TEST(Profile, ThoseThatWeShipCanBeRead) {
    EXPECT_TRUE(load_profile(CONF_FOLDER "/mprox.toml"));
    int count = 0;
    for (const auto &file : std::filesystem::directory_iterator(CONF_FOLDER "/profiles")) {
        const auto profile = load_profile(file.path().string());
        EXPECT_TRUE(profile) << profile.error().what;
        count++;
    }
    EXPECT_EQ(count, 5);
}

TEST(Profile, ReadsUdpModes) {
    EXPECT_EQ(*parse_udp("block"), Udp::block);
    EXPECT_EQ(*parse_udp("proxy"), Udp::proxy);
    EXPECT_EQ(*parse_udp("direct"), Udp::direct);
    for (const char *text : {"", "Proxy", "proxy ", "none"})
        EXPECT_FALSE(parse_udp(text)) << text;
    EXPECT_EQ(parse_udp("none").error().what, "unknown udp mode 'none'");
}

TEST(Profile, TheLaterOneWins) {
    Profile base;
    base.scope = Scope::global;
    base.dns = Dns::direct;
    base.udp = Udp::proxy;
    base.udp_relay = *parse_address("192.0.2.7");
    base.route = false;
    base.proxies.resize(2);
    base.bypass.resize(1);
    Profile over;
    over.scope = Scope::tree;
    over.udp = Udp::block;
    over.route = true;
    over.proxies.resize(1);
    over.bypass.resize(1);
    const auto merged = merge(base, over);
    EXPECT_EQ(merged.scope, Scope::tree);
    EXPECT_EQ(merged.dns, Dns::direct);
    EXPECT_EQ(merged.udp, Udp::block);
    EXPECT_EQ(merged.udp_relay->text(), "192.0.2.7");
    EXPECT_EQ(merged.route, true);
    EXPECT_EQ(merged.proxies.size(), 1U);
    EXPECT_EQ(merged.bypass.size(), 2U);
}

TEST(Profile, AChainGoesWithItsProxies) {
    Profile base;
    base.proxies.resize(2);
    base.chain = true;
    Profile over;
    EXPECT_EQ(merge(base, over).chain, true);
    over.proxies.resize(2);
    EXPECT_FALSE(merge(base, over).chain);
    over.proxies.clear();
    over.chain = true;
    base.chain = {};
    EXPECT_EQ(merge(base, over).chain, true);
}
