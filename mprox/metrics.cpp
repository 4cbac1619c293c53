// SPDX-License-Identifier: GPL-2.0-or-later
#include "metrics.hpp"

#include <array>
#include <charconv>

#include "endpoint.hpp"
#include "reason.hpp"
#include "statistics.hpp"

namespace {

/// A label, "name="value"": backslash, quote and newline are escaped.
std::string label(const std::string &name, const std::string &value) {
    std::string text = name + "=\"";
    for (const char c : value)
        text += c == '\\' ? "\\\\" : c == '"' ? "\\\"" : c == '\n' ? "\\n" : std::string(1, c);
    return text + "\"";
}

/// The shortest text that is that number again.
std::string number(double value) {
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    return {text.data(), end};
}

double seconds(std::uint64_t microseconds) { return static_cast<double>(microseconds) / 1e6; }

/// Whose statistics they are: labels, without braces.
struct Series {
    std::string labels;
    const Statistics *statistics;
};

enum class Type { counter, gauge, histogram };

struct Family {
    std::string name; ///< without "_total"
    Type type = Type::counter;
    std::string unit; ///< the end of the name; empty: none
    std::string help;
};

/// Families, one after the other, each with its samples.
class Exposition {
  public:
    Exposition(MetricsFormat format, std::string prefix) : format_(format), prefix_(std::move(prefix)) {}

    void begin(const Family &family) {
        static constexpr std::array kTypes = {"counter", "gauge", "histogram"};
        const bool is_open = format_ == MetricsFormat::openmetrics;
        sample_ = prefix_ + family.name + (family.type == Type::counter ? "_total" : "");
        // Prometheus' own format knows a counter by the name of its samples.
        const auto name = is_open ? prefix_ + family.name : sample_;
        text_ += "# TYPE " + name + " " + kTypes.at(static_cast<std::size_t>(family.type)) + "\n";
        if (is_open && !family.unit.empty())
            text_ += "# UNIT " + name + " " + family.unit + "\n";
        text_ += "# HELP " + name + " " + family.help + "\n";
    }
    void add(const std::string &labels, const std::string &value, const std::string &suffix = "") {
        text_ += sample_ + suffix + "{" + labels + "} " + value + "\n";
    }
    void add(const std::string &labels, std::uint64_t value) { add(labels, std::to_string(value)); }

    [[nodiscard]] std::string text() const { return text_ + (format_ == MetricsFormat::openmetrics ? "# EOF\n" : ""); }

