// SPDX-License-Identifier: GPL-2.0-or-later
// Records of events: none of their octets is trusted, and each kind and reason has words.
#include "event.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <netinet/in.h>
#include <nlohmann/json.hpp>
#include <random>
#include <regex>
#include <set>

#include "events.hpp"
#include "mprox.h"
#include "reason.hpp"

using namespace mprox;
using nlohmann::json;

namespace {

/// "#define MUTEX_PROXY_<PREFIX>_<NAME> <NUMBER>" of the contract: NAME as a token, by number.
std::map<unsigned, std::string> defined(const std::string &prefix) {
    std::map<unsigned, std::string> found;
    std::ifstream file(UAPI);
    const std::regex define("#define\\s+MUTEX_PROXY_" + prefix + "_([A-Z0-9_]+)\\s+([0-9]+)\\b.*");
    for (std::string line; std::getline(file, line);) {
        std::smatch match;
        if (!std::regex_match(line, match, define))
            continue;
        std::string token;
        for (const char c : match[1].str())
            token += c == '_' ? '-' : static_cast<char>(std::tolower(c));
        found[static_cast<unsigned>(std::stoul(match[2]))] = token;
    }
    return found;
}

Event only(const Octets &octets) {
    std::span<const std::uint8_t> rest(octets);
    const auto event = take_event(rest);
    EXPECT_TRUE(event);
    EXPECT_TRUE(rest.empty());
    return event.value_or(Event());
}

Record failed(std::uint16_t reason, std::uint16_t status = 0) {
    auto record = a_record(MUTEX_PROXY_EVENT_FAILED);
    record.head.reason = reason;
    record.head.status = status;
    record.head.error = EHOSTUNREACH;
    record.name = "hidden.test";
    return record;
}

std::string sentence(const Record &record) { return sentence_of(only(record.octets())); }

} // namespace

TEST(Event, EachAlertHasAWordAndSaysItsFigure) {
    auto alerts = defined("ALERT");
    alerts.erase(MUTEX_PROXY_ALERT_KINDS);
    ASSERT_EQ(alerts.size(), MUTEX_PROXY_ALERT_KINDS - 1U);
    for (const auto &[number, token] : alerts) {
        auto record = a_record(MUTEX_PROXY_EVENT_ALERT);
        record.head.reason = static_cast<std::uint16_t>(number);
        record.head.bytes_sent = 4711;
        record.head.bytes_received = 23;
        for (const std::uint16_t is_there : {1, 0}) {
            record.head.status = is_there;
            const auto said = json::parse(json_of(only(record.octets())));
            EXPECT_EQ(said["reason"], token);
            EXPECT_EQ(said["status"], is_there);
            EXPECT_EQ(said["figure"], 4711);
            EXPECT_EQ(said["limit"], 23);
            const auto text = sentence(record);
            EXPECT_NE(text.find("4711"), std::string::npos) << text;
            EXPECT_EQ(text.find("clear of") == std::string::npos, is_there == 1) << text;
        }
    }
}

TEST(Event, EachReasonHasATokenAndATextOfItsOwn) {
    auto numbers = defined("REASON");
    ASSERT_GT(numbers.size(), 40U);
    EXPECT_EQ(numbers[0], "none");
    numbers.erase(0);
    std::set<std::string> texts;
    for (const auto &[number, token] : numbers) {
        EXPECT_EQ(reason_token(number), token);
        EXPECT_TRUE(texts.insert(reason_text(number)).second) << reason_text(number);
        EXPECT_EQ(reason_text(number).find(std::to_string(number)), std::string::npos) << token;
        const bool is_no_failure = number >= MUTEX_PROXY_REASON_HANDSHAKE;
        EXPECT_EQ(blame_of(number) == Blame::nobody, is_no_failure) << token;
    }
    EXPECT_EQ(reasons().size(), numbers.size());
    EXPECT_EQ(reason_token(999), "reason-999");
    EXPECT_NE(reason_text(999), reason_text(998));
}

TEST(Event, EachKindChangeAndVerbHasAWord) {
    auto kinds = defined("EVENT");
    for (const unsigned bound : {MUTEX_PROXY_EVENT_MAX, MUTEX_PROXY_EVENT_KINDS})
        kinds.erase(bound);
    EXPECT_EQ(kinds.size(), std::size_t{MUTEX_PROXY_EVENT_KINDS});
    for (const auto &[number, token] : kinds)
        EXPECT_EQ(event_word(number), token);
    for (const auto &[number, token] : defined("CHANGE"))
        EXPECT_EQ(change_word(number), token);
    for (const auto &[number, token] : defined("QUERY"))
        EXPECT_EQ(query_word(number), token);
    EXPECT_EQ(event_word(77), "kind-77");
    EXPECT_EQ(change_word(0), "change-0");
}

