// SPDX-License-Identifier: GPL-2.0-or-later
#include "stats.hpp"

#include <array>
#include <cerrno>

#include "apply.hpp"
#include "mprox.h"
#include "table.hpp"

using mprox::Result;

namespace {

struct Counter {
    const char *key;   ///< in JSON, and of struct mutex_proxy_stats
    const char *head;  ///< of its column
    __u64 mutex_proxy_stats::*value;
    const char *metric; ///< its family's name in OpenMetrics
    bool is_gauge;
    const char *unit;
    const char *help;
};

constexpr std::array kCounters = {
    Counter{"bytes_sent", "SENT", &mutex_proxy_stats::bytes_sent, "mprox_sent_bytes", false, "bytes",
            "Octets of payload that programs have sent through proxies."},
    Counter{"bytes_received", "RECEIVED", &mutex_proxy_stats::bytes_received, "mprox_received_bytes", false, "bytes",
            "Octets of payload that programs have received through proxies."},
    Counter{"packets_sent", "SEGMENTS OUT", &mutex_proxy_stats::packets_sent, "mprox_sent_segments", false, "segments",
            "TCP segments sent, those sent again included."},
    Counter{"packets_received", "SEGMENTS IN", &mutex_proxy_stats::packets_received, "mprox_received_segments", false, "segments",
            "TCP segments received."},
    Counter{"connections_active", "ACTIVE", &mutex_proxy_stats::connections_active, "mprox_active_connections", true,
            "connections", "Proxied connections now, those in handshake included."},
    Counter{"connections_total", "TOTAL", &mutex_proxy_stats::connections_total, "mprox_connections", false, "connections",
            "Connections that were to be proxied, those that have failed included."},
};

/// A label's value: backslash, quote and newline are escaped.
std::string quoted(const std::string &text) {
    std::string out = "\"";
    for (const char c : text)
        out += c == '\\' ? "\\\\" : c == '"' ? "\\\"" : c == '\n' ? "\\n" : std::string(1, c);
    return out + "\"";
}

std::string labels_of(const Context &context) {
    return "{context=" + quoted(std::to_string(context.id)) + ",name=" + quoted(context.name) +
           ",uid=" + quoted(std::to_string(context.uid)) + "}";
}

Result<int> tell(const Asked &asked, bool openmetrics) {
    const auto all = gather_all<Counted>(asked, [](const Context &context, int fd) -> Result<Counted> {
        const auto statistics = read_statistics(context, fd);
        if (!statistics)
            return statistics.error();
        return Counted{context, *statistics};
    });
    if (!all)
        return all.error();
    Json json = {{"contexts", Json::array()}};
    for (const auto &one : *all)
        json["contexts"].push_back(json_of(one));
    const bool told = asked.json    ? print(json)
                      : asked.csv   ? print(csv_of(*all))
                      : openmetrics ? print(openmetrics_of(*all))
                                    : print(text_of(*all));
    return told ? fine : failed;
}

} // namespace

Result<mutex_proxy_stats> read_statistics(const Context &context, int fd) {
    mutex_proxy_stats statistics = {};
    if (mprox_get_stats(fd, &statistics) != 0)
        return mprox::explain_device("the scope " + label_of(context) + " tells no statistics", errno);
    return statistics;
}

Json json_of(const mutex_proxy_stats &statistics) {
    Json json;
    for (const auto &counter : kCounters)
        json[counter.key] = statistics.*counter.value;
    return json;
}

Json json_of(const Counted &counted) {
    Json json = {{"id", counted.context.id}, {"name", counted.context.name}, {"uid", counted.context.uid}};
    json.update(json_of(counted.statistics));
    return json;
}

std::string text_of(const std::vector<Counted> &all) {
    Table table{{{"ID", true}, {"NAME"}}, {}};
    for (const auto &counter : kCounters)
        table.columns.push_back({counter.head, true});
    for (const auto &one : all) {
        table.rows.push_back({std::to_string(one.context.id), std::string(one.context.name)});
        for (const auto &counter : kCounters)
            table.rows.back().emplace_back(std::to_string(one.statistics.*counter.value));
    }
    return text_of(table);
}

std::string csv_of(const std::vector<Counted> &all) {
    std::vector<std::string> keys = {"id", "name", "uid"};
    for (const auto &counter : kCounters)
        keys.emplace_back(counter.key);
    std::vector<Json> objects;
    for (const auto &one : all)
        objects.push_back(json_of(one));
    return csv_of(keys, objects);
}

std::string openmetrics_of(const std::vector<Counted> &all) {
    std::string text;
    for (const auto &counter : kCounters) {
        const std::string family = counter.metric;
        text += "# TYPE " + family + (counter.is_gauge ? " gauge\n" : " counter\n");
        text += "# UNIT " + family + " " + counter.unit + "\n";
        text += "# HELP " + family + " " + counter.help + "\n";
        for (const auto &one : all)
            text += family + (counter.is_gauge ? "" : "_total") + labels_of(one.context) + " " +
                    std::to_string(one.statistics.*counter.value) + "\n";
    }
    return text + "# EOF\n";
}

void add_stats(CLI::App &app, Task &task) {
    struct Words : Asked {
        bool openmetrics = false;
    };
    auto words = std::make_shared<Words>();
    auto *command = add_command(app, "stats", "how much has gone through proxies, of each scope");
    add_contexts(*command, words->which);
    add_json(*command, words->json);
    auto *csv = add_csv(*command, words->csv);
    command->add_flag("--openmetrics", words->openmetrics, "say it in the text format of OpenMetrics, for Prometheus")
        ->excludes(csv)
        ->excludes(command->get_option("--json"));
    command->callback([&task, words] { task = [words] { return tell(*words, words->openmetrics); }; });
}
