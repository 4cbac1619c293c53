// SPDX-License-Identifier: GPL-2.0-or-later
// From a profile to the kernel's structs, and back.
#include "policy_plan.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include "plan_profile.hpp"
#include "profile_text.hpp"
#include "profile_write.hpp"

using namespace mprox;

namespace {

std::string text_of(const Profile &profile) { return to_toml(write_profile(profile, Secrets::shown)); }

Profile read(const std::string &text) {
    const auto profile = parse_profile("p.toml", text);
    EXPECT_TRUE(profile) << profile.error().what << "\n" << text;
    return profile ? *profile : Profile();
}

/// Profile, plan, the kernel's structs, plan, profile.
std::string there_and_back(const std::string &text) {
    auto plan = make_plan(read(text));
    EXPECT_TRUE(plan) << plan.error().what;
    return plan ? text_of(profile_of(plan_of(plan->policy()))) : "";
}

/// As GET_POLICY tells it.
void withhold(Plan &plan) {
    for (std::size_t i = 0; i < plan.servers.size(); i++) {
        auto &server = plan.servers[i];
        if (!server.user_len && !server.headers_len)
            continue;
        server.user_len = server.pass_len = 0;
        server.headers_len = 0;
        server.secrets_of = static_cast<__u16>(i + 1);
    }
}

} // namespace

TEST(PolicyPlan, GivesTheProfileBack) {
    const std::vector<std::string> profiles = {
        "proxy = \"socks5://192.0.2.1:1080\"\n",
        "proxy = [\"socks5://me:p%3Ass%40@192.0.2.1:99\", \"http://[2001:db8::1]:3128\", \"socks4://id@192.0.2.2:1080\"]\n"
        "strategy = \"least-latency\"\n",
        "proxy = \"socks5://192.0.2.1:1080\"\nlocal = false\ndns = \"proxy\"\ndns_server = \"192.0.2.53:5353\"\n"
        "dns_server_direct = true\ndns_ipv6 = true\ndns_records = true\ndns_ttl = 30\n"
        "dns_range = [\"100.64.0.0/10\", \"fd00:1::/64\"]\nhandshake_timeout = 2.5\nattempt_timeout = 0.5\nfail_timeout = 3.0\n"
        "rounds = 3\nmax_connects_per_second = 50\npipeline = \"never\"\nfastopen = true\nprobe_interval = 10.0\n"
        "udp = \"proxy\"\nudp_relay = \"192.0.2.9\"\nbind = true\nbind_timeout = 60.5\n"
        "\n[exempt]\nuid = [0, 7]\npid = [1]\n"
        "\n[[rule]]\nto = \"192.0.2.0/24\"\nproto = \"tcp\"\nport = \"80-443\"\nverdict = \"block\"\n"
        "\n[[rule]]\nproto = 132\nverdict = \"direct\"\n"
        "\n[[rule]]\nto = \"::/0\"\nverdict = \"proxy\"\n"
        "\n[[dns_rule]]\nname = \"*.corp.example\"\nmode = \"direct\"\nserver = \"[2001:db8::53]:53\"\n"
        "\n[[dns_rule]]\nname = \"ads.example\"\nmode = \"block\"\n",
        "dns = \"direct\"\n\n[[server]]\nchain = [\"socks5://u:p@192.0.2.1:1080\", \"http://inner.example:3128\", "
        "\"socks4://192.0.2.3:1080\"]\n"
        "weight = 7\ntries = 3\nattempt_timeout = 1.5\n"
        "\n[[server]]\nurl = \"http://192.0.2.4:8080\"\nauth = \"bearer\"\ntoken = \"abc\"\nheaders = { X-Team = \"blue\" }\n"
        "\n[[server]]\nurl = \"http://u:p@192.0.2.5:8080\"\nauth = \"digest\"\n",
    };
    for (const auto &text : profiles) {
        EXPECT_EQ(there_and_back(text), text_of(read(text)));
        EXPECT_EQ(there_and_back(there_and_back(text)), there_and_back(text));
    }
}

TEST(PolicyPlan, SaysTheSameInOtherWords) {
    EXPECT_EQ(there_and_back("proxy = [\"socks5h://192.0.2.1\", \"http://inner\"]\nchain = true\nbypass = \"10.0.0.0/8\"\n"
                             "udp = \"direct\"\n"),
              "[[rule]]\nto = \"10.0.0.0/8\"\nverdict = \"direct\"\n\n[[rule]]\nproto = \"udp\"\nverdict = \"direct\"\n"
              "\n[[server]]\nchain = [\"socks5://192.0.2.1:1080\", \"http://inner:1080\"]\n");
}

TEST(PolicyPlan, DoesNotSayWhatIsTheDefault) {
    auto plan = make_plan(read("proxy = \"socks5://192.0.2.1:1080\"\nscope = \"tree\"\nname = \"web\"\n"));
    ASSERT_TRUE(plan);
    // As the kernel fills them in.
    plan->numbers.handshake_ms = 60000;
    plan->numbers.attempt_ms = 10000;
    plan->numbers.rounds = 2;
    plan->numbers.fail_ms = 1000;
    plan->numbers.bind_ms = 180000;
    plan->servers[0].weight = plan->servers[0].tries = 1;
    plan->dns.ttl = 10;
    plan->dns.fake4[0] = 198;
    plan->dns.fake4[1] = 18;
    plan->dns.fake4_prefix = 15;
    EXPECT_EQ(text_of(profile_of(plan_of(plan->policy()))), "proxy = \"socks5://192.0.2.1:1080\"\n");
}

TEST(PolicyPlan, DoesNotInventWhatIsNotTold) {
    auto plan = make_plan(read("proxy = [\"socks5://192.0.2.1\", \"socks5://u:sesame@192.0.2.2\"]\n"));
    ASSERT_TRUE(plan);
    withhold(*plan);
    const auto back = plan_of(plan->policy());
    EXPECT_EQ(withheld_of(back), std::vector<std::size_t>{1});
    EXPECT_EQ(text_of(profile_of(back)), "proxy = [\"socks5://192.0.2.1:1080\", \"socks5://192.0.2.2:1080\"]\n");
    EXPECT_NE(server_text(back.servers[1]).find("login or headers not told"), std::string::npos);
    // And it is set again.
    auto again = plan_of(plan->policy());
    const auto policy = again.policy();
    EXPECT_EQ(reinterpret_cast<const mutex_proxy_server *>(policy.servers)[1].secrets_of, 2);
}

TEST(PolicyPlan, NotesWhatNoProfileSays) {
    auto plan = make_plan(read("proxy = \"socks5://192.0.2.1\"\n"));
    ASSERT_TRUE(plan);
    auto policy = plan->policy();
    policy.dns = 0;
    const auto profile = profile_of(plan_of(policy));
    ASSERT_EQ(profile.notes.size(), 1U);
    EXPECT_NE(profile.notes[0].find("the rules decide"), std::string::npos);
    EXPECT_FALSE(profile.dns);
}