TEST(Event, OfEveryKindAndReasonIsOneLineAndOneObject) {
    std::set<std::string> sentences;
    for (unsigned kind = 0; kind <= MUTEX_PROXY_EVENT_KINDS; kind++)
        for (unsigned reason = 0; reason < 120; reason++) {
            auto record = a_record(static_cast<std::uint8_t>(kind));
            record.head.reason = static_cast<std::uint16_t>(reason);
            record.name = "a\nb\"\\\xff";
            record.executable = "/bin/\x01\xc3\xa4";
            const auto event = only(record.octets());
            EXPECT_EQ(text_of(event).find_first_of("\n\xff"), std::string::npos) << text_of(event);
            EXPECT_FALSE(sentence_of(event).empty()) << kind << " " << reason;
            const auto line = json_of(event);
            EXPECT_EQ(line.find_first_of("\n\xff\xc3"), std::string::npos) << line;
            const auto object = json::parse(line);
            EXPECT_EQ(object["kind"], event_word(kind));
            EXPECT_EQ(object["text"], sentence_of(event));
            EXPECT_EQ(object["executable"], "/bin/\x01\xc3\x83\xc2\xa4"); // each octet a character
        }
}

TEST(Event, SaysWhoFailedAndWhy) {
    const std::string to = "hidden.test:80: ";
    const std::string proxy = to + "proxy 10.77.1.1:1080 ";
    EXPECT_EQ(sentence(failed(MUTEX_PROXY_REASON_LOGIN_WRONG, 1)), proxy + "does not take this user and password");
    EXPECT_EQ(sentence(failed(MUTEX_PROXY_REASON_LOGIN_WANTED, 407)), proxy + "wants a user and a password (HTTP 407)");
    EXPECT_EQ(sentence(failed(MUTEX_PROXY_REASON_RULE, 403)), proxy + "forbids it by a rule (HTTP 403)");
    EXPECT_EQ(sentence(failed(MUTEX_PROXY_REASON_RULE, 2)), proxy + "forbids it by a rule");
    EXPECT_EQ(sentence(failed(MUTEX_PROXY_REASON_FAILED, 1)), proxy + "fails without saying why (SOCKS reply 1)");
    EXPECT_EQ(sentence(failed(MUTEX_PROXY_REASON_HOST, 6)), proxy + "cannot reach the destination (SOCKS reply 6)");
    EXPECT_EQ(sentence(failed(MUTEX_PROXY_REASON_SERVER_TIMEOUT)), proxy + "does not answer");
    EXPECT_EQ(sentence(failed(MUTEX_PROXY_REASON_NO_ROUTE)), to + "no route leads to proxy 10.77.1.1:1080");
    auto record = failed(MUTEX_PROXY_REASON_SYSTEM);
    EXPECT_EQ(sentence(record), to + "the kernel fails: EHOSTUNREACH");
    record = failed(MUTEX_PROXY_REASON_GARBLED);
    record.head.hop = 1;
    EXPECT_EQ(sentence(record), to + "proxy 2 of the chain behind proxy 10.77.1.1:1080 breaks the rules of its protocol");
    record = failed(MUTEX_PROXY_REASON_BLOCKED);
    record.head.kind = MUTEX_PROXY_EVENT_REFUSED;
    record.head.proto = IPPROTO_UDP;
    record.head.rule = 3;
    record.name.clear();
    EXPECT_EQ(sentence(record), "10.77.2.2:80/udp: rule 3 blocks it");
}

TEST(Event, IsALineOfALog) {
    EXPECT_EQ(text_of(only(failed(MUTEX_PROXY_REASON_PORT, 5).octets())),
              "2026-11-30T13:41:15.123456Z failed a\\032program[100] hidden.test:80: proxy 10.77.1.1:1080 is refused by "
              "the destination: EHOSTUNREACH");
    auto record = a_record(MUTEX_PROXY_EVENT_QUERY);
    record.head.type = 65;
    record.head.status = 5;
    record.head.reason = MUTEX_PROXY_QUERY_ASKED;
    record.head.tgid = 0;
    std::memset(record.head.comm, 0, sizeof(record.head.comm));
    EXPECT_EQ(text_of(only(record.octets())), "2026-11-30T13:41:15.123456Z query - asked TYPE65 REFUSED .");
}

