// SPDX-License-Identifier: GPL-2.0-or-later
// What mprox top computes and shows, from what the kernel might have told.
#include <algorithm>
#include <gtest/gtest.h>

#include "events.hpp"
#include "shell.hpp"
#include "top_view.hpp"
#include "words.hpp"

namespace {

constexpr std::uint64_t kSecond = 1000000000;

Context context(std::uint32_t id, const std::string &name) {
    Context context = {};
    context.id = id;
    name.copy(context.name, sizeof(context.name) - 1);
    return context;
}

mprox::Event event_of(const Record &record) {
    const auto octets = record.octets();
    std::span<const std::uint8_t> rest(octets);
    return mprox::take_event(rest).value_or(mprox::Event());
}

mprox::Event flow(std::uint64_t number, std::uint64_t sent, std::uint64_t received, std::uint64_t age = 100 * kSecond) {
    auto record = a_record(MUTEX_PROXY_EVENT_FLOW);
    record.head.flow = number;
    record.head.bytes_sent = sent;
    record.head.bytes_received = received;
    record.head.duration = age;
    record.head.rtt_us = 412;
    record.name = "host" + std::to_string(number) + ".test";
    return event_of(record);
}

mprox::Event failure(std::uint8_t kind, std::uint16_t reason, std::uint32_t context = 7) {
    auto record = a_record(kind);
    record.head.reason = reason;
    record.head.context = context;
    return event_of(record);
}

Sample sample(std::uint64_t at_ns, std::vector<mprox::Event> flows) {
    Sample sample{context(7, "web"), at_ns, {}, std::move(flows)};
    for (const auto &flow : sample.flows) {
        sample.statistics.bytes_sent += flow.head.bytes_sent;
        sample.statistics.bytes_received += flow.head.bytes_received;
        sample.statistics.connections_active++;
        sample.statistics.connections_total++;
    }
    return sample;
}

Picture picture_of(std::size_t flows) {
    std::vector<mprox::Event> before;
    std::vector<mprox::Event> now;
    for (std::size_t i = 1; i <= flows; i++) {
        before.push_back(flow(i, 1000, 0, i * kSecond));
        now.push_back(flow(i, 1000 + i * 10, i * 100, (i + 2) * kSecond));
    }
    return compare({sample(10 * kSecond, before)}, {sample(12 * kSecond, now)});
}

View view(Sort sort = Sort::rate) {
    View view;
    view.sort = sort;
    view.since = "13:00:00Z";
    return view;
}

std::string joined(const std::vector<Line> &lines) {
    std::string text;
    for (const auto &line : lines)
        text += line.text + "\n";
    return text;
}

std::vector<std::uint64_t> numbers(const std::vector<FlowNow> &flows) {
    std::vector<std::uint64_t> numbers;
    for (const auto &flow : flows)
        numbers.push_back(flow.event.head.flow);
    return numbers;
}

using Numbers = std::vector<std::uint64_t>;

} // namespace

TEST(Words, MeasureOctets) {
    EXPECT_EQ(octets_text(0), "0");
    EXPECT_EQ(octets_text(999), "999");
    EXPECT_EQ(octets_text(1000), "1.0K");
    EXPECT_EQ(octets_text(1536), "1.5K");
    EXPECT_EQ(octets_text(240 * 1024 * 1024), "240M");
    EXPECT_EQ(octets_text(~0ULL), "16.0E");
    for (std::uint64_t octets = 1; octets < 1ULL << 62; octets += octets / 7 + 1)
        EXPECT_LE(octets_text(octets).size(), 5U) << octets;
}

TEST(TopPicture, HasRates) {
    const auto picture = compare({sample(10 * kSecond, {flow(1, 1000, 5000), flow(2, 7, 7)})},
                                 {sample(12 * kSecond, {flow(1, 3000, 5001), flow(2, 7, 7), flow(3, 100, 0, kSecond), flow(4, 9, 9)})});
    ASSERT_EQ(picture.flows.size(), 4U);
    EXPECT_EQ(picture.flows[0].rate.sent, 1000U);
    EXPECT_EQ(picture.flows[0].rate.received, 0U);
    EXPECT_EQ(picture.flows[1].rate.sum(), 0U);
    EXPECT_EQ(picture.flows[2].rate.sent, 50U);   // it has begun since
    EXPECT_FALSE(picture.flows[3].rate.sent);     // it has not, and was not told
    EXPECT_EQ(picture.flows[0].scope, "web");
    EXPECT_EQ(picture.scopes[0].rate.sent, (3000U + 7 + 100 + 9 - 1007) / 2);
}

