// SPDX-License-Identifier: GPL-2.0-or-later
#include "servers.hpp"

#include "endpoint.hpp"
#include "statistics.hpp"
#include "stats.hpp"
#include "table.hpp"
#include "words.hpp"

using mprox::Result;

namespace {

Json number(const std::optional<std::uint64_t> &value) { return value ? Json(*value) : Json(); }

/// Not known yet is 0 for the kernel.
Json latency(const ServerLine &server) { return server.latency_us.value_or(0) ? Json(*server.latency_us) : Json(); }

std::string count_text(const std::optional<std::uint64_t> &value) { return value ? std::to_string(*value) : ""; }

std::string latency_text(const ServerLine &server) {
    return server.latency_us.value_or(0) ? milliseconds_text(*server.latency_us) : "";
}

std::string chain_text(const ServerLine &server) {
    std::string text;
    for (const auto &hop : server.chain)
        text += (text.empty() ? "" : " > ") + hop.type + " " + hop.address;
    return text;
}

/// Lines and figures are told one after the other: the policy may have been another one.
const mutex_proxy_server_statistics *counted_of(const Known &known, std::size_t index) {
    if (index >= known.counted.size() || known.servers[index].chain.empty())
        return nullptr;
    auto at = known.counted[index].at;
    at.scope_id = 0; // the lines have none
    return mprox::endpoint_of(at).text() == known.servers[index].chain[0].address ? &known.counted[index] : nullptr;
}

/// With the context's number and name in front.
std::vector<Json> objects_of(const std::vector<Known> &all) {
    std::vector<Json> objects;
    for (const auto &one : all)
        for (std::size_t i = 0; i < one.servers.size(); i++) {
            Json object = {{"context", one.context.id}, {"name", one.context.name}};
            object.update(json_of(one, i));
            objects.push_back(std::move(object));
        }
    return objects;
}

Result<int> tell(const Asked &asked) {
    const auto all = gather_all<Known>(asked, [](const Context &context, int fd) -> Result<Known> {
        auto statistics = read_statistics(context, fd);
        if (!statistics)
            return statistics.error();
        return Known{context, read_fdinfo(fd).servers, std::move(statistics->servers)};
    });
    if (!all)
        return all.error();
    const bool told = asked.json  ? print(Json{{"servers", objects_of(*all)}})
                      : asked.csv ? print(csv_of(*all))
                                  : print(text_of(*all));
    return told ? fine : failed;
}

} // namespace

Json json_of(const ServerLine &server, std::size_t index) {
    Json json = {{"index", index}, {"server", ""}, {"type", ""}, {"chain", Json::array()}};
    if (!server.chain.empty()) {
        json["server"] = server.chain[0].address;
        json["type"] = server.chain[0].type;
    }
    for (const auto &hop : server.chain)
        json["chain"].push_back(hop.type + " " + hop.address);
    json["connections"] = number(server.connections);
    json["failures"] = number(server.failures);
    json["latency_us"] = latency(server);
    return json;
}

Json json_of(const Known &known, std::size_t index) {
    auto json = json_of(known.servers[index], index);
    const auto *counted = counted_of(known, index);
    json["connections_proxied"] = counted ? Json(counted->connections_proxied) : Json();
    json["attempts_failed"] = counted ? Json(counted->attempts_failed) : Json();
    json["bytes_sent"] = counted ? Json(counted->bytes_sent) : Json();
    json["bytes_received"] = counted ? Json(counted->bytes_received) : Json();
    return json;
}

std::string text_of(const std::vector<Known> &all) {
    Table table{{{"ID", true}, {"NAME"}, {"SERVER"}, {"CONNECTIONS", true}, {"PROXIED", true}, {"FAILED", true},
                 {"IN A ROW", true}, {"SENT", true}, {"RECEIVED", true}, {"LATENCY", true}},
                {}};
    for (const auto &one : all)
        for (std::size_t i = 0; i < one.servers.size(); i++) {
            const auto &server = one.servers[i];
            const auto *counted = counted_of(one, i);
            const auto text = [&](auto member) { return counted ? std::to_string(counted->*member) : ""; };
            table.rows.push_back({std::to_string(one.context.id), std::string(one.context.name), chain_text(server),
                                  count_text(server.connections), text(&mutex_proxy_server_statistics::connections_proxied),
                                  text(&mutex_proxy_server_statistics::attempts_failed),
                                  {count_text(server.failures), server.failures.value_or(0) ? Colour::red : Colour::none},
                                  text(&mutex_proxy_server_statistics::bytes_sent),
                                  text(&mutex_proxy_server_statistics::bytes_received), latency_text(server)});
        }
    return text_of(table);
}

std::string csv_of(const std::vector<Known> &all) {
    return csv_of({"context", "name", "index", "type", "server", "connections", "failures", "latency_us", "connections_proxied",
                   "attempts_failed", "bytes_sent", "bytes_received"},
                  objects_of(all));
}

std::string sentence_of(const ServerLine &server) {
    auto text = chain_text(server);
    if (server.connections)
        text += ", connections " + std::to_string(*server.connections);
    if (server.failures)
        text += ", " + coloured("failures " + std::to_string(*server.failures), *server.failures ? Colour::red : Colour::none);
    if (server.latency_us.value_or(0))
        text += ", latency " + latency_text(server);
    return text;
}

void add_servers(CLI::App &app, Task &task) {
    auto words = std::make_shared<Asked>();
    auto *command = add_command(app, "servers", "connections, failures, octets and latency of each scope's servers");
    add_contexts(*command, words->which);
    add_json(*command, words->json);
    add_csv(*command, words->csv);
    command->callback([&task, words] { task = [words] { return tell(*words); }; });
}
