// SPDX-License-Identifier: GPL-2.0-or-later
// Which default routes are missing, by files as /proc/net has them.
#include "last_resort.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

namespace fs = std::filesystem;
using namespace mprox;

namespace {

const std::string kHead4 = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT   \n";
const std::string kZero(32, '0');

std::string line4(const std::string &device, const std::string &to, const std::string &mask,
                  const std::string &gateway = "00000000") {
    return device + "\t" + to + "\t" + gateway + "\t0001\t0\t0\t0\t" + mask + "\t0\t0\t0   \n";
}

std::string line6(const std::string &device, const std::string &to, const std::string &prefix,
                  const std::string &flags = "00000003") {
    return to + " " + prefix + " " + kZero + " 00 " + kZero + " 00000400 00000001 00000000 " + flags + " " +
           std::string(8 - device.size(), ' ') + device + "\n";
}

class LastResort : public testing::Test {
  protected:
    void SetUp() override {
        std::string name = "/tmp/mprox-routes-XXXXXX";
        folder = mkdtemp(name.data());
    }
    void TearDown() override { fs::remove_all(folder); }

    void write4(const std::string &text) const { std::ofstream(folder / "route") << kHead4 << text; }
    void write6(const std::string &text) const { std::ofstream(folder / "ipv6_route") << text; }

    /// "4", "6", "46" or "": the families that lack a route.
    std::string lacking(const std::vector<std::string> &urls, bool chain = false) const {
        Profile profile;
        for (const auto &url : urls)
            profile.proxies.push_back(*parse_proxy_url(url));
        profile.chain = chain;
        const auto families = lacking_routes(*make_plan(profile), folder);
        EXPECT_EQ(families.any(), families.ipv4 || families.ipv6);
        return std::string(families.ipv4 ? "4" : "") + (families.ipv6 ? "6" : "");
    }
    /// "4" or "6", or "": of one family alone.
    std::string lacking4() const { return only('4'); }
    std::string lacking6() const { return only('6'); }
    std::string only(char family) const {
        return lacking({"socks5://192.0.2.1"}).find(family) == std::string::npos ? "" : std::string(1, family);
    }

    fs::path folder;
};

} // namespace

TEST_F(LastResort, FindsIpv4Routes) {
    write4("");
    EXPECT_EQ(lacking4(), "4");
    write4(line4("eth0", "000200C0", "00FFFFFF"));
    EXPECT_EQ(lacking4(), "4");
    write4(line4("eth0", "000200C0", "00FFFFFF") + line4("eth0", "00000000", "00000000", "010200C0"));
    EXPECT_EQ(lacking4(), "");
    write4(line4("ppp0", "00000000", "00000000"));
    EXPECT_EQ(lacking4(), "");
    // Halves of the Internet, as VPNs have them: what is in between is not looked at.
    write4(line4("tun0", "00000000", "00000080") + line4("tun0", "00000080", "00000080"));
    EXPECT_EQ(lacking4(), "4");
}

TEST_F(LastResort, FindsIpv6Routes) {
    write6("");
    EXPECT_EQ(lacking6(), "6");
    write6(line6("eth0", "fd000000000000000000000000000000", "40"));
    EXPECT_EQ(lacking6(), "6");
    write6(line6("eth0", "fd000000000000000000000000000000", "40") + line6("eth0", kZero, "00"));
    EXPECT_EQ(lacking6(), "");
    // The kernel's own, which refuses: every machine has it.
    write6(line6("lo", kZero, "00", "00200200"));
    EXPECT_EQ(lacking6(), "6");
    write6(line6("lo", kZero, "80"));
    EXPECT_EQ(lacking6(), "6");
    write6(line6("eth0", kZero, "60"));
    EXPECT_EQ(lacking6(), "6");
}

TEST_F(LastResort, ItsOwnRouteIsNone) {
    write4(line4("mprox0", "00000000", "00000000"));
    write6(line6("mprox0", kZero, "00"));
    EXPECT_EQ(lacking4(), "4");
    EXPECT_EQ(lacking6(), "6");
    write4(line4("mprox0", "00000000", "00000000") + line4("eth0", "00000000", "00000000"));
    write6(line6("mprox0", kZero, "00") + line6("eth0", kZero, "00"));
    EXPECT_EQ(lacking4() + lacking6(), "");
}

TEST_F(LastResort, AnyServerTakesBothFamilies) {
    write4("");
    write6("");
    EXPECT_EQ(lacking({"socks5://192.0.2.1"}), "46");
    write4(line4("eth0", "00000000", "00000000"));
    EXPECT_EQ(lacking({"socks5://192.0.2.1"}), "6");
    EXPECT_EQ(lacking({"socks5://[2001:db8::1]", "http://192.0.2.1"}, true), "6");
    write6(line6("eth0", kZero, "00"));
    EXPECT_EQ(lacking({"socks5://192.0.2.1"}), "");
}

TEST_F(LastResort, WithoutFilesOrWithRubbishThereIsNone) {
    EXPECT_EQ(lacking({"socks5://192.0.2.1", "http://[2001:db8::1]"}), "46");
    write4("eth0\t00000000\n\n00000000 00000000\n");
    write6("0 0\n\n" + kZero + " 00\n");
    EXPECT_EQ(lacking({"socks5://192.0.2.1", "http://[2001:db8::1]"}), "46");
}
