// SPDX-License-Identifier: GPL-2.0-or-later
// Profiles in TOML and JSON, read and written: every key that there is.
#include "profile_text.hpp"

#include <algorithm>
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <unistd.h>

#include "json_reader.hpp"
#include "profile.hpp"
#include "profile_write.hpp"
#include "settings.hpp"

using namespace mprox;

namespace {

const std::string kPassword = "/tmp/mprox-password-" + std::to_string(getpid());

/// A file for each key. A key without one fails the test below: write one.
const std::map<std::string, std::string> &samples() {
    static const std::string rule = "[[rule]]\nverdict = \"block\"\n";
    static const std::string dns_rule = "[[dns_rule]]\nname = [\"a.example\", \"*\"]\nmode = \"proxy\"\n";
    static const std::string server = "[[server]]\nurl = \"http://192.0.2.1:3128\"\n";
    static const std::string login = "proxy = \"socks5://192.0.2.1\"\nuser = \"me\"\n";
    static const std::map<std::string, std::string> map = {
        {"proxy", "proxy = [\"socks5://a%3A:b%40@192.0.2.1\", \"http://[2001:db8::1]:3128\", \"socks4a://id@h:99\"]\n"},
        {"user", "proxy = \"socks4://192.0.2.1\"\nuser = \"me\"\n"},
        {"password", login + "password = \"wo \\\"rd\\\\ \\u00e9\\n\"\n"},
        {"password_file", login + "password_file = \"" + kPassword + "\"\n"},
        {"match", "match = [\"a\", \"b c\"]\n"},
        {"chain", "proxy = [\"socks5://192.0.2.1\", \"http://inner\"]\nchain = true\n"},
        {"strategy", "strategy = \"hash-source\"\n"},
        {"scope", "scope = \"process\"\n"},
        {"lock", "lock = false\n"},
        {"name", "name = \"work\"\n"},
        {"bypass", "bypass = [\"10.0.0.0/8\", \"fd00::/8\"]\n"},
        {"local", "local = false\n"},
        {"on_failure", "on_failure = \"direct\"\n"},
        {"dns", "dns = \"block\"\n"},
        {"dns_server", "dns_server = \"https://dns.example/q?x=1\"\n"},
        {"dns_server_ca", "dns_server_ca = \"/etc/ca.pem\"\n"},
        {"dns_server_direct", "dns_server_direct = true\n"},
        {"dns_ipv6", "dns_ipv6 = true\n"},
        {"dns_records", "dns_records = false\n"},
        {"dns_ttl", "dns_ttl = 30\n"},
        {"dns_range", "dns_range = [\"100.64.0.0/10\", \"fd00:1::/64\"]\n"},
        {"handshake_timeout", "handshake_timeout = 2.5\n"},
        {"attempt_timeout", "attempt_timeout = 0.1\n"},
        {"fail_timeout", "fail_timeout = 600\n"},
        {"rounds", "rounds = 3\n"},
        {"max_connects_per_second", "max_connects_per_second = 50\n"},
        {"pipeline", "pipeline = \"never\"\n"},
        {"fastopen", "fastopen = true\n"},
        {"probe_interval", "probe_interval = 10\n"},
        {"route", "route = \"auto\"\n"},
        {"udp", "udp = \"direct\"\n"},
        {"udp_relay", "udp_relay = \"2001:db8::9\"\n"},
        {"bind", "bind = true\n"},
        {"bind_timeout", "bind_timeout = 60.5\n"},
        {"strict", "strict = true\n"},
        {"allow_family", "allow_family = [\"vsock\", \"can\"]\n"},
        {"exempt.uid", "[exempt]\nuid = [0, \"root\"]\n"},
        {"exempt.pid", "[exempt]\npid = [1, 2]\n"},
        {"rule.to", rule + "to = \"192.0.2.0/24\"\n"},
        {"rule.proto", rule + "proto = \"icmpv6\"\n"},
        {"rule.port", rule + "proto = \"tcp\"\nport = \"80-443\"\n" + rule + "proto = \"udp\"\nport = 53\n"},
        {"rule.verdict", rule},
        {"dns_rule.name", dns_rule},
        {"dns_rule.mode", dns_rule},
        {"dns_rule.server", dns_rule + "server = \"[2620:fe::fe]:54\"\n"},
        {"server.url", server},
        {"server.chain", "[[server]]\nchain = [\"socks5://u:p@outer\", \"http://inner:3128\"]\nweight = 2\n" + server},
        {"server.user", server + "user = \"me\"\n"},
        {"server.password", server + "user = \"me\"\npassword = \"p:ss w@rd\"\n"},
        {"server.password_file", server + "user = \"me\"\npassword_file = \"" + kPassword + "\"\n"},
        {"server.token", server + "token = \"abc.def\"\nheaders = { X-Team = \"blue\" }\n"},
        {"server.token_file", server + "token_file = \"" + kPassword + "\"\n"},
        {"server.auth", server + "user = \"me\"\npassword = \"word\"\nauth = \"digest\"\n"},
        {"server.headers", server + "headers = { X-Team = \"blue\", \"!#odd\" = \"a, b\" }\n"},
        {"server.weight", server + "weight = 10\n"},
        {"server.tries", server + "tries = 3\n"},
        {"server.attempt_timeout", server + "attempt_timeout = 1.5\n"}};
    return map;
}

/// What the profile says, secrets included.
std::string effect(const Profile &profile) { return to_toml(write_profile(profile, Secrets::shown)); }

class ProfileText : public testing::Test {
  protected:
    void SetUp() override { std::ofstream(kPassword) << "sesame\nmore\n"; }
    void TearDown() override { unlink(kPassword.c_str()); }
};

} // namespace

