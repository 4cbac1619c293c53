// SPDX-License-Identifier: GPL-2.0-or-later
#include "top_view.hpp"

#include <algorithm>
#include <cstdio>
#include <sstream>
#include <tuple>

#include "reason.hpp"
#include "ss.hpp"
#include "words.hpp"

using mprox::Event;

namespace {

constexpr const char *kKeys = "q quit  r rate  o octets  a age  d destination  i invert  f failures  Tab scope  arrows scroll";
constexpr std::size_t kHeads = 3;
/// With fewer lines there are no heads but one, and with fewer still no line about keys.
constexpr std::size_t kWithHeads = 8;
constexpr std::size_t kWithKeys = 5;

std::string number_text(double number) {
    char text[32];
    std::snprintf(text, sizeof(text), "%g", number);
    return text;
}

std::string rate_text(const std::optional<std::uint64_t> &rate, bool is_exact = false) {
    return !rate ? "" : is_exact ? std::to_string(*rate) : octets_text(*rate);
}

std::string program_text(const Event &event) {
    const auto program = mprox::printable(event.program());
    return event.head.tgid ? program + "[" + std::to_string(event.head.tgid) + "]" : program;
}

/// The part of the log's line that is the time of day.
std::string clock_text(const Event &event) { return mprox::text_of(event).substr(11, 8); }

bool is_shown(std::uint32_t context, const View &view) { return !view.scope || *view.scope == context; }

struct Totals {
    std::size_t scopes = 0;
    std::size_t handshakes = 0;
    std::uint64_t now = 0;
    std::uint64_t all = 0;
    Rate rate;
};

void add(std::optional<std::uint64_t> &sum, const std::optional<std::uint64_t> &part) {
    if (part)
        sum = sum.value_or(0) + *part;
}

Totals totals_of(const Picture &picture, const View &view) {
    Totals totals;
    for (const auto &scope : picture.scopes) {
        if (!is_shown(scope.id, view))
            continue;
        totals.scopes++;
        totals.handshakes += scope.handshakes;
        totals.now += scope.statistics.connections_active;
        totals.all += scope.statistics.connections_total;
        add(totals.rate.sent, scope.rate.sent);
        add(totals.rate.received, scope.rate.received);
    }
    return totals;
}

std::string scope_text(const Picture &picture, const Totals &totals, const View &view) {
    if (!view.scope)
        return std::to_string(totals.scopes) + (totals.scopes == 1 ? " scope" : " scopes");
    const auto found = std::find_if(picture.scopes.begin(), picture.scopes.end(),
                                    [&](const ScopeNow &scope) { return scope.id == *view.scope; });
    return found == picture.scopes.end() ? "scope " + std::to_string(*view.scope) + ", which has ended" : "scope " + found->name;
}

/// The most frequent first.
std::string failures_text(const Failures::Counts &counts) {
    std::vector<std::pair<std::string, std::uint64_t>> sorted(counts.begin(), counts.end());
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto &a, const auto &b) { return a.second > b.second; });
    std::uint64_t sum = 0;
    std::string text;
    for (const auto &[reason, count] : sorted) {
        sum += count;
        text += (text.empty() ? ": " : ", ") + reason + " " + std::to_string(count);
    }
    return std::to_string(sum) + text;
}

Table flows_table(const Picture &picture, const View &view, bool is_exact) {
    Table table{{{"SCOPE", false, 4, 6},
                 {"STATE", false, 8},
                 {"PROGRAM", false, 1, 8},
                 {"DESTINATION", false, 0, 20},
                 {"SERVER", false, 7, 15},
                 {"AGE", true, 5},
                 {"SENT", true, 3},
                 {"RECEIVED", true, 2},
                 {"OUT/s", true},
                 {"IN/s", true},
                 {"RTT", true, 6}},
                {}};
    const auto octets = is_exact ? [](std::uint64_t number) { return std::to_string(number); } : octets_text;
    std::vector<FlowNow> flows;
    for (const auto &flow : picture.flows)
        if (is_shown(flow.event.head.context, view))
            flows.push_back(flow);
    for (const auto &flow : sorted(std::move(flows), view.sort, view.is_reversed)) {
        const auto &head = flow.event.head;
        table.rows.push_back({flow.scope, state_word(flow.event), program_text(flow.event), mprox::destination_text(flow.event),
                              mprox::server_address(flow.event), age_text(head.duration), octets(head.bytes_sent),
                              octets(head.bytes_received), rate_text(flow.rate.sent, is_exact),
                              rate_text(flow.rate.received, is_exact), head.rtt_us ? milliseconds_text(head.rtt_us) : ""});
    }
    return table;
}

