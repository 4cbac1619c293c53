// SPDX-License-Identifier: GPL-2.0-or-later
// What mprox show says of a policy, and what mprox set makes of it.
#include <gtest/gtest.h>

#include "set_alerts.hpp"
#include "set_servers.hpp"
#include "show.hpp"

using mprox::Plan;

namespace {

Plan plan_of(const std::string &text) {
    const auto profile = mprox::parse_profile("p.toml", text);
    EXPECT_TRUE(profile) << profile.error().what;
    auto plan = mprox::make_plan(*profile);
    EXPECT_TRUE(plan) << plan.error().what;
    return *plan;
}

/// Two servers with logins that are not told, the first one a chain.
Plan in_force() {
    auto plan = plan_of("strategy = \"weighted\"\n[[server]]\nchain = [\"socks5://192.0.2.1\", \"http://inner:3128\"]\n"
                        "[[server]]\nurl = \"socks5://192.0.2.2\"\nweight = 5\ntries = 2\n");
    plan.servers[1].secrets_of = 2;
    plan.servers[2].secrets_of = 3;
    return plan;
}

InForce a_scope() {
    InForce scope;
    scope.context.id = 7;
    std::string("web").copy(scope.context.name, sizeof(scope.context.name) - 1);
    scope.context.flags = MUTEX_PROXY_CONTEXT_ENABLED;
    scope.plan = in_force();
    return scope;
}

mutex_proxy_alerts alerts(const Words &words) {
    const auto parsed = parse_alerts(words);
    EXPECT_TRUE(parsed) << parsed.error().what;
    return parsed ? *parsed : mutex_proxy_alerts();
}

} // namespace

TEST(Show, SaysWhatIsWithheld) {
    EXPECT_EQ(text_of(a_scope()), "# scope 'web' (7), enabled\n"
                                  "# the kernel does not tell the login or headers that it has for http inner:3128, "
                                  "socks5 192.0.2.2:1080\n"
                                  "strategy = \"weighted\"\n"
                                  "\n[[server]]\nchain = [\"socks5://192.0.2.1:1080\", \"http://inner:3128\"]\n"
                                  "\n[[server]]\nurl = \"socks5://192.0.2.2:1080\"\nweight = 5\ntries = 2\n");
    const auto json = json_of(a_scope());
    EXPECT_EQ(json["withheld"], Json({"inner:3128", "192.0.2.2:1080"}));
    EXPECT_EQ(json["profile"]["server"][1]["weight"], 5);
    EXPECT_EQ(json["state"], "enabled");
}

TEST(Change, LeavesTheOtherServersAsTheyAre) {
    auto plan = in_force();
    ASSERT_TRUE(change_server(plan, 1, "weight=9"));
    EXPECT_EQ(plan.servers[2].weight, 9);
    EXPECT_EQ(plan.servers[2].secrets_of, 3);
    ASSERT_TRUE(change_server(plan, 1, "http://u:p@[2001:db8::5]:8080"));
    ASSERT_EQ(plan.servers.size(), 3U);
    EXPECT_EQ(plan.servers[2].secrets_of, 0) << "a login of another server";
    EXPECT_EQ(plan.servers[2].user_len, 1);
    EXPECT_EQ(plan.servers[2].weight, 9);
    EXPECT_EQ(plan.servers[2].tries, 2);
    EXPECT_EQ(plan.servers[1].secrets_of, 2);
    ASSERT_TRUE(append_server(plan, "socks4://192.0.2.9"));
    EXPECT_EQ(plan.servers.size(), 4U);
    EXPECT_EQ(plan.sources.servers.size(), 4U);
    // The chain goes as a whole.
    ASSERT_TRUE(change_server(plan, 0, "remove"));
    EXPECT_EQ(plan.servers.size(), 2U);
    EXPECT_EQ(plan.servers[0].port, 8080);
}

TEST(Change, RefusesWhatMakesNoPolicy) {
    auto plan = in_force();
    for (const char *what : {"weight=0", "weight=1001", "weight=", "weigth=3", "socks5://192.0.2.1:0", "https://192.0.2.1", ""})
        EXPECT_FALSE(change_server(plan, 1, what)) << what;
    EXPECT_NE(change_server(plan, 0, "socks5://192.0.2.3").error().what.find("chain"), std::string::npos);
    EXPECT_NE(change_server(plan, 2, "weight=1").error().what.find("the scope has 2"), std::string::npos);
    ASSERT_TRUE(change_server(plan, 0, "remove"));
    EXPECT_NE(change_server(plan, 0, "remove").error().what.find("only server"), std::string::npos);
    auto relay = plan_of("proxy = \"socks5://192.0.2.1\"\nudp = \"proxy\"\n");
    EXPECT_FALSE(change_server(relay, 0, "http://192.0.2.1"));
}

TEST(Change, RefusesWordsThatSayNothing) {
    EXPECT_FALSE(make_server({}));
    EXPECT_FALSE(make_server({"0"}));
    EXPECT_FALSE(make_server({"x", "remove"}));
    EXPECT_FALSE(make_server({"0", "remove", "more"}));
    EXPECT_TRUE(make_server({"0", "remove"}));
    EXPECT_FALSE(make_add_server({}));
    EXPECT_FALSE(make_policy({"/nonexistent/p.toml"}));
}

TEST(Alerts, AreRead) {
    const auto all = alerts({"failed=5", "failed-percent=50", "min-connects=20", "latency=2s", "bandwidth=10M", "servers-down=1",
                             "window=1min", "clear=70"});
    EXPECT_EQ(all.size, sizeof(all));
    EXPECT_EQ(all.failed, 5U);
    EXPECT_EQ(all.failed_percent, 50U);
    EXPECT_EQ(all.min_connects, 20U);
    EXPECT_EQ(all.latency_ms, 2000U);
    EXPECT_EQ(all.bytes_per_second, 10485760U);
    EXPECT_EQ(all.servers_down, 1U);
    EXPECT_EQ(all.window_ms, 60000U);
    EXPECT_EQ(all.clear_percent, 70U);
    EXPECT_EQ(alerts({"latency=500ms"}).window_ms, 10000U);
    EXPECT_EQ(alerts({"bandwidth=1000"}).bytes_per_second, 1000U);
    const auto off = alerts({"off"});
    EXPECT_EQ(off.window_ms, 0U);
    EXPECT_EQ(off.failed, 0U);
}

TEST(Alerts, AreRefused) {
    for (const Words &words : std::vector<Words>{{}, {"failed"}, {"failed="}, {"failed=0"}, {"failed=x"}, {"failed=-1"}, {"failed-percent=101"},
                                                 {"latency=2"}, {"latency=2x"}, {"bandwidth=x"}, {"servers-down=257"}, {"window=10s"},
                                                 {"failed=1", "window=999ms"}, {"failed=1", "window=11min"}, {"failed=1", "clear=101"},
                                                 {"failed=1", "min-connects=5"}, {"off", "failed=1"}, {"failed=4294967296"}}) {
        const auto parsed = parse_alerts(words);
        EXPECT_FALSE(parsed) << (words.empty() ? "" : words.back());
        if (!parsed) {
            EXPECT_FALSE(parsed.error().advice.empty());
        }
    }
    EXPECT_NE(parse_alerts({"latncy=1s"}).error().advice.find("'latency'"), std::string::npos);
}