TEST_F(ProfileText, HasASampleOfEveryKey) {
    const auto keys = profile_keys();
    EXPECT_EQ(keys.size(), samples().size());
    for (const auto &key : keys)
        EXPECT_TRUE(samples().contains(key)) << key << ": write a sample for this key";
    for (const auto &setting : settings())
        EXPECT_TRUE(setting.access.form == Form::table || setting.access.give) << setting.key;
}

TEST_F(ProfileText, LosesNoKeyOnTheWayThroughJson) {
    for (const auto &[key, text] : samples()) {
        const auto toml = parse_document("a.toml", text);
        ASSERT_TRUE(toml) << key << ": " << toml.error().what;
        const auto json = to_json(toml->table);
        const auto read = parse_document("a.json", json);
        ASSERT_TRUE(read) << key << ": " << read.error().what << json;
        EXPECT_EQ(read->table, toml->table) << key << ": " << json;
        const auto back = parse_document("b.toml", to_toml(read->table));
        ASSERT_TRUE(back) << key << ": " << back.error().what;
        EXPECT_EQ(back->table, toml->table) << key << ": " << to_toml(read->table);
        EXPECT_EQ(to_toml(back->table), to_toml(toml->table));

        const auto as_toml = parse_profile("a.toml", text);
        const auto as_json = parse_profile("a.json", json);
        ASSERT_TRUE(as_toml) << key << ": " << as_toml.error().what;
        ASSERT_TRUE(as_json) << key << ": " << as_json.error().what;
        EXPECT_EQ(effect(*as_json), effect(*as_toml)) << key;
    }
}

TEST_F(ProfileText, SaysWhatTheProfileSays) {
    for (const auto &[key, text] : samples()) {
        const auto profile = parse_profile("a.toml", text);
        ASSERT_TRUE(profile) << key << ": " << profile.error().what;
        const auto written = effect(*profile);
        const auto again = parse_profile("b.toml", written);
        ASSERT_TRUE(again) << key << ": " << again.error().what << "\n" << written;
        EXPECT_EQ(effect(*again), written) << key;
        // All of it is there: without the key it says something else.
        auto without = parse_document("a.toml", text)->table;
        const auto dot = key.find('.');
        if (dot == std::string::npos)
            without.erase(key);
        else if (auto *list = without.get_as<toml::array>(key.substr(0, dot)))
            list->get_as<toml::table>(0)->erase(key.substr(dot + 1));
        else
            without.get_as<toml::table>(key.substr(0, dot))->erase(key.substr(dot + 1));
        const auto less = parse_profile("c.toml", to_toml(without));
        EXPECT_TRUE(!less || effect(*less) != written) << key << ":\n" << written;
    }
}

