// SPDX-License-Identifier: GPL-2.0-or-later
// mprox log: lines of logs, and what they come to.
#include <cmath>
#include <fstream>
#include <gtest/gtest.h>
#include <random>
#include <unistd.h>

#include "events.hpp"
#include "log_lines.hpp"
#include "log_reader.hpp"
#include "log_time.hpp"
#include "shell.hpp"

namespace {

const std::string kControl = CONTROL;

/// As mprox-run writes it, of 10.77.2.2:80 by 10.77.1.1:1080.
Record record(std::uint8_t kind, const std::string &name = "", std::uint16_t reason = 0) {
    auto record = a_record(kind);
    record.name = name;
    record.head.reason = reason;
    return record;
}

std::string line_of(const Record &record) {
    const auto octets = record.octets();
    std::span<const std::uint8_t> rest(octets);
    return mprox::json_of(*mprox::take_event(rest));
}

std::string proxied(const std::string &name, double milliseconds) {
    auto one = record(MUTEX_PROXY_EVENT_PROXIED, name);
    one.head.duration = static_cast<std::uint64_t>(milliseconds * 1e6);
    return line_of(one);
}

std::string closed(const std::string &name, std::uint64_t sent, std::uint64_t received) {
    auto one = record(MUTEX_PROXY_EVENT_CLOSED, name);
    one.head.bytes_sent = sent;
    one.head.bytes_received = received;
    return line_of(one);
}

std::string failed(const std::string &name, std::uint16_t reason, std::uint8_t kind = MUTEX_PROXY_EVENT_FAILED) {
    return line_of(record(kind, name, reason));
}

LogReader reader_of(const std::vector<std::string> &lines, LogWanted wanted = {}) {
    LogReader reader(std::move(wanted));
    reader.begin("FILE");
    for (const auto &line : lines)
        reader.take(line);
    return reader;
}

const std::vector<std::string> kLog = {line_of(record(MUTEX_PROXY_EVENT_OPEN, "a.test")),
                                       proxied("a.test", 10),
                                       closed("a.test", 100, 2000),
                                       proxied("a.test", 20),
                                       proxied("b.test", 30),
                                       closed("b.test", 5, 90000),
                                       failed("b.test", MUTEX_PROXY_REASON_SERVER_REFUSED, MUTEX_PROXY_EVENT_ATTEMPT),
                                       failed("b.test", MUTEX_PROXY_REASON_PORT),
                                       failed("a.test", MUTEX_PROXY_REASON_PORT),
                                       failed("", MUTEX_PROXY_REASON_BLOCKED, MUTEX_PROXY_EVENT_REFUSED),
                                       line_of(record(MUTEX_PROXY_EVENT_QUERY, "q.test")),
                                       line_of(record(MUTEX_PROXY_EVENT_DIRECT, "c.test"))};

/// A file for the time of a test.
class File {
  public:
    explicit File(const std::string &text, const std::string &end = "") : path_("/tmp/mprox-log-test-" + std::to_string(getpid()) + end) {
        std::ofstream(path_) << text;
    }
    ~File() { unlink(path_.c_str()); }
    File(const File &) = delete;
    File &operator=(const File &) = delete;
    [[nodiscard]] const std::string &path() const { return path_; }

  private:
    std::string path_;
};

std::vector<std::string> lines_in(const std::string &path) {
    std::vector<std::string> all;
    auto lines = Lines::open(path);
    EXPECT_TRUE(lines);
    for (std::string line; lines;) {
        const auto more = lines->next(line);
        EXPECT_TRUE(more);
        if (!more || !*more)
            break;
        all.push_back(line);
    }
    return all;
}

std::string text_of_log() {
    std::string text;
    for (const auto &line : kLog)
        text += line + "\n";
    return text;
}

} // namespace

TEST(Durations, AreNearTheTruth) {
    std::mt19937 random(7);
    std::lognormal_distribution<double> distribution(3, 2);
    Durations durations;
    Durations parts[2];
    std::vector<double> all;
    for (int i = 0; i < 20000; i++) {
        all.push_back(distribution(random));
        durations.add(all.back());
        parts[i % 2].add(all.back());
    }
    std::sort(all.begin(), all.end());
    parts[0] += parts[1];
    for (const double percent : {1.0, 50.0, 90.0, 99.0, 100.0}) {
        const auto exact = all[static_cast<std::size_t>(std::ceil(percent / 100 * 20000)) - 1];
        EXPECT_NEAR(durations.percentile(percent), exact, exact * Durations::kPrecision) << percent;
        EXPECT_EQ(durations.percentile(percent), parts[0].percentile(percent));
    }
    EXPECT_EQ(durations.max(), all.back());
    EXPECT_EQ(parts[0].count(), 20000U);
}