TEST(Event, IsAnObjectWithoutWhatIsNotKnown) {
    const auto object = json::parse(json_of(only(failed(MUTEX_PROXY_REASON_PORT, 5).octets())));
    const auto expected = json::parse(R"({"time": "2026-11-30T13:41:15.123456Z", "monotonic": 12.5, "kind": "failed",
        "context": 7, "flow": 9, "pid": 101, "process": 100, "uid": 0, "program": "a program",
        "destination": "10.77.2.2", "name": "hidden.test", "port": 80, "protocol": "tcp", "server": "10.77.1.1:1080",
        "errno": "EHOSTUNREACH", "reason": "port", "status": 5,
        "text": "hidden.test:80: proxy 10.77.1.1:1080 is refused by the destination"})");
    EXPECT_EQ(object, expected) << object;
    auto record = a_record(MUTEX_PROXY_EVENT_CLOSED);
    record.head.duration = 1234567890;
    record.head.bytes_sent = 1ULL << 40;
    record.head.rtt_us = 77;
    record.head.rule = 0;
    const auto closed = json::parse(json_of(only(record.octets())));
    EXPECT_EQ(closed["duration_ms"], 1234.567);
    EXPECT_EQ(closed["bytes_sent"], 1ULL << 40);
    EXPECT_EQ(closed["bytes_received"], 0);
    EXPECT_EQ(closed["rtt_us"], 77);
    EXPECT_EQ(closed["rule"], 0);
    Event lost;
    lost.head.bytes_sent = 3;
    EXPECT_EQ(json::parse(json_of(lost))["lost"], 3);
    EXPECT_FALSE(json::parse(json_of(lost)).contains("uid"));
}

TEST(Event, OfAnotherKernelIsRead) {
    auto record = failed(MUTEX_PROXY_REASON_PORT);
    record.executable = "/bin/true";
    record.head_size = sizeof(record.head) + 40; // newer
    auto event = only(record.octets());
    EXPECT_EQ(event.name, "hidden.test");
    EXPECT_EQ(event.executable, "/bin/true");
    EXPECT_EQ(event.program(), "a program");
    record.head_size = offsetof(mutex_proxy_event, comm); // older
    event = only(record.octets());
    EXPECT_EQ(event.name, "hidden.test");
    EXPECT_EQ(event.program(), "");
    EXPECT_EQ(event.head.via.port, 1080);
}

TEST(Event, ThatIsBrokenIsNotRead) {
    const auto octets = failed(MUTEX_PROXY_REASON_PORT).octets();
    for (std::size_t len = 0; len < octets.size(); len++) {
        std::span<const std::uint8_t> rest(octets.data(), len);
        EXPECT_FALSE(take_event(rest)) << len;
        EXPECT_TRUE(rest.empty());
    }
    const auto broken = [&](std::size_t at, std::uint16_t number) {
        auto changed = octets;
        std::memcpy(changed.data() + at, &number, sizeof(number));
        std::span<const std::uint8_t> rest(changed);
        EXPECT_FALSE(take_event(rest)) << at << ": " << number;
        EXPECT_TRUE(rest.empty());
    };
    broken(offsetof(mutex_proxy_event, size), 0);
    broken(offsetof(mutex_proxy_event, size), 8);
    broken(offsetof(mutex_proxy_event, size), 65535);
    broken(offsetof(mutex_proxy_event, head), 0);
    broken(offsetof(mutex_proxy_event, head), static_cast<std::uint16_t>(octets.size() + 1));
    broken(offsetof(mutex_proxy_event, name_len), 65535);
    broken(offsetof(mutex_proxy_event, exe_len), 65535);
}

TEST(Event, OfRandomOctetsHarmsNobody) {
    std::mt19937 random(1);
    auto octets = failed(MUTEX_PROXY_REASON_PORT).octets();
    for (int i = 0; i < 20000; i++) {
        auto changed = octets;
        for (int n = 0; n < 4; n++)
            changed[random() % (i % 2 ? 12 : changed.size())] = static_cast<std::uint8_t>(random());
        std::span<const std::uint8_t> rest(changed);
        while (const auto event = take_event(rest)) {
            EXPECT_EQ(text_of(*event).find('\n'), std::string::npos);
            EXPECT_TRUE(json::accept(json_of(*event)));
        }
    }
}