TEST(TopPicture, HasNoRatesAtFirst) {
    const auto picture = compare({}, {sample(12 * kSecond, {flow(1, 3000, 5001)})});
    EXPECT_FALSE(picture.flows[0].rate.sent);
    EXPECT_FALSE(picture.scopes[0].rate.received);
    // At the same time, and backwards: no division by nothing, no number without end.
    EXPECT_FALSE(compare({sample(5, {flow(1, 1, 1)})}, {sample(5, {flow(1, 2, 2)})}).flows[0].rate.sent);
    EXPECT_EQ(compare({sample(5, {flow(1, 9, 9)})}, {sample(6, {flow(1, 2, 2)})}).flows[0].rate.sent, 0U);
    EXPECT_TRUE(compare({sample(5, {})}, {}).scopes.empty());
}

TEST(TopPicture, CountsHandshakes) {
    auto waiting = flow(1, 0, 0);
    waiting.head.reason = MUTEX_PROXY_REASON_HANDSHAKE;
    const auto picture = compare({}, {sample(1, {waiting, flow(2, 0, 0)})});
    EXPECT_EQ(picture.scopes[0].handshakes, 1U);
}

TEST(TopFailures, AreCountedByReason) {
    Failures failures;
    failures.take(failure(MUTEX_PROXY_EVENT_ATTEMPT, MUTEX_PROXY_REASON_SERVER_REFUSED), "web");
    failures.take(failure(MUTEX_PROXY_EVENT_FAILED, MUTEX_PROXY_REASON_PORT), "web");
    failures.take(failure(MUTEX_PROXY_EVENT_FAILED, MUTEX_PROXY_REASON_PORT, 8), "mail");
    failures.take(failure(MUTEX_PROXY_EVENT_REFUSED, MUTEX_PROXY_REASON_BLOCKED), "web");
    failures.take(failure(MUTEX_PROXY_EVENT_PROXIED, 0), "web");
    failures.take(failure(31, 0), "web");
    auto lost = failure(MUTEX_PROXY_EVENT_LOST, 0);
    lost.head.bytes_sent = 5;
    failures.take(lost, "web");
    EXPECT_EQ(failures.counts(), (Failures::Counts{{"port", 2}, {"blocked", 1}}));
    EXPECT_EQ(failures.counts(8), (Failures::Counts{{"port", 1}}));
    EXPECT_EQ(failures.recent().size(), 4U);
    EXPECT_EQ(failures.recent().front().event.head.kind, MUTEX_PROXY_EVENT_REFUSED);
    EXPECT_EQ(failures.lost(), 5U);
    failures.forget_all_but({7});
    EXPECT_EQ(failures.counts(), (Failures::Counts{{"port", 2}, {"blocked", 1}}));
    EXPECT_TRUE(failures.counts(8).empty());
    for (std::size_t i = 0; i < 2 * Failures::kBound; i++)
        failures.take(failure(MUTEX_PROXY_EVENT_FAILED, MUTEX_PROXY_REASON_HOST), "web");
    EXPECT_EQ(failures.recent().size(), Failures::kBound);
    EXPECT_EQ(failures.counts()["host"], 2 * Failures::kBound);
}

TEST(TopView, Sorts) {
    const auto picture = compare({sample(0, {flow(1, 0, 0), flow(2, 500, 0), flow(3, 0, 0)})},
                                 {sample(kSecond, {flow(1, 10, 0, 3), flow(2, 500, 0, 9), flow(3, 0, 20, 1)})});
    EXPECT_EQ(numbers(sorted(picture.flows, Sort::rate, false)), (Numbers{3, 1, 2}));
    EXPECT_EQ(numbers(sorted(picture.flows, Sort::octets, false)), (Numbers{2, 3, 1}));
    EXPECT_EQ(numbers(sorted(picture.flows, Sort::age, false)), (Numbers{2, 1, 3}));
    EXPECT_EQ(numbers(sorted(picture.flows, Sort::destination, false)), (Numbers{1, 2, 3}));
    EXPECT_EQ(numbers(sorted(picture.flows, Sort::destination, true)), (Numbers{3, 2, 1}));
}