TEST(Durations, AreExactIfThereIsOne) {
    Durations durations;
    EXPECT_EQ(durations.percentile(50), 0);
    durations.add(12.345);
    EXPECT_EQ(durations.percentile(50), 12.345);
    EXPECT_EQ(durations.percentile(99), 12.345);
    durations.add(0);
    EXPECT_LT(durations.percentile(50), 0.001);
    EXPECT_EQ(durations.max(), 12.345);
}

TEST(LogTime, IsReadAsUsersWriteIt) {
    constexpr std::int64_t kNow = 1796046075; // 2026-11-30T13:41:15Z
    const auto read = [](const std::string &text) { return parse_log_time(text, kNow); };
    EXPECT_EQ(*read("2026-11-30"), "2026-11-30T00:00:00.000000Z");
    EXPECT_EQ(*read("2026-11-30T13:41"), "2026-11-30T13:41:00.000000Z");
    EXPECT_EQ(*read("2026-11-30 13:41:15.5Z"), "2026-11-30T13:41:15.500000Z");
    EXPECT_EQ(*read("15s"), "2026-11-30T13:41:00.000000Z");
    EXPECT_EQ(*read("41m"), "2026-11-30T13:00:15.000000Z");
    EXPECT_EQ(*read("2h"), "2026-11-30T11:41:15.000000Z");
    EXPECT_EQ(*read("30d"), "2026-10-31T13:41:15.000000Z");
    for (const char *text : {"", "now", "2026", "2026-02-29", "2026-13-01", "2026-11-30T24:00", "2026-11-30T1:2", "13:41", "-1h", "2w",
                             "999999999d", "2026-11-30T13:41:15+01:00"})
        EXPECT_FALSE(read(text)) << text;
    EXPECT_TRUE(is_log_time("2026-11-30T13:41:15.123456Z"));
    for (const char *text : {"", "2026-11-30T13:41:15Z", "2026-11-30T13:41:15.12345xZ", "2026-11-30 13:41:15.123456Z"})
        EXPECT_FALSE(is_log_time(text)) << text;
}

TEST(Lines, AreReadOneByOne) {
    const File file("one\n\nthree\r\nlast");
    EXPECT_EQ(lines_in(file.path()), (std::vector<std::string>{"one", "", "three\r", "last"}));
    EXPECT_TRUE(lines_in(File("").path()).empty());
    EXPECT_EQ(lines_in(File(std::string("a\0b\nc\n", 6)).path()), (std::vector<std::string>{std::string("a\0b", 3), "c"}));
    // Longer than what is read at once, and longer than is kept.
    const std::string long_line(200000, 'x');
    EXPECT_EQ(lines_in(File(long_line + "\nnext\n").path()), (std::vector<std::string>{long_line, "next"}));
    const auto cut = lines_in(File(std::string(3 * Lines::kMost, 'x') + "\nnext\n").path());
    ASSERT_EQ(cut.size(), 2U);
    EXPECT_EQ(cut[0].size(), Lines::kMost);
    EXPECT_EQ(cut[1], "next");
}

TEST(Lines, SayWhyTheyCannotBeRead) {
    EXPECT_NE(Lines::open("/nonexistent").error().what.find("cannot open '/nonexistent': No such file"), std::string::npos);
    auto folder = Lines::open("/tmp");
    std::string line;
    EXPECT_TRUE(!folder || !folder->next(line));
}

TEST(Lines, OfGzipAreReadAsTheyWere) {
    const File file("one\ntwo\n");
    shell("gzip -kf " + file.path());
    EXPECT_EQ(lines_in(file.path() + ".gz"), (std::vector<std::string>{"one", "two"}));
    shell("truncate -s -6 " + file.path() + ".gz");
    auto lines = Lines::open(file.path() + ".gz");
    ASSERT_TRUE(lines);
    std::string line;
    auto more = lines->next(line);
    while (more && *more)
        more = lines->next(line);
    EXPECT_FALSE(more);
    unlink((file.path() + ".gz").c_str());
}

