// SPDX-License-Identifier: GPL-2.0-or-later
#include "statistics.hpp"

#include <array>
#include <numeric>
#include <nlohmann/json.hpp>

#include "endpoint.hpp"
#include "reason.hpp"

namespace mprox {
namespace {

using Json = nlohmann::ordered_json;

struct Sum {
    const char *key;
    __u64 mutex_proxy_statistics::*value;
};
constexpr std::array kSums = {
    Sum{"connections_active", &mutex_proxy_statistics::connections_active},
    Sum{"connections_handshake", &mutex_proxy_statistics::connections_handshake},
    Sum{"connections_total", &mutex_proxy_statistics::connections_total},
    Sum{"connections_proxied", &mutex_proxy_statistics::connections_proxied},
    Sum{"connections_failed", &mutex_proxy_statistics::connections_failed},
    Sum{"connections_direct", &mutex_proxy_statistics::connections_direct},
    Sum{"bytes_sent", &mutex_proxy_statistics::bytes_sent},
    Sum{"bytes_received", &mutex_proxy_statistics::bytes_received},
    Sum{"packets_sent", &mutex_proxy_statistics::packets_sent},
    Sum{"packets_received", &mutex_proxy_statistics::packets_received},
    Sum{"associations", &mutex_proxy_statistics::associations},
    Sum{"datagrams_sent", &mutex_proxy_statistics::datagrams_sent},
    Sum{"datagrams_received", &mutex_proxy_statistics::datagrams_received},
    Sum{"datagram_bytes_sent", &mutex_proxy_statistics::datagram_bytes_sent},
    Sum{"datagram_bytes_received", &mutex_proxy_statistics::datagram_bytes_received},
};

// The order of mutex_proxy_statistics::refused.
constexpr std::array kRefused = {"tcp", "udp", "icmp", "raw", "other"};
constexpr unsigned kBuckets = MUTEX_PROXY_LATENCY_BUCKETS;

Json queries_of(const mutex_proxy_statistics &sums) {
    Json json = {{"all", sums.queries[0]}};
    for (unsigned verb = 1; verb < std::size(sums.queries); verb++)
        json[query_word(verb)] = sums.queries[verb];
    return json;
}

Json refused_of(const mutex_proxy_statistics &sums) {
    Json json;
    for (std::size_t i = 0; i < kRefused.size(); i++)
        json[kRefused[i]] = sums.refused[i];
    return json;
}

/// Only those that there are.
Json reasons_of(const mutex_proxy_statistics &sums) {
    Json json = Json::object();
    for (unsigned reason = 0; reason < MUTEX_PROXY_REASONS; reason++)
        if (sums.reasons[reason])
            json[reason_token(reason)] = sums.reasons[reason];
    return json;
}

Json latency_of(const mutex_proxy_statistics &sums) {
    Json buckets = Json::array();
    for (unsigned i = 0; i < kBuckets; i++)
        if (sums.latency[i])
            buckets.push_back({{"below_us", i + 1 < kBuckets ? Json(bucket_bound(i)) : Json()}, {"count", sums.latency[i]}});
    return {{"sum_us", sums.latency_us}, {"buckets", buckets}};
}

Json alerts_of(const mutex_proxy_statistics &sums) {
    Json json = Json::array();
    for (unsigned kind = 1; kind < MUTEX_PROXY_ALERT_KINDS; kind++)
        if (sums.alerts >> kind & 1)
            json.push_back(alert_of(kind).word);
    return json;
}

Json server_of(const mutex_proxy_server_statistics &server) {
    return {{"server", endpoint_of(server.at).text()},
            {"hops", server.hops},
            {"failures", server.failures},
            {"latency_us", server.latency_us},
            {"connections_active", server.connections_active},
            {"connections_proxied", server.connections_proxied},
            {"attempts_failed", server.attempts_failed},
            {"bytes_sent", server.bytes_sent},
            {"bytes_received", server.bytes_received}};
}

std::string line(const std::string &key, const std::string &value) { return key + " " + value + "\n"; }

std::string line(const std::string &key, std::uint64_t value) { return line(key, std::to_string(value)); }

/// "KEY.NAME NUMBER" of those that are not 0.
std::string lines_of(const std::string &key, const Json &json) {
    std::string text;
    for (const auto &[name, value] : json.items())
        if (value != 0)
            text += line(key + "." + name, value.get<std::uint64_t>());
    return text;
}

} // namespace

std::uint64_t bucket_bound(unsigned bucket) { return std::uint64_t{1} << bucket; }

std::uint64_t latency_percentile(const mutex_proxy_statistics &sums, unsigned percent) {
    const std::span buckets(sums.latency);
    const auto all = std::accumulate(buckets.begin(), buckets.end(), std::uint64_t{0});
    std::uint64_t seen = 0;
    for (unsigned i = 0; all && i < kBuckets; i++) {
        seen += buckets[i];
        if (seen * 100 >= all * percent)
            return bucket_bound(i);
    }
    return 0;
}

std::string json_of(const mutex_proxy_statistics &sums, ServerStatistics servers) {
    Json json = {{"contexts", sums.contexts}, {"members", sums.members}};
    for (const auto &sum : kSums)
        json[sum.key] = sums.*sum.value;
    json["queries"] = queries_of(sums);
    json["refused"] = refused_of(sums);
    json["reasons"] = reasons_of(sums);
    json["latency"] = latency_of(sums);
    json["alerts"] = alerts_of(sums);
    json["servers"] = Json::array();
    for (const auto &server : servers)
        json["servers"].push_back(server_of(server));
    return json.dump();
}

std::string text_of(const mutex_proxy_statistics &sums, ServerStatistics servers) {
    auto text = line("contexts", sums.contexts) + line("members", sums.members);
    for (const auto &sum : kSums)
        text += line(sum.key, sums.*sum.value);
    text += lines_of("queries", queries_of(sums)) + lines_of("refused", refused_of(sums)) +
            lines_of("reasons", reasons_of(sums));
    for (const unsigned percent : {50U, 90U, 99U})
        text += line("latency.p" + std::to_string(percent) + "_us", latency_percentile(sums, percent));
    for (const auto &alert : alerts_of(sums))
        text += line("alert", alert.get<std::string>());
    for (const auto &server : servers)
        text += line("server", endpoint_of(server.at).text() + " active " + std::to_string(server.connections_active) + " proxied " +
                                   std::to_string(server.connections_proxied) + " failed " +
                                   std::to_string(server.attempts_failed) + " sent " + std::to_string(server.bytes_sent) +
                                   " received " + std::to_string(server.bytes_received));
    return text;
}

} // namespace mprox