TEST(Event, ByTheCLibrary) {
    auto octets = failed(MUTEX_PROXY_REASON_PORT).octets();
    const auto second = a_record(MUTEX_PROXY_EVENT_OPEN).octets();
    octets.insert(octets.end(), second.begin(), second.end());
    std::size_t at = 0;
    std::array<char, MPROX_EVENT_LINE> line{};
    const auto *event = mprox_event_next(octets.data(), octets.size(), &at);
    ASSERT_NE(event, nullptr);
    const int len = mprox_event_json(event, line.data(), line.size());
    EXPECT_EQ(static_cast<std::size_t>(len), std::strlen(line.data()));
    EXPECT_EQ(json::parse(line.data())["reason"], "port");
    EXPECT_EQ(mprox_event_json(event, nullptr, 0), len);
    EXPECT_EQ(mprox_event_text(event, line.data(), 5), static_cast<int>(text_of(only(failed(MUTEX_PROXY_REASON_PORT).octets())).size()));
    EXPECT_STREQ(line.data(), "2026");
    event = mprox_event_next(octets.data(), octets.size(), &at);
    ASSERT_NE(event, nullptr);
    EXPECT_EQ(event->kind, MUTEX_PROXY_EVENT_OPEN);
    EXPECT_EQ(at, octets.size());
    EXPECT_EQ(mprox_event_next(octets.data(), octets.size(), &at), nullptr);
    mutex_proxy_event broken = {};
    broken.size = sizeof(broken);
    EXPECT_EQ(mprox_event_text(&broken, line.data(), line.size()), -1);
    EXPECT_EQ(errno, EINVAL);

    // The largest that the kernel makes.
    auto large = failed(MUTEX_PROXY_REASON_PORT);
    large.name = std::string(MUTEX_PROXY_MAX_NAME, '\xff');
    large.executable = std::string(MUTEX_PROXY_MAX_EXE, '\xff');
    octets = large.octets();
    at = 0;
    event = mprox_event_next(octets.data(), octets.size(), &at);
    EXPECT_LT(mprox_event_json(event, line.data(), line.size()), MPROX_EVENT_LINE);
}

TEST(EventJoiner, TellsLaterRecordsWhatTheFirstOneHas) {
    EventJoiner joiner;
    auto open = a_record(MUTEX_PROXY_EVENT_OPEN);
    open.name = "hidden.test";
    open.executable = "/usr/bin/curl";
    auto event = only(open.octets());
    event.head.via = {};
    joiner.join(event);
    Event later;
    later.head.kind = MUTEX_PROXY_EVENT_PROXIED;
    later.head.context = 7;
    later.head.flow = 9;
    auto blank = later;
    later.head.via = open.head.via;
    joiner.join(later);
    EXPECT_EQ(later.name, "hidden.test");
    EXPECT_EQ(later.executable, "/usr/bin/curl");
    EXPECT_EQ(later.program(), "a program");
    EXPECT_EQ(later.head.tgid, 100U);
    EXPECT_EQ(later.head.to.port, 80);
    later = blank;
    later.head.kind = MUTEX_PROXY_EVENT_CLOSED;
    joiner.join(later);
    EXPECT_EQ(later.name, "hidden.test");
    EXPECT_EQ(later.head.via.port, 1080); // of "proxied", as "open" does not know it
    EXPECT_EQ(joiner.size(), 0U);
    for (const auto &[context, flow] : {std::pair(7U, 10U), std::pair(8U, 9U), std::pair(7U, 9U), std::pair(7U, 0U)}) {
        later = blank;
        later.head.context = context;
        later.head.flow = flow;
        joiner.join(later);
        EXPECT_EQ(later.name, "");
    }
}

TEST(EventJoiner, ForgetsTheOldest) {
    EventJoiner joiner(3);
    auto open = a_record(MUTEX_PROXY_EVENT_OPEN);
    open.name = "a";
    for (const std::uint64_t flow : {1, 2, 3, 1, 4, 5}) { // 1 is young again
        open.head.flow = flow;
        auto event = only(open.octets());
        joiner.join(event);
    }
    EXPECT_EQ(joiner.size(), 3U);
    for (const auto &[flow, known] : {std::pair(1U, true), std::pair(2U, false), std::pair(3U, false), std::pair(5U, true)}) {
        Event later;
        later.head.kind = MUTEX_PROXY_EVENT_PROXIED;
        later.head.context = 7;
        later.head.flow = flow;
        joiner.join(later);
        EXPECT_EQ(!later.name.empty(), known) << flow;
    }
}