  private:
    MetricsFormat format_;
    std::string prefix_;
    std::string sample_;
    std::string text_;
};

struct Sum {
    __u64 mutex_proxy_statistics::*value;
    Family family;
};

const std::vector<Sum> &sums() {
    static const std::vector<Sum> table = {
        {&mutex_proxy_statistics::bytes_sent,
         {"sent_bytes", Type::counter, "bytes", "Octets of payload that programs have sent through proxies."}},
        {&mutex_proxy_statistics::bytes_received,
         {"received_bytes", Type::counter, "bytes", "Octets of payload that programs have received through proxies."}},
        {&mutex_proxy_statistics::packets_sent,
         {"sent_segments", Type::counter, "segments", "TCP segments sent, those sent again included."}},
        {&mutex_proxy_statistics::packets_received,
         {"received_segments", Type::counter, "segments", "TCP segments received."}},
        {&mutex_proxy_statistics::connections_active,
         {"active_connections", Type::gauge, "connections", "Proxied connections now, those in handshake included."}},
        {&mutex_proxy_statistics::connections_handshake,
         {"handshake_connections", Type::gauge, "connections", "Connections in handshake now."}},
        {&mutex_proxy_statistics::connections_total,
         {"connections", Type::counter, "connections", "Connections that were to be proxied, those that have failed included."}},
        {&mutex_proxy_statistics::connections_proxied,
         {"proxied_connections", Type::counter, "connections", "Connections that had a way through a proxy."}},
        {&mutex_proxy_statistics::connections_failed,
         {"failed_connections", Type::counter, "connections", "Connections that had no way through a proxy."}},
        {&mutex_proxy_statistics::connections_direct,
         {"direct_connections", Type::counter, "connections", "Connections that were sent past the proxy."}},
        {&mutex_proxy_statistics::associations,
         {"associations", Type::counter, "associations", "Relays for datagrams that proxies have opened."}},
        {&mutex_proxy_statistics::datagrams_sent,
         {"sent_datagrams", Type::counter, "datagrams", "Datagrams of programs to proxies."}},
        {&mutex_proxy_statistics::datagrams_received,
         {"received_datagrams", Type::counter, "datagrams", "Datagrams from proxies to programs."}},
        {&mutex_proxy_statistics::datagram_bytes_sent,
         {"sent_datagram_bytes", Type::counter, "bytes", "Octets of payload of the datagrams sent."}},
        {&mutex_proxy_statistics::datagram_bytes_received,
         {"received_datagram_bytes", Type::counter, "bytes", "Octets of payload of the datagrams received."}},
    };
    return table;
}

/// What is an object in JSON: each of its keys is a value of the label.
struct Split {
    const char *key;   ///< in JSON
    const char *label; ///< in metrics
    Family family;
};

const std::vector<Split> &splits() {
    static const std::vector<Split> table = {
        {"queries", "result", {"queries", Type::counter, "queries", "Queries for names, by what they came to."}},
        {"refused", "protocol", {"refused", Type::counter, "", "Calls and packets that were not let out, by protocol."}},
        {"reasons", "reason", {"failures", Type::counter, "failures", "Why connections have failed, and anything was refused."}},
    };
    return table;
}

/// "all" is their sum.
void add_splits(Exposition &to, const std::vector<Series> &all) {
    for (const auto &split : splits()) {
        to.begin(split.family);
        for (const auto &one : all) {
            const auto json = json_of(*one.statistics);
            for (const auto &[word, count] : json[split.key].items())
                if (word != "all")
                    to.add(one.labels + "," + label(split.label, word), count.get<std::uint64_t>());
        }
    }
}

void add_latency(Exposition &to, const std::vector<Series> &all) {
    to.begin({"latency_seconds", Type::histogram, "seconds", "From connect() to the way through the proxy."});
    for (const auto &one : all) {
        const auto &sums = one.statistics->sums;
        std::uint64_t count = 0;
        for (unsigned i = 0; i < MUTEX_PROXY_LATENCY_BUCKETS; i++) {
            count += sums.latency[i];
            const bool is_last = i + 1 == MUTEX_PROXY_LATENCY_BUCKETS;
            const auto bound = is_last ? "+Inf" : number(seconds(mprox::bucket_bound(i)));
            to.add(one.labels + "," + label("le", bound), std::to_string(count), "_bucket");
        }
        to.add(one.labels, number(seconds(sums.latency_us)), "_sum");
        to.add(one.labels, std::to_string(count), "_count");
    }
}

void add_alerts(Exposition &to, const std::vector<Series> &all) {
    to.begin({"alert", Type::gauge, "", "1 while a figure is at its limit."});
    for (const auto &one : all)
        for (unsigned kind = 1; kind < MUTEX_PROXY_ALERT_KINDS; kind++)
            to.add(one.labels + "," + label("alert", mprox::alert_of(kind).word), one.statistics->sums.alerts >> kind & 1);
}

using Server = mutex_proxy_server_statistics;

/// @p value of each server; empty: it is not known.
void add_servers(Exposition &to, const std::vector<Series> &all, const Family &family, std::string (*value)(const Server &)) {
    to.begin(family);
    for (const auto &one : all)
        for (std::size_t i = 0; i < one.statistics->servers.size(); i++) {
            const auto &server = one.statistics->servers[i];
            const auto labels = label("server", mprox::endpoint_of(server.at).text()) + "," + label("index", std::to_string(i));
            if (const auto text = value(server); !text.empty())
                to.add(one.labels + "," + labels, text);
        }
}

void add_all_servers(Exposition &to, const std::vector<Series> &all) {
    add_servers(to, all, {"server_active_connections", Type::gauge, "connections", "Connections on the server now."},
                [](const Server &server) { return std::to_string(server.connections_active); });
    add_servers(to, all, {"server_proxied_connections", Type::counter, "connections", "Ways through the server that were there."},
                [](const Server &server) { return std::to_string(server.connections_proxied); });
    add_servers(to, all, {"server_failed_attempts", Type::counter, "attempts", "Attempts at the server that have failed."},
                [](const Server &server) { return std::to_string(server.attempts_failed); });
    add_servers(to, all, {"server_sent_bytes", Type::counter, "bytes", "Octets of payload sent by connections that are over."},
                [](const Server &server) { return std::to_string(server.bytes_sent); });
    add_servers(to, all,
                {"server_received_bytes", Type::counter, "bytes", "Octets of payload received by connections that are over."},
                [](const Server &server) { return std::to_string(server.bytes_received); });
    add_servers(to, all, {"server_failures", Type::gauge, "failures", "Failures in a row: 0 as long as the server works."},
                [](const Server &server) { return std::to_string(server.failures); });
    add_servers(to, all, {"server_latency_seconds", Type::gauge, "seconds", "From SYN to SYN-ACK, smoothed."},
                [](const Server &server) { return server.latency_us ? number(seconds(server.latency_us)) : std::string(); });
}

void add_sums(Exposition &to, const std::vector<Series> &all) {
    to.begin({"members", Type::gauge, "", "Processes that are in it."});
    for (const auto &one : all)
        to.add(one.labels, one.statistics->sums.members);
    for (const auto &sum : sums()) {
        to.begin(sum.family);
        for (const auto &one : all)
            to.add(one.labels, one.statistics->sums.*sum.value);
    }
    add_splits(to, all);
    add_latency(to, all);
}

} // namespace

std::string metrics_of(const std::vector<Counted> &all, MetricsFormat format) {
    std::vector<Series> series;
    for (const auto &[context, statistics] : all)
        series.push_back({label("context", std::to_string(context.id)) + "," + label("name", context.name) + "," +
                              label("uid", std::to_string(context.uid)),
                          &statistics});
    Exposition to(format, "mprox_");
    add_sums(to, series);
    add_alerts(to, series);
    add_all_servers(to, series);
    return to.text();
}

std::string metrics_of_namespace(const Statistics &statistics, std::uint64_t netns, MetricsFormat format) {
    const std::vector<Series> one = {{label("netns", std::to_string(netns)), &statistics}};
    Exposition to(format, "mprox_namespace_");
    to.begin({"scopes", Type::gauge, "", "Scopes that there are now."});
    to.add(one[0].labels, statistics.sums.contexts);
    add_sums(to, one);
    return to.text();
}