TEST(TopView, SumsUp) {
    Failures failures;
    failures.take(failure(MUTEX_PROXY_EVENT_FAILED, MUTEX_PROXY_REASON_PORT), "web");
    failures.take(failure(MUTEX_PROXY_EVENT_FAILED, MUTEX_PROXY_REASON_RULE), "web");
    failures.take(failure(MUTEX_PROXY_EVENT_FAILED, MUTEX_PROXY_REASON_RULE), "web");
    auto one = view();
    EXPECT_EQ(heads_of(picture_of(2), failures, one),
              (std::vector<std::string>{"mprox top: 1 scope, every 2 s, by rate",
                                        "connections 2 now, 0 in handshake, 2 in all; sent 15/s, received 150/s",
                                        "failures since 13:00:00Z: 3: rule 2, port 1"}));
    one.scope = 7;
    EXPECT_EQ(heads_of(picture_of(2), failures, one)[0], "mprox top: scope web, every 2 s, by rate");
    one.scope = 9;
    EXPECT_EQ(heads_of(picture_of(2), failures, one),
              (std::vector<std::string>{"mprox top: scope 9, which has ended, every 2 s, by rate",
                                        "connections 0 now, 0 in handshake, 0 in all; sent -, received -",
                                        "failures since 13:00:00Z: 0"}));
}

TEST(TopView, IsTextForScripts) {
    const auto text = text_of(picture_of(2), {}, view());
    EXPECT_NE(text.find("\n\nSCOPE  STATE    PROGRAM            DESTINATION    SERVER"), std::string::npos) << text;
    EXPECT_NE(text.find("\nweb    proxied  a\\032program[100]  host2"), std::string::npos) << text;
    EXPECT_NE(text.find("host2.test:80  10.77.1.1:1080  4.0 s  1020       200     10   100  0.412 ms\n"), std::string::npos) << text;
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3 + 1 + 3 + 1);
}

TEST(TopView, FitsEveryTerminal) {
    Failures failures;
    for (int i = 0; i < 5; i++)
        failures.take(failure(MUTEX_PROXY_EVENT_FAILED, MUTEX_PROXY_REASON_PORT), "web");
    for (const std::size_t flows : {0, 1, 50}) {
        const auto picture = picture_of(flows);
        auto one = view();
        for (one.above = 0; one.above < 100; one.above += 33)
            for (const bool shows : {false, true})
                for (std::size_t rows = 0; rows < 40; rows++)
                    for (const std::size_t columns : {0, 1, 7, 20, 40, 80, 300}) {
                        one.shows_failures = shows;
                        const auto lines = lines_of(picture, failures, one, {rows, columns});
                        EXPECT_LE(lines.size(), rows);
                        for (const auto &line : lines)
                            EXPECT_LE(line.text.size(), columns);
                    }
    }
}

TEST(TopView, LeavesOutWhatHasNoRoom) {
    const auto wide = joined(lines_of(picture_of(50), {}, view(), {24, 200}));
    for (const char *head : {"SCOPE", "STATE", "PROGRAM", "DESTINATION", "SERVER", "AGE", "SENT", "RECEIVED", "OUT/s", "IN/s", "RTT"})
        EXPECT_NE(wide.find(head), std::string::npos) << head;
    EXPECT_NE(wide.find("host50.test:80"), std::string::npos);
    const auto lines = lines_of(picture_of(50), {}, view(), {24, 80});
    ASSERT_EQ(lines.size(), 24U);
    for (const char *head : {"PROGRAM", "DESTINATION", "SENT", "RECEIVED", "OUT/s", "IN/s"})
        EXPECT_NE(lines[3].text.find(head), std::string::npos) << lines[3].text;
    EXPECT_EQ(lines[3].text.find("STATE"), std::string::npos);
    const auto narrow = lines_of(picture_of(50), {}, view(), {24, 36});
    EXPECT_NE(narrow[3].text.find("DESTINATION"), std::string::npos);
    EXPECT_NE(narrow[3].text.find("OUT/s  IN/s"), std::string::npos) << narrow[3].text;
    EXPECT_EQ(lines.back().text.find("q quit"), 0U);
    EXPECT_EQ(lines_of(picture_of(50), {}, view(), {24, 80}, "a note").back().text, "a note");
    const auto low = lines_of(picture_of(50), {}, view(), {4, 80});
    ASSERT_EQ(low.size(), 4U);
    EXPECT_EQ(low[0].text.find("connections 50 now"), 0U);
}

TEST(TopView, MarksWhatIsNotThereYet) {
    auto waiting = flow(1, 0, 0);
    waiting.head.reason = MUTEX_PROXY_REASON_HANDSHAKE;
    const auto lines = lines_of(compare({}, {sample(1, {waiting, flow(2, 0, 0)})}), {}, view(Sort::destination), {24, 80});
    EXPECT_EQ(lines[3].style, Style::title);
    EXPECT_EQ(lines[4].style, Style::pending);
    EXPECT_EQ(lines[5].style, Style::plain);
}