TEST(LogReport, CountsConnections) {
    const auto reader = reader_of(kLog);
    const auto &report = reader.report();
    EXPECT_EQ(report.events, kLog.size());
    EXPECT_EQ(report.all.connections, 5U);
    EXPECT_EQ(report.all.failed, 2U);
    EXPECT_EQ(report.all.attempts, 1U);
    EXPECT_EQ(report.all.refused, 1U);
    EXPECT_EQ(report.all.direct, 1U);
    EXPECT_EQ(report.all.closed, 2U);
    EXPECT_EQ(report.all.bytes_sent, 105U);
    EXPECT_EQ(report.all.bytes_received, 92000U);
    EXPECT_EQ(report.all.handshakes.count(), 3U);
    EXPECT_EQ(report.all.handshakes.max(), 30);
    EXPECT_EQ(report.kinds.at("query"), 1U);
    const auto destinations = report.destinations.first(9, Rank::connections);
    ASSERT_EQ(destinations.size(), 4U);
    EXPECT_EQ(destinations[0].name, "a.test:80");
    EXPECT_EQ(destinations[0].group.connections, 3U);
    EXPECT_EQ(destinations[1].name, "b.test:80");
    EXPECT_EQ(report.destinations.first(1, Rank::octets)[0].name, "b.test:80");
    EXPECT_EQ(report.servers.first(9, Rank::connections)[0].name, "10.77.1.1:1080");
    EXPECT_EQ(report.programs.first(9, Rank::connections)[0].group.connections, 5U);
    const auto reasons = report.reasons.first(9, Rank::connections);
    ASSERT_EQ(reasons.size(), 3U);
    EXPECT_EQ(reasons[0].name, "port");
    EXPECT_EQ(reasons[0].group.failed, 2U);
}

