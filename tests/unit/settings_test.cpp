// SPDX-License-Identifier: GPL-2.0-or-later
// The table of settings, and the texts that speak of the same.
#include "settings.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <set>
#include <sstream>

#include "plan.hpp"
#include "secret.hpp"
#include "similar.hpp"

using namespace mprox;

namespace {

std::string file(const std::string &path) {
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

/// A manual page without what troff makes of its letters.
std::string page(const std::string &name) {
    std::string text;
    for (const char c : file(std::string(MAN) + "/" + name))
        if (c != '\\')
            text += c;
    return text;
}

} // namespace

TEST(Settings, HaveNamesOfTheirOwn) {
    std::set<std::string_view> names;
    for (const auto &setting : settings()) {
        EXPECT_FALSE(setting.key.empty() && setting.option.empty());
        for (const auto name : {setting.key, setting.long_option()})
            EXPECT_TRUE(name.empty() || names.insert(name).second) << name;
        EXPECT_EQ(setting.option.empty(), setting.help.empty()) << setting.key;
        EXPECT_EQ(setting.option.empty(), setting.group.empty()) << setting.key;
        EXPECT_EQ(setting.title.empty(), !setting.text) << setting.key;
        EXPECT_FALSE(setting.kernel && !setting.access.number) << setting.key;
    }
    EXPECT_EQ(find_setting("scope"), find_setting("--scope"));
    EXPECT_EQ(find_setting(""), nullptr);
}

TEST(Settings, AreInTheManualPages) {
    const auto options = page("mprox-run.1");
    const auto keys = page("mprox-profile.5");
    const auto sample = file(std::string(CONF_FOLDER) + "/mprox.toml");
    for (const auto &setting : settings()) {
        // A key within a table is spoken of by its table.
        const auto key = std::string(setting.key.substr(0, setting.key.find('.')));
        EXPECT_NE(options.find(setting.long_option()), std::string::npos) << setting.option;
        EXPECT_NE(keys.find(key), std::string::npos) << key;
        const auto line = key.ends_with("rule") ? "[[" + key : key == "exempt" ? "[" + key : key + " =";
        EXPECT_TRUE(key == "match" || sample.find("\n#" + line) != sample.npos) << key; // match is a profile's
    }
}

TEST(Settings, SayWhereTheyCameFrom) {
    Profile base;
    Profile over;
    base.proxies.push_back(*parse_proxy_url("socks5://192.0.2.1"));
    base.bypass = {*parse_cidr("10.0.0.0/8")};
    base.scope = Scope::process;
    base.rounds = 3;
    note_source(base, "/base");
    over.bypass = {*parse_cidr("172.16.0.0/12"), *parse_cidr("fd00::/8")};
    over.rounds = 4;
    note_source(over, "/over");
    auto both = merge(base, over);
    EXPECT_EQ(source_of(both, "bypass", 0), "/over");
    EXPECT_EQ(source_of(both, "bypass", 1), "/over");
    EXPECT_EQ(source_of(both, "bypass", 2), "/base");
    EXPECT_EQ(source_of(both, "bypass", 3), "");
    EXPECT_EQ(source_of(both, "rounds"), "/over");
    EXPECT_EQ(source_of(both, "proxy"), "/base");

    const auto plan = make_plan(both);
    ASSERT_TRUE(plan) << plan.error().what;
    const std::vector<std::string> lines = {
        "proxy      socks5 192.0.2.1:1080  (/base)",   "rule       direct 172.16.0.0/12  (/over)",
        "rule       direct fd00::/8  (/over)",         "rule       direct 10.0.0.0/8  (/base)",
        "names      by the proxy: queries are answered here, and no packet leaves",
        "scope      process  (/base)",                 "rounds     4  (/over)"};
    EXPECT_EQ(plan->describe(), lines);
}

TEST(Settings, OfNobodyHaveNoSource) {
    Profile base;
    base.proxies.resize(1);
    base.bypass.resize(1);
    base.chain = true;
    note_source(base, "/base");
    Profile over;
    over.proxies.resize(1);
    over.bypass.resize(1);
    const auto both = merge(base, over);
    EXPECT_EQ(source_of(both, "bypass", 0), "");
    EXPECT_EQ(source_of(both, "bypass", 1), "/base");
    EXPECT_EQ(source_of(both, "proxy"), "");
    EXPECT_EQ(source_of(both, "chain"), "");
}

TEST(Similar, FindsWhatWasMeant) {
    const std::vector<std::string> known = {"--chain", "--check", "--bypass", "--proxy-digest"};
    EXPECT_EQ(similar("--chian", known), "--chain");
    EXPECT_EQ(similar("--bypas", known), "--bypass");
    EXPECT_EQ(similar("-bypass", known), "--bypass");
    EXPECT_EQ(similar("--proxy-digset", known), "--proxy-digest");
    EXPECT_EQ(similar("--proxy", known), "");
    EXPECT_EQ(similar(std::string(1000, '-'), known), "");
    EXPECT_EQ(did_you_mean("--chck", known), "did you mean '--check'?");
    EXPECT_EQ(did_you_mean("nothing", known, "read"), "read");
}

TEST(Secret, IsNotShown) {
    for (const char *text : {"10.0.0.1:1080:user:sesame", "socks5://u:sesame@h", "socks5://sesame@h:1080@u:sesame",
                             "socks5://user:sesame", "socks5://[sesame]:1080", "http://h:80/sesame", "user:sesame",
                             "h:80:sesame@", "socks5://[::1]:1080:sesame", "socks5://[sesame"})
        EXPECT_EQ(masked(text).find("sesame"), std::string::npos) << masked(text);
    EXPECT_EQ(masked("socks5://u:p@proxy.example:1080"), "'socks5://***@proxy.example:1080'");
    EXPECT_EQ(masked("10.0.0.1:1080:user:word"), "'10.0.0.1:1080:***'");
    for (const char *text : {"socks5://h:1080", "socks5://[2001:db8::1]:99999", "socks5://2001:db8::1", "gopher://h/",
                             "proxy.example", "9.9.9.9:0", "http://h:70000"})
        EXPECT_EQ(masked(text), "'" + std::string(text) + "'");
}

TEST(Settings, ThatAreIdleSayWhy) {
    Profile profile;
    profile.proxies.push_back(*parse_proxy_url("socks5://192.0.2.1"));
    profile.chain = true;
    profile.strategy = Strategy::random;
    profile.rounds = 3;
    profile.attempt_ms = 1000;
    ASSERT_TRUE(set_dns_server(profile, "9.9.9.9"));
    EXPECT_EQ(idle_settings(profile, 1).size(), 5U);
    profile.proxies[0].tries = 2;
    profile.dns_records = true;
    EXPECT_EQ(idle_settings(profile, 1).size(), 3U);
    EXPECT_EQ(idle_settings(profile, 2).size(), 1U); // chain: two addresses of one name
    profile.proxies.push_back(profile.proxies[0]);
    EXPECT_TRUE(idle_settings(profile, 2).empty());
}
