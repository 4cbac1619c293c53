// SPDX-License-Identifier: GPL-2.0-or-later
#include "log_output.hpp"

#include <cstdio>

#include "event.hpp"
#include "table.hpp"
#include "words.hpp"

namespace {

/// The tables, in order, with the keys of JSON.
struct Sort {
    const char *head;
    const char *one;  ///< the key of a name
    const char *many; ///< of all of them
    Groups LogReport::*groups;
};
constexpr std::array kSorts = {Sort{"REASON", "reason", "reasons", &LogReport::reasons},
                               Sort{"DESTINATION", "destination", "destinations", &LogReport::destinations},
                               Sort{"SERVER", "server", "servers", &LogReport::servers},
                               Sort{"PROGRAM", "program", "programs", &LogReport::programs}};

/// Octets above 0x7e are characters of the same number in JSON.
std::string octets_in(const std::string &text) {
    std::string octets;
    for (std::size_t i = 0; i < text.size(); i++) {
        const auto first = static_cast<unsigned char>(text[i]);
        if ((first == 0xc2 || first == 0xc3) && i + 1 < text.size())
            octets += static_cast<char>((first & 3) << 6 | (static_cast<unsigned char>(text[++i]) & 0x3f));
        else
            octets += text[i];
    }
    return octets;
}

std::string name_text(const std::string &name) { return mprox::printable(octets_in(name)); }

std::string milliseconds(double number) {
    char text[32];
    std::snprintf(text, sizeof(text), "%.3f", number);
    return text;
}

double rounded(double number) { return std::stod(milliseconds(number)); }

std::string count_text(std::uint64_t count) { return count ? std::to_string(count) : ""; }

void put(Json &json, const Group &group) {
    const auto &handshakes = group.handshakes;
    json["connections"] = group.connections;
    json["failed"] = group.failed;
    json["attempts"] = group.attempts;
    json["refused"] = group.refused;
    json["direct"] = group.direct;
    json["closed"] = group.closed;
    json["bytes_sent"] = group.bytes_sent;
    json["bytes_received"] = group.bytes_received;
    json["handshakes"] = handshakes.count();
    const bool is_known = handshakes.count() != 0;
    json["p50_ms"] = is_known ? Json(rounded(handshakes.percentile(50))) : Json();
    json["p90_ms"] = is_known ? Json(rounded(handshakes.percentile(90))) : Json();
    json["p99_ms"] = is_known ? Json(rounded(handshakes.percentile(99))) : Json();
    json["max_ms"] = is_known ? Json(handshakes.max()) : Json();
}

std::vector<Cell> latency_cells(const Group &group) {
    const auto &handshakes = group.handshakes;
    if (!handshakes.count())
        return {"", "", "", ""};
    return {milliseconds(handshakes.percentile(50)), milliseconds(handshakes.percentile(90)), milliseconds(handshakes.percentile(99)),
            milliseconds(handshakes.max())};
}

std::vector<Cell> reason_row(const std::string &name, const Group &group) {
    return {name, count_text(group.failed), count_text(group.refused), count_text(group.attempts)};
}

std::vector<Cell> row(const std::string &name, const Group &group) {
    std::vector<Cell> cells = {name, std::to_string(group.connections), count_text(group.failed), count_text(group.refused),
                               count_text(group.direct), std::to_string(group.bytes_sent), std::to_string(group.bytes_received)};
    for (auto &cell : latency_cells(group))
        cells.push_back(std::move(cell));
    return cells;
}

std::string others_name(const Groups &groups, std::size_t most) {
    return "(" + std::string(groups.has_overflown() ? "more than " : "") +
           std::to_string(groups.count() > most ? groups.count() - most : 0) + " others)";
}

bool has_others(const Groups &groups, std::size_t most) { return groups.has_overflown() || groups.count() > most; }

std::string table_text(const LogReport &report, const LogRead &read, const Sort &sort) {
    const auto &groups = report.*sort.groups;
    const bool is_reason = sort.groups == &LogReport::reasons;
    Table table;
    if (is_reason)
        table.columns = {{sort.head}, {"FAILED", true}, {"REFUSED", true}, {"ATTEMPTS", true}};
    else
        table.columns = {{sort.head},        {"CONNECTIONS", true}, {"FAILED", true},   {"REFUSED", true},
                         {"DIRECT", true},   {"SENT", true},        {"RECEIVED", true}, {"P50 ms", true},
                         {"P90 ms", true},   {"P99 ms", true},      {"MAX ms", true}};
    const auto make = is_reason ? reason_row : row;
    for (const auto &one : groups.first(read.most, read.rank))
        table.rows.push_back(make(name_text(one.name), one.group));
    if (has_others(groups, read.most))
        table.rows.push_back(make(others_name(groups, read.most), groups.others(read.most, read.rank)));
    return table.rows.empty() ? "" : "\n" + text_of(table);
}

std::string counted(std::uint64_t count, const std::string &what) {
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string kinds_text(const LogReport &report) {
    std::string text;
    for (const auto &[kind, count] : report.kinds)
        text += (text.empty() ? "" : ", ") + kind + " " + std::to_string(count);
    return text.empty() ? "none" : text;
}

Json object_of(const Sort &sort, const std::string &name, const Group &group) {
    Json json = {{sort.one, name}};
    put(json, group);
    return json;
}

/// As a row with commas has it.
Json record_of(const std::string &group_of, const std::string &name, const Group &group) {
    Json json = {{"group", group_of}, {"name", name}};
    put(json, group);
    return json;
}

} // namespace

std::string no_events_text(const LogRead &read) {
    return counted(read.no_events, "line") + (read.no_events == 1 ? " is no event, and is" : " are no events, and are") +
           " left out: " + read.first_no_event + (read.no_events == 1 ? "" : " is the first");
}

std::string text_of(const LogReport &report, const LogRead &read) {
    const auto &all = report.all;
    auto text = line_of("read", counted(read.lines, "line") + " of " + counted(read.files, "file"));
    if (read.no_events)
        text += line_of("no events", no_events_text(read));
    if (read.left_out)
        text += line_of("left out", counted(read.left_out, "event") + " that " + (read.left_out == 1 ? "was" : "were") + " not asked for");
    if (report.events)
        text += line_of("time", report.from + " to " + report.to);
    text += line_of("events", kinds_text(report));
    if (report.lost)
        text += line_of("lost", counted(report.lost, "event") + ": more happened than was read");
    text += line_of("connections", std::to_string(all.connections) + ", " + std::to_string(all.connections - all.failed) +
                                       " proxied and " + std::to_string(all.failed) + " failed; " + std::to_string(all.closed) +
                                       " closed; " + std::to_string(all.direct) + " direct; " + std::to_string(all.refused) + " refused");
    text += line_of("octets", std::to_string(all.bytes_sent) + " sent, " + std::to_string(all.bytes_received) + " received");
    if (all.handshakes.count()) {
        const auto latency = latency_cells(all);
        text += line_of("handshake", "p50 " + latency[0].text + " ms, p90 " + latency[1].text + " ms, p99 " + latency[2].text +
                                         " ms, max " + latency[3].text + " ms");
    }
    for (const auto &sort : kSorts)
        text += table_text(report, read, sort);
    return text;
}

Json json_of(const LogReport &report, const LogRead &read) {
    Json json = {{"files", read.files}, {"lines", read.lines}, {"no_events", read.no_events}, {"left_out", read.left_out},
                 {"events", report.events}, {"lost", report.lost}, {"from", nullptr}, {"to", nullptr}, {"kinds", report.kinds}};
    if (report.events) {
        json["from"] = report.from;
        json["to"] = report.to;
    }
    put(json["all"], report.all);
    for (const auto &sort : kSorts) {
        const auto &groups = report.*sort.groups;
        json[sort.many] = Json::array();
        for (const auto &one : groups.first(read.most, read.rank))
            json[sort.many].push_back(object_of(sort, one.name, one.group));
        auto &others = json["other_" + std::string(sort.many)];
        if (has_others(groups, read.most)) {
            others["count"] = groups.count() > read.most ? groups.count() - read.most : 0;
            others["more"] = groups.has_overflown();
            put(others, groups.others(read.most, read.rank));
        }
    }
    return json;
}

std::string csv_of(const LogReport &report, const LogRead &read) {
    std::vector<Json> records = {record_of("all", "", report.all)};
    for (const auto &sort : kSorts) {
        const auto &groups = report.*sort.groups;
        for (const auto &one : groups.first(read.most, read.rank))
            records.push_back(record_of(sort.one, one.name, one.group));
        if (has_others(groups, read.most))
            records.push_back(record_of("other_" + std::string(sort.many), "", groups.others(read.most, read.rank)));
    }
    std::vector<std::string> keys;
    for (const auto &[key, value] : records[0].items())
        keys.push_back(key);
    return csv_of(keys, records);
}
