// SPDX-License-Identifier: GPL-2.0-or-later
#include "stats.hpp"

#include <cerrno>
#include <functional>
#include <sys/stat.h>

#include "apply.hpp"
#include "metrics.hpp"
#include "mprox.h"
#include "statistics.hpp"
#include "table.hpp"
#include "words.hpp"

using mprox::Error;
using mprox::Result;

namespace {

struct Words : Asked {
    bool openmetrics = false;
    bool prometheus = false;
    bool of_namespace = false;

    [[nodiscard]] std::optional<MetricsFormat> metrics() const {
        return openmetrics  ? std::optional(MetricsFormat::openmetrics)
               : prometheus ? std::optional(MetricsFormat::prometheus)
                            : std::nullopt;
    }
};

/// @p tell fills in the sums, and as many servers as there is room for.
Result<Statistics> read_all(const std::function<int(mutex_proxy_statistics *)> &tell,
                            const std::function<Error(int error)> &explain) {
    Statistics statistics;
    // More may come while they are told.
    do {
        statistics.servers.resize(statistics.sums.nr_servers);
        statistics.sums = {};
        statistics.sums.size = sizeof(statistics.sums);
        statistics.sums.server_size = sizeof(mutex_proxy_server_statistics);
        statistics.sums.servers = reinterpret_cast<std::uintptr_t>(statistics.servers.data());
        statistics.sums.nr_servers = static_cast<__u32>(statistics.servers.size());
        if (tell(&statistics.sums) != 0)
            return explain(errno);
    } while (statistics.sums.nr_servers > statistics.servers.size());
    statistics.servers.resize(statistics.sums.nr_servers);
    return statistics;
}

Error explain_namespace(int error) {
    if (error == EPERM)
        return {"the sums of the network namespace are for CAP_NET_ADMIN alone",
                "do it as root; without --namespace those of your own scopes are told"};
    return mprox::explain_device("the kernel tells no sums of the network namespace", error);
}

std::uint64_t this_namespace() {
    struct stat file = {};
    return stat("/proc/self/ns/net", &file) == 0 ? file.st_ino : 0;
}

Result<int> tell_namespace(const Words &words) {
    const auto statistics = read_all(mprox_net_statistics, explain_namespace);
    if (!statistics)
        return statistics.error();
    Json json = {{"netns", this_namespace()}};
    json.update(json_of(*statistics));
    json.erase("servers"); // they are the scopes' own
    if (const auto format = words.metrics())
        return print(metrics_of_namespace(*statistics, this_namespace(), *format)) ? fine : failed;
    return (words.json ? print(json) : print(mprox::text_of(statistics->sums, {}))) ? fine : failed;
}

Result<int> tell_scopes(const Words &words) {
    const auto all = gather_all<Counted>(words, [](const Context &context, int fd) -> Result<Counted> {
        auto statistics = read_statistics(context, fd);
        if (!statistics)
            return statistics.error();
        return Counted{context, std::move(*statistics)};
    });
    if (!all)
        return all.error();
    Json json = {{"contexts", Json::array()}};
    for (const auto &one : *all)
        json["contexts"].push_back(json_of(one));
    const bool told = words.json        ? print(json)
                      : words.csv       ? print(csv_of(*all))
                      : words.metrics() ? print(metrics_of(*all, *words.metrics()))
                      : words.which.size() == 1 && all->size() == 1 ? print(details_text_of(all->front()))
                                                                    : print(text_of(*all));
    return told ? fine : failed;
}

} // namespace

Result<Statistics> read_statistics(const Context &context, int fd) {
    return read_all([fd](mutex_proxy_statistics *sums) { return mprox_statistics(fd, sums); },
                    [&](int error) { return mprox::explain_device("the scope " + label_of(context) + " tells no statistics", error); });
}

Json json_of(const Statistics &statistics) { return Json::parse(mprox::json_of(statistics.sums, statistics.servers)); }

Json json_of(const Counted &counted) {
    Json json = {{"id", counted.context.id}, {"name", counted.context.name}, {"uid", counted.context.uid}};
    json.update(json_of(counted.statistics));
    return json;
}

namespace {

/// Empty: no way was there yet.
std::string latency_text(const mutex_proxy_statistics &sums, unsigned percent) {
    const auto microseconds = mprox::latency_percentile(sums, percent);
    return microseconds ? "<" + milliseconds_text(microseconds) : "";
}

Cell failures_cell(const mutex_proxy_statistics &sums) {
    return {std::to_string(sums.connections_failed), sums.connections_failed ? Colour::red : Colour::none};
}

} // namespace

std::string text_of(const std::vector<Counted> &all) {
    Table table{{{"ID", true},     {"NAME"},           {"ACTIVE", true},    {"PROXIED", true}, {"FAILED", true}, {"DIRECT", true},
                 {"SENT", true},   {"RECEIVED", true}, {"DATAGRAMS", true}, {"P50", true},     {"P99", true}},
                {}};
    for (const auto &[context, statistics] : all) {
        const auto &sums = statistics.sums;
        table.rows.push_back({std::to_string(context.id), std::string(context.name), std::to_string(sums.connections_active),
                              std::to_string(sums.connections_proxied), failures_cell(sums), std::to_string(sums.connections_direct),
                              std::to_string(sums.bytes_sent), std::to_string(sums.bytes_received),
                              std::to_string(sums.datagrams_sent + sums.datagrams_received), latency_text(sums, 50),
                              latency_text(sums, 99)});
    }
    return text_of(table);
}

std::string details_text_of(const Counted &counted) {
    return "scope " + label_of(counted.context) + "\n" + mprox::text_of(counted.statistics.sums, counted.statistics.servers);
}

std::string csv_of(const std::vector<Counted> &all) {
    std::vector<std::string> keys = {"id", "name", "uid"};
    const auto none = json_of(Statistics());
    for (const auto &[key, value] : none.items())
        if (value.is_number())
            keys.push_back(key);
    std::vector<Json> objects;
    for (const auto &one : all)
        objects.push_back(json_of(one));
    return csv_of(keys, objects);
}

void add_stats(CLI::App &app, Task &task) {
    auto words = std::make_shared<Words>();
    auto *command = add_command(app, "stats", "how much has gone through proxies, of each scope");
    add_contexts(*command, words->which);
    add_json(*command, words->json);
    auto *csv = add_csv(*command, words->csv);
    auto *openmetrics = command->add_flag("--openmetrics", words->openmetrics, "say it in the text format of OpenMetrics")
                            ->excludes(csv)
                            ->excludes(command->get_option("--json"));
    command->add_flag("--prometheus", words->prometheus, "in that of Prometheus, for files that node_exporter reads")
        ->excludes(csv)
        ->excludes(command->get_option("--json"))
        ->excludes(openmetrics);
    command->add_flag("--namespace", words->of_namespace, "the sums of this network namespace, with scopes that have ended")
        ->excludes(csv)
        ->excludes(command->get_option("scope"));
    command->callback([&task, words] {
        task = [words] { return words->of_namespace ? tell_namespace(*words) : tell_scopes(*words); };
    });
}