TEST(TopView, ObeysKeys) {
    const auto picture = picture_of(50);
    const Room room{24, 80};
    const auto shown = shown_rows(room);
    EXPECT_EQ(shown, 19U);
    auto one = view(Sort::destination);
    Failures failures;
    const auto press = [&](Key key) { take_key(one, key, picture, failures, shown); };
    const auto first = [&] { return lines_of(picture, failures, one, room)[4].text; };
    EXPECT_NE(first().find("host1.test"), std::string::npos);
    press(Key::down);
    EXPECT_NE(first().find("host10.test"), std::string::npos);
    press(Key::page_down);
    EXPECT_EQ(one.above, 20U);
    press(Key::page_down);
    press(Key::page_down);
    EXPECT_EQ(one.above, 31U); // the last one stands at the bottom
    press(Key::up);
    press(Key::page_up);
    EXPECT_EQ(one.above, 11U);
    press(Key::last);
    EXPECT_EQ(one.above, 31U);
    press(Key::first);
    press(Key::up);
    EXPECT_EQ(one.above, 0U);
    press(Key::age);
    EXPECT_EQ(one.sort, Sort::age);
    press(Key::rate);
    EXPECT_EQ(one.sort, Sort::rate);
    press(Key::reverse);
    EXPECT_TRUE(one.is_reversed);
    press(Key::scope);
    EXPECT_EQ(one.scope, 7U);
    press(Key::scope);
    EXPECT_FALSE(one.scope);
    press(Key::failures);
    EXPECT_TRUE(one.shows_failures);
    press(Key::page_down);
    EXPECT_EQ(one.above, 0U);
    press(Key::none);
}

TEST(TopView, ShowsOneScope) {
    auto other = sample(12 * kSecond, {});
    other.context = context(8, "");
    auto record = a_record(MUTEX_PROXY_EVENT_FLOW);
    record.head.context = 8;
    other.flows = {event_of(record)};
    const auto picture = compare({}, {sample(12 * kSecond, {flow(1, 0, 0), flow(2, 0, 0)}), other});
    auto one = view();
    EXPECT_EQ(table_of(picture, {}, one, true).rows.size(), 3U);
    take_key(one, Key::scope, picture, {}, 10);
    EXPECT_EQ(table_of(picture, {}, one, true).rows.size(), 2U);
    take_key(one, Key::scope, picture, {}, 10);
    ASSERT_EQ(table_of(picture, {}, one, true).rows.size(), 1U);
    EXPECT_EQ(table_of(picture, {}, one, true).rows[0][0].text, "8");
}

TEST(TopView, ShowsFailures) {
    Failures failures;
    failures.take(failure(MUTEX_PROXY_EVENT_ATTEMPT, MUTEX_PROXY_REASON_SERVER_REFUSED), "web");
    failures.take(failure(MUTEX_PROXY_EVENT_FAILED, MUTEX_PROXY_REASON_PORT), "web");
    auto one = view();
    one.shows_failures = true;
    const auto lines = lines_of(picture_of(3), failures, one, {24, 120});
    EXPECT_NE(lines[4].text.find("web    a\\032program[100]  failed   port            10.77.2.2:80: proxy 10.77.1.1:1080 "),
              std::string::npos)
        << lines[4].text;
    EXPECT_NE(lines[5].text.find("  attempt  server-refused"), std::string::npos) << lines[5].text;
    EXPECT_EQ(lines[4].style, Style::failure);
    EXPECT_NE(text_of(picture_of(3), failures, one).find("server-refused"), std::string::npos);
}

TEST(TopView, TrustsNoName) {
    auto record = a_record(MUTEX_PROXY_EVENT_FLOW);
    record.name = "a\nb \33[31m";
    std::memcpy(record.head.comm, "x\33]0;y\7", 8);
    const auto lines = lines_of(compare({}, {sample(1, {event_of(record)})}), {}, view(), {24, 200});
    for (const auto &line : lines)
        EXPECT_TRUE(std::all_of(line.text.begin(), line.text.end(), [](char c) { return c >= ' ' && c <= '~'; })) << line.text;
}

TEST(MproxTop, RefusesWhatIsWrong) {
    const auto run = shell(std::string(CONTROL) + " top </dev/null");
    EXPECT_EQ(run.status, 2);
    EXPECT_NE(run.output.find("no terminal to draw on: the standard input or output is something else; --batch writes plain text"),
              std::string::npos)
        << run.output;
    for (const char *args : {"-d 0", "-d x", "-n 0", "--sort size", "--batch --csv"})
        EXPECT_EQ(shell(std::string(CONTROL) + " top " + args).status, 2) << args;
}