Table failures_table(const Failures &failures, const View &view) {
    Table table{{{"TIME"}, {"SCOPE", false, 2, 6}, {"PROGRAM", false, 1, 8}, {"KIND", false, 3}, {"REASON"}, {"WHAT", false, 4, 20}},
                {}};
    for (const auto &one : failures.recent())
        if (is_shown(one.event.head.context, view))
            table.rows.push_back({clock_text(one.event), one.scope, program_text(one.event), mprox::event_word(one.event.head.kind),
                                  mprox::reason_token(one.event.head.reason), mprox::sentence_of(one.event)});
    return table;
}

std::size_t rows_in(const Picture &picture, const Failures &failures, const View &view) {
    const auto flow = [&](const FlowNow &one) { return is_shown(one.event.head.context, view); };
    const auto failure = [&](const Failures::One &one) { return is_shown(one.event.head.context, view); };
    return static_cast<std::size_t>(view.shows_failures
                                        ? std::count_if(failures.recent().begin(), failures.recent().end(), failure)
                                        : std::count_if(picture.flows.begin(), picture.flows.end(), flow));
}

/// No more than leaves the screen full.
std::size_t bounded(std::size_t above, std::size_t rows, std::size_t shown) { return std::min(above, rows - std::min(rows, shown)); }

/// The next one behind the one that is shown; behind the last one all of them.
std::optional<std::uint32_t> next_scope(const Picture &picture, const std::optional<std::uint32_t> &scope) {
    if (picture.scopes.empty() || !scope)
        return picture.scopes.empty() ? std::nullopt : std::optional(picture.scopes.front().id);
    const auto found = std::find_if(picture.scopes.begin(), picture.scopes.end(), [&](const ScopeNow &one) { return one.id == *scope; });
    return found == picture.scopes.end() || found + 1 == picture.scopes.end() ? std::nullopt : std::optional((found + 1)->id);
}

std::vector<std::string> lines_in(const std::string &text) {
    std::istringstream in(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);)
        lines.push_back(line);
    return lines;
}

/// Of the connections that are not there yet.
std::vector<Style> styles_of(const Table &table, const View &view) {
    std::vector<Style> styles;
    for (const auto &row : table.rows)
        styles.push_back(view.shows_failures ? Style::failure : row[1].text == "handshake" ? Style::pending : Style::plain);
    return styles;
}

} // namespace

std::vector<FlowNow> sorted(std::vector<FlowNow> flows, Sort sort, bool is_reversed) {
    const auto less = [&](const FlowNow &a, const FlowNow &b) {
        const auto &x = a.event.head;
        const auto &y = b.event.head;
        switch (sort) {
        case Sort::rate:
            return std::make_tuple(b.rate.sum(), x.context, x.flow) < std::make_tuple(a.rate.sum(), y.context, y.flow);
        case Sort::octets:
            return std::make_tuple(y.bytes_sent + y.bytes_received, x.context, x.flow) <
                   std::make_tuple(x.bytes_sent + x.bytes_received, y.context, y.flow);
        case Sort::age:
            return std::make_tuple(y.duration, x.context, x.flow) < std::make_tuple(x.duration, y.context, y.flow);
        default:
            return std::make_tuple(mprox::destination_text(a.event), x.context, x.flow) <
                   std::make_tuple(mprox::destination_text(b.event), y.context, y.flow);
        }
    };
    std::sort(flows.begin(), flows.end(), less);
    if (is_reversed)
        std::reverse(flows.begin(), flows.end());
    return flows;
}