TEST_F(ProfileText, HidesWhatIsSecret) {
    for (const char *key : {"password", "password_file", "server.password", "server.token", "server.token_file", "server.headers"}) {
        const auto text = to_toml(write_profile(*parse_profile("a.toml", samples().at(key)), Secrets::hidden));
        for (const char *secret : {"sesame", "rd", "abc", "blue"})
            EXPECT_EQ(text.find(secret), std::string::npos) << text;
        EXPECT_NE(text.find("***"), std::string::npos) << text;
    }
}

TEST_F(ProfileText, IsInTheUsualOrder) {
    const auto document = parse_document("a.toml", "scope = \"tree\"\nunknown = 1\nproxy = \"socks5://h\"\n[[server]]\nweight = 1\n"
                                                   "url = \"http://h\"\n[[rule]]\nverdict = \"block\"\nto = \"::/0\"\n");
    EXPECT_EQ(to_toml(document->table, [](std::string_view key) { return key == "scope" ? "from there" : ""; }),
              "proxy = \"socks5://h\"\nscope = \"tree\" # from there\nunknown = 1\n\n[[rule]]\nto = \"::/0\"\nverdict = \"block\"\n"
              "\n[[server]]\nurl = \"http://h\"\nweight = 1\n");
    for (const auto &key : profile_keys()) {
        const auto dot = key.find('.');
        const auto within = dot == std::string::npos ? "" : key.substr(0, dot);
        const auto name = key.substr(dot == std::string::npos ? 0 : dot + 1);
        toml::table two{{name, 1}, {"\1", 1}}; // by name it would come first
        EXPECT_EQ(ordered_keys(two, within).front(), name) << key << " has no place in the order";
    }
}

TEST(JsonProfile, NamesLineColumnAndKeyOfAnError) {
    const auto expect_error = [](const std::string &text, const std::string &start) {
        const auto profile = parse_profile("p.json", text);
        ASSERT_FALSE(profile) << text;
        EXPECT_EQ(profile.error().what.find("p.json:" + start), 0U) << profile.error().what;
    };
    expect_error("{\n  \"rounds\": 3,\n  \"scope\": \"all\"\n}", "3:12: scope: unknown scope 'all'");
    expect_error("{\"proxi\": 1}", "1:11: proxi: no such key");
    expect_error("{\"rounds\":99}", "1:11: rounds: must be a whole number");
    expect_error("{\"dns_ttl\": 9, \"bypass\": [\"10.0.0.0/8\",\n \"10.0.0.1/8\"]}", "2:2: bypass: ");
    expect_error("{\"server\": [{\"url\": \"http://h\", \"weight\": 0}]}", "1:43: weight: ");
    expect_error("{\"rule\": [{\"to\": \"::/0\"}]}", "1:11: rule: the rule has no verdict");
    expect_error("{\"scope\": null}", "1:11: null is no value here");
    expect_error("{\"scope\": \"tree\", \"scope\": \"tree\"}", "1:19: 'scope' is there twice");
    expect_error("{\"rounds\": 18446744073709551615}", "1:12: the number is too large");
    expect_error("{\"rounds\": }", "1:12: ");
    expect_error("{\"rounds\": 1", "1:");
    expect_error("{\"rounds\": 1} x", "1:15: ");
    expect_error(std::string("{\"a\":") + std::string(99, '[') + std::string(99, ']') + "}", "1:");
}

TEST(JsonProfile, IsOneByItsFirstCharacter) {
    EXPECT_TRUE(is_json(" \n{}"));
    EXPECT_FALSE(is_json("[x]"));
    EXPECT_FALSE(is_json(""));
    EXPECT_TRUE(parse_profile("p", "{}"));
    EXPECT_EQ(parse_profile("p", "{ \"fail_timeout\": 2, \"exempt\": { \"uid\": 0 } }")->fail_ms, 2000U);
}

TEST(FilesThatAreToBe, ArePutBeforeThoseOfTheDisk) {
    const std::string text = "proxy = \"socks5://h\"\nuser = \"me\"\npassword_file = \"word\"\n";
    EXPECT_FALSE(parse_profile("/nonexistent/p.toml", text));
    const auto profile = parse_profile("/nonexistent/p.toml", text, {{"/nonexistent/word", "sesame\nmore"}});
    ASSERT_TRUE(profile) << profile.error().what;
    EXPECT_EQ(profile->proxies[0].password, "sesame");
    EXPECT_FALSE(parse_profile("/nonexistent/p.toml", text, {{"/nonexistent/word", ""}}));
}