TEST(LogReport, NamesDestinations) {
    auto six = record(MUTEX_PROXY_EVENT_PROXIED);
    six.head.to = {AF_INET6, 443, 0, {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
    six.head.proto = IPPROTO_UDP;
    const auto reader = reader_of({line_of(six), proxied("", 1)});
    const auto named = reader.report().destinations.first(9, Rank::connections);
    EXPECT_EQ(named[0].name, "10.77.2.2:80");
    EXPECT_EQ(named[1].name, "[2001:db8::1]:443/udp");
}

TEST(LogReport, KeepsABoundedNumberOfNames) {
    LogReport report(3);
    for (int i = 0; i < 10; i++)
        for (int j = 0; j <= i % 3; j++)
            report.add(Json::parse(proxied("h" + std::to_string(i) + ".test", 1)));
    EXPECT_EQ(report.destinations.count(), 3U);
    EXPECT_TRUE(report.destinations.has_overflown());
    std::uint64_t sum = report.destinations.others(2, Rank::connections).connections;
    for (const auto &one : report.destinations.first(2, Rank::connections))
        sum += one.group.connections;
    EXPECT_EQ(sum, report.all.connections);
    EXPECT_EQ(report.destinations.others(2, Rank::connections).handshakes.count() + 3 + 2, report.all.handshakes.count());
    LogRead read;
    read.most = 2;
    EXPECT_NE(text_of(report, read).find("\n(more than 1 others) "), std::string::npos) << text_of(report, read);
    EXPECT_EQ(json_of(report, read)["other_destinations"]["more"], true);
}

TEST(LogReader, CountsWhatIsNoEvent) {
    auto lines = kLog;
    for (const char *line : {"", "text", "{", "[]", "7", "{}", "{\"kind\": \"failed\"}", "{\"kind\": 7, \"time\": \"2026-11-30T13:41:15.123456Z\"}",
                             "{\"kind\": \"failed\", \"time\": \"yesterday\"}", "\xff\xfe"})
        lines.insert(lines.begin() + 2, line);
    const auto reader = reader_of(lines);
    EXPECT_EQ(reader.read().no_events, 10U);
    EXPECT_EQ(reader.read().first_no_event, "FILE:3");
    EXPECT_EQ(reader.read().lines, lines.size());
    EXPECT_EQ(reader.report().events, kLog.size());
    EXPECT_NE(text_of(reader.report(), reader.read()).find("no events    10 lines are no events, and are left out: FILE:3 is the first\n"),
              std::string::npos);
}

TEST(LogReader, BelievesNoValue) {
    // Whoever has written the file: no type of a value is an error.
    const std::string head = "{\"time\":\"2026-11-30T13:41:15.123456Z\",\"kind\":\"";
    const auto reader = reader_of({head + "closed\",\"bytes_sent\":\"x\",\"bytes_received\":-1,\"server\":7,\"name\":[],\"port\":{}}",
                                   head + "proxied\",\"duration_ms\":1e300,\"name\":\"\\u0000\\n\"}",
                                   head + "proxied\",\"duration_ms\":-1,\"name\":\"\\u001b[31m\\u00e9\"}", head + "lost\",\"lost\":\"many\"}",
                                   head + "what\"}"});
    EXPECT_EQ(reader.read().no_events, 0U);
    EXPECT_EQ(reader.report().all.handshakes.count(), 0U);
    EXPECT_EQ(reader.report().kinds.at("other"), 1U);
    const auto text = text_of(reader.report(), reader.read());
    EXPECT_TRUE(std::all_of(text.begin(), text.end(), [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); })) << text;
    EXPECT_NE(text.find("\\027[31m\\233"), std::string::npos) << text;
}

TEST(LogReader, LeavesOutWhatIsNotWanted) {
    LogWanted wanted;
    ASSERT_TRUE(wanted.filter.take_terms("reason=port"));
    auto reader = reader_of(kLog, wanted);
    EXPECT_EQ(reader.report().events, 2U);
    EXPECT_EQ(reader.read().left_out, kLog.size() - 2);
    // All of them are of 13:41:15.123456.
    using Case = std::tuple<std::string, std::string, std::size_t>;
    for (const auto &[since, until, events] :
         {Case{"13:41:15.123456", "", kLog.size()}, Case{"13:41:15.123457", "", 0}, Case{"", "13:41:15.123456", 0},
          Case{"", "13:41:15.123457", kLog.size()}}) {
        LogWanted bounds;
        bounds.since = since.empty() ? "" : "2026-11-30T" + since + "Z";
        bounds.until = until.empty() ? "" : "2026-11-30T" + until + "Z";
        EXPECT_EQ(reader_of(kLog, bounds).report().events, events) << since << " " << until;
    }
}

TEST(LogReader, AddsFilesUp) {
    LogReader reader{LogWanted()};
    for (const char *file : {"log.1", "log"}) {
        reader.begin(file);
        for (const auto &line : kLog)
            reader.take(line);
    }
    reader.take("x");
    EXPECT_EQ(reader.read().files, 2U);
    EXPECT_EQ(reader.read().first_no_event, "log:" + std::to_string(kLog.size() + 1));
    EXPECT_EQ(reader.report().all.connections, 10U);
}

TEST(MproxLog, TellsInEveryForm) {
    const File file(text_of_log());
    const auto json = Json::parse(shell(kControl + " log --json " + file.path()).output);
    EXPECT_EQ(json["events"], kLog.size());
    EXPECT_EQ(json["all"]["connections"], 5);
    EXPECT_EQ(json["all"]["max_ms"], 30.0);
    EXPECT_NEAR(json["all"]["p50_ms"].get<double>(), 20, 0.2);
    EXPECT_EQ(json["destinations"][0]["destination"], "a.test:80");
    EXPECT_EQ(json["reasons"][0]["reason"], "port");
    EXPECT_TRUE(json["other_destinations"].is_null());
    EXPECT_EQ(json["from"], "2026-11-30T13:41:15.123456Z");
    const auto top = Json::parse(shell(kControl + " log --json --top 1 --sort octets - <" + file.path()).output);
    EXPECT_EQ(top["destinations"].size(), 1U);
    EXPECT_EQ(top["destinations"][0]["destination"], "b.test:80");
    EXPECT_EQ(top["other_destinations"]["count"], 3);
    EXPECT_EQ(top["other_destinations"]["connections"], 3);
    const auto csv = shell(kControl + " log --csv " + file.path()).output;
    EXPECT_EQ(csv.find("group,name,connections,failed,"), 0U) << csv;
    EXPECT_NE(csv.find("\r\ndestination,a.test:80,3,1,0,0,0,1,100,2000,2,"), std::string::npos) << csv;
    const auto text = shell(kControl + " log " + file.path()).output;
    EXPECT_NE(text.find("connections  5, 3 proxied and 2 failed; 2 closed; 1 direct; 1 refused\n"), std::string::npos) << text;
    EXPECT_NE(text.find("\nREASON          FAILED  REFUSED  ATTEMPTS\nport                 2        -         -\n"), std::string::npos) << text;
    EXPECT_NE(text.find("read         12 lines of 1 file\n"), std::string::npos) << text;
}

TEST(MproxLog, RefusesWhatIsWrong) {
    const File text("2026-11-30T13:41:15.123456Z failed curl[1] x:80: no: EIO\n");
    const auto none = shell(kControl + " log " + text.path());
    EXPECT_EQ(none.status, 2);
    EXPECT_NE(none.output.find(":1 is none; write the log with mprox-run --log FILE --log-format json"), std::string::npos) << none.output;
    const File mixed(text_of_log() + "x\n");
    const auto some = shell(kControl + " log --csv " + mixed.path() + " 2>&1 >/dev/null");
    EXPECT_EQ(some.output, "mprox: warning: 1 line is no event, and is left out: " + mixed.path() + ":13\n");
    for (const char *args : {"", "/nonexistent", "--since then F", "--until 1h --since 1h F", "--top 0 F", "--sort size F", "--json --csv F",
                             "--filter servr=x F", "--level loud F", "--kinds faild F"}) {
        const auto run = shell("cd /tmp; " + kControl + " log " + args);
        EXPECT_EQ(run.status, 2) << args;
        EXPECT_EQ(run.output.find("mprox: "), 0U) << run.output;
        EXPECT_EQ(std::count(run.output.begin(), run.output.end(), '\n'), 1) << run.output;
    }
    EXPECT_EQ(shell(kControl + " log /dev/null").status, 0);
}
