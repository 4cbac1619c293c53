// SPDX-License-Identifier: GPL-2.0-or-later
#include "config_file.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

using namespace mprox;

namespace {

class ConfigFile : public testing::Test {
  protected:
    void SetUp() override {
        char name[] = "/tmp/mprox-config-XXXXXX";
        folder_ = mkdtemp(name);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    Result<Profile> load(const std::string &name, const std::string &text) {
        const auto path = folder_ + "/" + name;
        std::ofstream(path) << text;
        return load_config(path);
    }

    void expect_foreign(const std::string &name, const std::string &text, const std::string &program,
                        const std::string &advice) {
        const auto profile = load(name, text);
        ASSERT_FALSE(profile) << name;
        EXPECT_NE(profile.error().what.find("is a configuration of " + program), std::string::npos)
            << profile.error().what;
        EXPECT_NE(profile.error().advice.find(advice), std::string::npos) << profile.error().advice;
    }

    std::string folder_;
};

} // namespace

TEST_F(ConfigFile, IsToldByWhatItIs) {
    const auto toml = load("any.conf", "proxy = \"socks5://192.0.2.1\"\n");
    ASSERT_TRUE(toml) << toml.error().what;
    EXPECT_EQ(toml->proxies[0].host, "192.0.2.1");
    const auto proxychains = load("mine", "[ProxyList]\nhttp 192.0.2.2 80\n");
    ASSERT_TRUE(proxychains) << proxychains.error().what;
    EXPECT_EQ(proxychains->proxies[0].host, "192.0.2.2");
    const auto directory = load_config(folder_);
    ASSERT_FALSE(directory);
    EXPECT_NE(directory.error().what.find("is a directory"), std::string::npos) << directory.error().what;
    EXPECT_FALSE(load_config(folder_ + "/nowhere"));
}

TEST_F(ConfigFile, OfAnotherProgramSaysWhatToWrite) {
    const std::string torsocks = "# Default Tor address and port\nTorAddress 192.0.2.9\nTorPort 9150\n";
    expect_foreign("torsocks.conf", torsocks, "torsocks", "-x socks5://192.0.2.9:9150");
    expect_foreign("torsocks.conf", "", "torsocks", "-x socks5://127.0.0.1:9050");
    expect_foreign("mine.conf", torsocks, "torsocks", "-x socks5://192.0.2.9:9150");
    const std::string tsocks = "local = 10.0.0.0/255.0.0.0\nserver = 192.0.2.1\nserver_type = 5\n"
                               "server_port = 1081\ndefault_user = me\ndefault_pass = secret\n";
    expect_foreign("other.conf", tsocks, "tsocks", "-x socks5://192.0.2.1:1081, and its login by -u");
    expect_foreign("tsocks.conf", "server = 192.0.2.1\n", "tsocks", "-x socks4://192.0.2.1:1080");
    EXPECT_EQ(load("tsocks.conf", tsocks).error().advice.find("secret"), std::string::npos);
    const std::string redsocks = "base {\n\tlog_debug = on;\n\tredirector = iptables;\n}\n\nredsocks {\n"
                                 "\tlocal_ip = 127.0.0.1;\n\tlocal_port = 12345;\n\t// the proxy\n\tip = 192.0.2.1;\n"
                                 "\tport = 8080;\n\ttype = http-connect;\n\tlogin = \"me\";\n}\n";
    expect_foreign("redsocks.conf", redsocks, "redsocks", "-x http://192.0.2.1:8080, and its login");
    expect_foreign("r", "redsocks {\n local_port = 1;\n type = http-relay;\n}\n", "redsocks", "http-relay");
}
