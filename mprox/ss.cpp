// SPDX-License-Identifier: GPL-2.0-or-later
#include "ss.hpp"

#include <cerrno>
#include <netinet/in.h>

#include "apply.hpp"
#include "mprox.h"
#include "table.hpp"
#include "words.hpp"

using mprox::Event;
using mprox::Result;

namespace {

constexpr std::uint32_t kRoom = 65536; // octets; some hundred records

std::vector<Event> records_in(std::span<const std::uint8_t> octets) {
    std::vector<Event> events;
    while (auto event = mprox::take_event(octets))
        events.push_back(std::move(*event));
    return events;
}

std::string word_in(const Json &flow, const char *key) { return flow.value(key, std::string()); }

std::string destination_of(const Event &event, const Json &flow) {
    const auto where = event.name.empty() ? word_in(flow, "destination") : mprox::printable(event.name);
    const bool is_bare = event.name.empty() && event.head.to.family == AF_INET6;
    return (is_bare ? "[" + where + "]" : where) + ":" + std::to_string(event.head.to.port);
}

std::vector<Json> objects_of(const std::vector<Flows> &all) {
    std::vector<Json> objects;
    for (const auto &one : all)
        for (const auto &flow : one.flows)
            objects.push_back(flow_json(flow));
    return objects;
}

Result<int> tell(const Asked &asked) {
    const auto all = gather_all<Flows>(asked, read_flows);
    if (!all)
        return all.error();
    const bool told = asked.json  ? print(Json{{"flows", objects_of(*all)}})
                      : asked.csv ? print(csv_of(*all))
                                  : print(text_of(*all));
    return told ? fine : failed;
}

} // namespace

Result<Flows> read_flows(const Context &context, int fd) {
    std::vector<std::uint8_t> octets;
    for (std::uint32_t room = kRoom;; room *= 2) {
        octets.resize(room);
        mutex_proxy_flows wanted = {};
        wanted.size = sizeof(wanted);
        wanted.records = reinterpret_cast<std::uintptr_t>(octets.data());
        wanted.room = room;
        if (mprox_flows(fd, &wanted) != 0)
            return mprox::explain_device("the scope " + label_of(context) + " tells no connections", errno);
        auto flows = records_in({octets.data(), wanted.used});
        if (flows.size() >= wanted.nr || room > MUTEX_PROXY_MAX_EVENTS_ROOM / 2)
            return Flows{context, std::move(flows)};
    }
}

const char *state_word(const Event &flow) { return flow.head.reason ? "handshake" : "proxied"; }

Json flow_json(const Event &flow) {
    auto json = Json::parse(mprox::json_of(flow));
    json["state"] = state_word(flow);
    return json;
}

std::string text_of(const std::vector<Flows> &all) {
    Table table{{{"ID", true},
                 {"STATE"},
                 {"PROTOCOL"},
                 {"DESTINATION"},
                 {"ADDRESS"},
                 {"SERVER"},
                 {"SENT", true},
                 {"RECEIVED", true},
                 {"RTT", true},
                 {"AGE", true},
                 {"USER"}},
                {}};
    for (const auto &one : all)
        for (const auto &flow : one.flows) {
            const auto json = flow_json(flow);
            const auto &head = flow.head;
            table.rows.push_back({std::to_string(head.context),
                                  {state_word(flow), head.reason ? Colour::yellow : Colour::green},
                                  word_in(json, "protocol"), destination_of(flow, json), word_in(json, "destination"),
                                  word_in(json, "server"), std::to_string(head.bytes_sent), std::to_string(head.bytes_received),
                                  head.rtt_us ? milliseconds_text(head.rtt_us) : "", age_text(head.duration),
                                  user_of(head.uid)});
        }
    return text_of(table);
}

std::string csv_of(const std::vector<Flows> &all) {
    return csv_of({"context", "flow", "state", "protocol", "name", "destination", "port", "server", "uid", "bytes_sent",
                   "bytes_received", "rtt_us", "duration_ms"},
                  objects_of(all));
}

void add_ss(CLI::App &app, Task &task) {
    auto words = std::make_shared<Asked>();
    auto *command = add_command(app, "ss", "the connections that there are, and how much has gone through them");
    add_contexts(*command, words->which);
    add_json(*command, words->json);
    add_csv(*command, words->csv);
    command->callback([&task, words] { task = [words] { return tell(*words); }; });
}
