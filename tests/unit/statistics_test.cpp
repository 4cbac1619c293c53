// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel has counted, as text and as JSON.
#include "statistics.hpp"

#include <array>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <nlohmann/json.hpp>

#include "mprox.h"

using nlohmann::json;

namespace {

mutex_proxy_statistics some() {
    mutex_proxy_statistics sums = {};
    sums.size = sizeof(sums);
    sums.contexts = 1;
    sums.connections_proxied = 10;
    sums.bytes_sent = 1ULL << 40;
    sums.queries[0] = 3;
    sums.queries[MUTEX_PROXY_QUERY_FAKED] = 3;
    sums.refused[1] = 7;
    sums.reasons[MUTEX_PROXY_REASON_LOGIN_WRONG] = 2;
    sums.latency[10] = 9;
    sums.latency[MUTEX_PROXY_LATENCY_BUCKETS - 1] = 1;
    sums.alerts = 1U << MUTEX_PROXY_ALERT_SERVERS_DOWN;
    return sums;
}

mutex_proxy_server_statistics a_server() {
    mutex_proxy_server_statistics server = {};
    server.at = {AF_INET, 1080, 0, {192, 0, 2, 1}};
    server.hops = 2;
    server.bytes_received = 5;
    return server;
}

} // namespace

TEST(Statistics, JsonHasEveryFigure) {
    const std::array servers = {a_server()};
    const auto said = json::parse(mprox::json_of(some(), servers));
    EXPECT_EQ(said["bytes_sent"], 1ULL << 40);
    EXPECT_EQ(said["connections_failed"], 0);
    EXPECT_EQ(said["queries"]["all"], 3);
    EXPECT_EQ(said["queries"]["faked"], 3);
    EXPECT_EQ(said["refused"], json::parse(R"({"tcp":0,"udp":7,"icmp":0,"raw":0,"other":0})"));
    EXPECT_EQ(said["reasons"], json::parse(R"({"login-wrong":2})"));
    EXPECT_EQ(said["latency"]["buckets"], json::parse(R"([{"below_us":1024,"count":9},{"below_us":null,"count":1}])"));
    EXPECT_EQ(said["alerts"], json::parse(R"(["servers-down"])"));
    EXPECT_EQ(said["servers"][0]["server"], "192.0.2.1:1080");
    EXPECT_EQ(said["servers"][0]["bytes_received"], 5);
}

TEST(Statistics, PercentilesAreAsExactAsTheBuckets) {
    EXPECT_EQ(mprox::latency_percentile(some(), 50), 1024U);
    EXPECT_EQ(mprox::latency_percentile(some(), 90), 1024U);
    EXPECT_EQ(mprox::latency_percentile(some(), 91), 1ULL << 31);
    EXPECT_EQ(mprox::latency_percentile({}, 50), 0U);
}

TEST(Statistics, TextLeavesOutWhatIsNot) {
    const auto text = mprox::text_of(some(), {});
    EXPECT_NE(text.find("connections_proxied 10\n"), std::string::npos) << text;
    EXPECT_NE(text.find("reasons.login-wrong 2\n"), std::string::npos) << text;
    EXPECT_NE(text.find("alert servers-down\n"), std::string::npos) << text;
    EXPECT_EQ(text.find("refused.tcp"), std::string::npos) << text;
}

TEST(Statistics, CallersInCHaveABuffer) {
    auto sums = some();
    const auto server = a_server();
    sums.servers = reinterpret_cast<std::uintptr_t>(&server);
    sums.nr_servers = 1;
    std::array<char, 8192> buf{};
    const int len = mprox_statistics_json(&sums, buf.data(), buf.size());
    EXPECT_EQ(json::parse(buf.data())["servers"].size(), 1U);
    EXPECT_EQ(std::string(buf.data()).size(), static_cast<std::size_t>(len));
    EXPECT_EQ(mprox_statistics_json(&sums, nullptr, 0), len);
    std::array<char, 4> few{};
    EXPECT_GT(mprox_statistics_text(&sums, few.data(), few.size()), 3);
    EXPECT_EQ(std::string(few.data()), "con");
}