std::vector<std::string> heads_of(const Picture &picture, const Failures &failures, const View &view) {
    const auto totals = totals_of(picture, view);
    const auto rate = [](const std::optional<std::uint64_t> &one) { return one ? octets_text(*one) + "/s" : std::string("-"); };
    return {"mprox top: " + scope_text(picture, totals, view) + ", every " + number_text(view.delay) + " s, by " +
                kSortWords[static_cast<std::size_t>(view.sort)] + (view.is_reversed ? ", inverted" : ""),
            "connections " + std::to_string(totals.now) + " now, " + std::to_string(totals.handshakes) + " in handshake, " +
                std::to_string(totals.all) + " in all; sent " + rate(totals.rate.sent) + ", received " + rate(totals.rate.received),
            "failures since " + view.since + ": " + failures_text(failures.counts(view.scope)) +
                (failures.lost() ? "; " + std::to_string(failures.lost()) + " events were lost" : "")};
}

Table table_of(const Picture &picture, const Failures &failures, const View &view, bool is_exact) {
    return view.shows_failures ? failures_table(failures, view) : flows_table(picture, view, is_exact);
}

std::string text_of(const Picture &picture, const Failures &failures, const View &view) {
    std::string text;
    for (const auto &line : heads_of(picture, failures, view))
        text += line + "\n";
    return text + "\n" + text_of(table_of(picture, failures, view, true)) + "\n";
}

std::size_t shown_rows(Room room) {
    const std::size_t others = room.rows >= kWithHeads ? kHeads + 2 : room.rows >= kWithKeys ? 3 : 2;
    return room.rows - std::min(room.rows, others);
}

std::vector<Line> lines_of(const Picture &picture, const Failures &failures, const View &view, Room room, const std::string &note) {
    auto table = table_of(picture, failures, view, false);
    const auto styles = styles_of(table, view);
    const auto rows = lines_in(text_of(fitted(std::move(table), room.columns)));
    const auto shown = shown_rows(room);
    const auto above = bounded(view.above, styles.size(), shown);

    std::vector<Line> lines;
    const auto heads = heads_of(picture, failures, view);
    // On little room what counts of them is how much is going on.
    if (room.rows >= kWithHeads)
        for (const auto &head : heads)
            lines.push_back({head, Style::head});
    else
        lines.push_back({heads[1], Style::head});
    lines.push_back({rows[0], Style::title});
    for (std::size_t i = above; i < std::min(above + shown, styles.size()); i++)
        lines.push_back({rows[i + 1], styles[i]});
    if (room.rows >= kWithKeys) {
        lines.resize(std::max(lines.size(), room.rows - 1));
        lines.push_back({note.empty() ? kKeys : note, Style::help});
    }
    lines.resize(std::min(lines.size(), room.rows));
    for (auto &line : lines)
        line.text.resize(std::min(line.text.size(), room.columns));
    return lines;
}

void take_key(View &view, Key key, const Picture &picture, const Failures &failures, std::size_t shown) {
    const auto rows = rows_in(picture, failures, view);
    const auto above = bounded(view.above, rows, shown);
    const auto page = std::max<std::size_t>(shown, 1);
    view.above = above;
    switch (key) {
    case Key::rate:
    case Key::octets:
    case Key::age:
    case Key::destination:
        view.sort = static_cast<Sort>(static_cast<int>(key) - static_cast<int>(Key::rate));
        view.above = 0;
        break;
    case Key::reverse:
        view.is_reversed = !view.is_reversed;
        view.above = 0;
        break;
    case Key::failures:
        view.shows_failures = !view.shows_failures;
        view.above = 0;
        break;
    case Key::scope:
        view.scope = next_scope(picture, view.scope);
        view.above = 0;
        break;
    case Key::up:
        view.above = above - std::min<std::size_t>(above, 1);
        break;
    case Key::page_up:
        view.above = above - std::min(above, page);
        break;
    case Key::down:
        view.above = bounded(above + 1, rows, shown);
        break;
    case Key::page_down:
        view.above = bounded(above + page, rows, shown);
        break;
    case Key::first:
        view.above = 0;
        break;
    case Key::last:
        view.above = bounded(rows, rows, shown);
        break;
    default:
        break;
    }
}
