// SPDX-License-Identifier: GPL-2.0-or-later
// What mprox says of contexts, from what the kernel might have told.
#include <algorithm>
#include <cerrno>
#include <fstream>
#include <gtest/gtest.h>
#include <regex>
#include <set>
#include <sstream>

#include "contexts.hpp"
#include "event_filter.hpp"
#include "events.hpp"
#include "metrics.hpp"
#include "ps.hpp"
#include "reason.hpp"
#include "servers.hpp"
#include "set.hpp"
#include "ss.hpp"
#include "stats.hpp"
#include "table.hpp"
#include "words.hpp"

using mprox::EventFilter;
using mprox::kFilterKeys;

namespace {

constexpr auto kEnabled = MUTEX_PROXY_CONTEXT_ENABLED;

Context context(std::uint32_t id, const std::string &name, std::uint32_t flags = kEnabled) {
    Context context = {};
    context.id = id;
    context.flags = flags;
    context.uid = 4000000;
    context.members = 2;
    context.descriptors = 1;
    context.netns = 4026531840;
    name.copy(context.name, sizeof(context.name) - 1);
    return context;
}

/// As the kernel writes it.
constexpr const char *kFdinfo = "pos:\t0\nflags:\t02\nmnt_id:\t15\nino:\t1057\ncontext:\t7\nname:\tweb\nscope:\ttree\nenabled:\t1\n"
                                "locked:\t0\nmembers:\t2\ndns:\tfaked 3 empty 0 blocked 1\nrefused:\ttcp 0 udp 4\n"
                                "server:\tsocks5 192.0.2.1:1080 connections 2 failures 0 latency_us 1234\n"
                                "server:\tsocks5 [2001:db8::1]:1080 > http inner:3128 connections 0 failures 3 latency_us 0\n"
                                "resolver:\t192.0.2.7:53 tcp waiting 0 answered 1 failed 0 known 1\n";

mprox::Event event_of(const Record &record) {
    const auto octets = record.octets();
    std::span<const std::uint8_t> rest(octets);
    return mprox::take_event(rest).value_or(mprox::Event());
}

mprox::Event flow_of(std::uint16_t reason = 0) {
    auto record = a_record(MUTEX_PROXY_EVENT_FLOW);
    record.head.reason = reason;
    record.head.bytes_sent = 83;
    record.head.bytes_received = 1000123;
    record.head.rtt_us = 412;
    record.head.duration = 3250000000;
    record.head.uid = 4000000;
    record.name = "hidden.test";
    return event_of(record);
}

std::vector<std::string> lines_of(const std::string &text) {
    std::istringstream in(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);)
        lines.push_back(line);
    return lines;
}

EventFilter filter(const std::string &terms) {
    EventFilter filter;
    EXPECT_TRUE(filter.take_terms(terms)) << terms;
    return filter;
}

Statistics some_statistics() {
    Statistics statistics;
    auto &sums = statistics.sums;
    sums.contexts = 1;
    sums.members = 2;
    sums.bytes_sent = 83;
    sums.bytes_received = 1000123;
    sums.packets_sent = 5;
    sums.packets_received = 6;
    sums.connections_active = 1;
    sums.connections_total = 4;
    sums.connections_proxied = 3;
    sums.connections_failed = 1;
    sums.datagrams_sent = 20;
    sums.datagrams_received = 22;
    sums.queries[0] = sums.queries[MUTEX_PROXY_QUERY_FAKED] = 7;
    sums.refused[1] = 9;
    sums.reasons[MUTEX_PROXY_REASON_PORT] = 1;
    sums.latency[9] = 2;
    sums.latency[MUTEX_PROXY_LATENCY_BUCKETS - 1] = 1;
    sums.latency_us = 2500000;
    sums.alerts = 1U << MUTEX_PROXY_ALERT_FAILED;
    mutex_proxy_server_statistics server = {};
    server.at = {AF_INET, 1080, 0, {192, 0, 2, 1}};
    server.hops = 1;
    server.connections_proxied = 3;
    server.attempts_failed = 2;
    server.bytes_received = 11;
    statistics.servers = {server, server};
    return statistics;
}

std::uint32_t bit(unsigned kind) { return 1U << kind; }

} // namespace

TEST(Table, AlignsItsColumns) {
    const Table table{{{"ID", true}, {"NAME"}, {"N", true}, {"LAST"}},
                      {{"7", "a", "100", "x"}, {"12345", "longer", "", ""}}};
    EXPECT_EQ(text_of(table), "   ID  NAME      N  LAST\n"
                              "    7  a       100  x\n"
                              "12345  longer    -  -\n");
    EXPECT_EQ(text_of(Table{{{"A"}, {"B"}}, {}}), "A  B\n");
}

TEST(Table, FitsALine) {
    const Table table{{{"A", false, 2}, {"LONG", false, 0, 6}, {"N", true, 1}, {"TAIL", false, 0, 2}},
                      {{"x", "0123456789", "100", "abcdefgh"}, {"y", "", "", "z"}}};
    EXPECT_EQ(text_of(fitted(table, 100)), text_of(table));
    EXPECT_EQ(text_of(fitted(table, 24)), "A  LONG          N  TAIL\n"
                                          "x  0123456789  100  abc+\n"
                                          "y  -             -  z\n");
    EXPECT_EQ(text_of(fitted(table, 22)), "A  LONG        N  TAIL\n"
                                          "x  0123456+  100  abc+\n"
                                          "y  -           -  z\n");
    EXPECT_EQ(text_of(fitted(table, 17)), "LONG      N  TAIL\n"
                                          "01234+  100  abc+\n"
                                          "-         -  z\n");
    // What stays in any case is as short as it can be.
    EXPECT_EQ(text_of(fitted(table, 1)), "LONG    TAIL\n"
                                         "01234+  abc+\n"
                                         "-       z\n");
}

TEST(Table, QuotesWhatHasCommas) {
    const std::vector<Json> objects = {{{"a", "x,y"}, {"b", 1}, {"c", true}}, {{"a", "say \"no\"\n"}, {"b", nullptr}}};
    EXPECT_EQ(csv_of({"a", "b", "c"}, objects), "a,b,c\r\n\"x,y\",1,true\r\n\"say \"\"no\"\"\n\",,\r\n");
}

TEST(Words, AreForPeople) {
    EXPECT_EQ(milliseconds_text(412), "0.412 ms");
    EXPECT_EQ(milliseconds_text(1234567), "1234.567 ms");
    EXPECT_EQ(age_text(3250000000), "3.2 s");
    EXPECT_EQ(age_text(245ULL * 1000000000), "4:05 min");
    EXPECT_EQ(age_text(7209ULL * 1000000000), "2:00:09 h");
    EXPECT_EQ(age_text(300000ULL * 1000000000), "3 d");
}

TEST(Fdinfo, IsRead) {
    const auto info = parse_fdinfo(kFdinfo);
    ASSERT_EQ(info.servers.size(), 2U);
    EXPECT_EQ(info.servers[0].chain[0].address, "192.0.2.1:1080");
    EXPECT_EQ(info.servers[0].connections, 2U);
    EXPECT_EQ(info.servers[0].latency_us, 1234U);
    ASSERT_EQ(info.servers[1].chain.size(), 2U);
    EXPECT_EQ(info.servers[1].chain[1].type, "http");
    EXPECT_EQ(info.servers[1].chain[1].address, "inner:3128");
    EXPECT_EQ(info.servers[1].failures, 3U);
    EXPECT_EQ(info.dns.at("blocked"), 1U);
    EXPECT_EQ(info.refused.at("udp"), 4U);
}

TEST(Fdinfo, OfAnotherVersionIsReadAsFarAsItIsKnown) {
    EXPECT_TRUE(parse_fdinfo("").servers.empty());
    EXPECT_TRUE(parse_fdinfo("server:\nserver:\tsocks5\nserver: nothing here\nserver").servers.empty());
    const auto more = parse_fdinfo("server:\tsocks6 192.0.2.1:1 weight 3 failures 2 connections x\n").servers;
    ASSERT_EQ(more.size(), 1U);
    EXPECT_EQ(more[0].chain[0].type, "socks6");
    EXPECT_EQ(more[0].failures, 2U);
    EXPECT_FALSE(more[0].connections);
    EXPECT_FALSE(more[0].latency_us);
    EXPECT_EQ(parse_fdinfo("server:\tsocks5 h:1").servers.size(), 1U);
    EXPECT_TRUE(parse_fdinfo("server:\tsocks5 h:1 >").servers.empty());
    // No part of it is taken for another one.
    const std::string all = kFdinfo;
    for (std::size_t i = 0; i < all.size(); i++)
        EXPECT_LE(parse_fdinfo(all.substr(0, i)).servers.size(), 2U);
}

TEST(Scopes, AreChosenByNumberAndName) {
    const Contexts all = {context(7, "web"), context(8, "mail"), context(9, "web"), context(10, "9")};
    EXPECT_EQ(choose(all, {})->size(), 4U);
    const auto two = choose(all, {"mail", "7", "8"});
    ASSERT_TRUE(two);
    ASSERT_EQ(two->size(), 2U);
    EXPECT_EQ((*two)[0].id, 8U);
    EXPECT_NE(choose(all, {"web"}).error().what.find("2 scopes are called 'web': 7 9"), std::string::npos);
    EXPECT_NE(choose(all, {"nosuch"}).error().what.find("no scope 'nosuch'"), std::string::npos);
    EXPECT_FALSE(choose({}, {"7"}));
}

TEST(Scopes, SayWhyTheyCannotBeOpened) {
    EXPECT_NE(explain_open(context(7, "web", MUTEX_PROXY_CONTEXT_MEMBER), ENOENT).what.find("is in it"), std::string::npos);
    EXPECT_NE(explain_open(context(7, "web"), ENOENT).what.find("'web' (7) cannot be opened: it has ended"), std::string::npos);
    EXPECT_NE(explain_open(context(7, "", MUTEX_PROXY_CONTEXT_SEALED), ESTALE).advice.find("mprox end 7"), std::string::npos);
    EXPECT_NE(explain_open(context(7, ""), ENODEV).advice.find("modprobe"), std::string::npos);
    EXPECT_NE(explain_open(context(7, ""), ENOTTY).what.find("older"), std::string::npos);
}

TEST(Ps, TellsContexts) {
    const std::vector<Details> all = {{context(7, "web"), "me"},
                                      {context(12, "", MUTEX_PROXY_CONTEXT_ENABLED | MUTEX_PROXY_CONTEXT_LOCKED), "you"},
                                      {context(13, "seal", MUTEX_PROXY_CONTEXT_SEALED | kEnabled), "root"}};
    EXPECT_EQ(text_of(all), "ID  NAME  SCOPE  STATE    USER  MEMBERS  DESCRIPTORS       NETNS\n"
                            " 7  web   tree   enabled  me          2            1  4026531840\n"
                            "12  -     tree   locked   you         2            1  4026531840\n"
                            "13  seal  tree   sealed   root        2            1  4026531840\n");
    const auto json = json_of(all[1].context, "you");
    EXPECT_EQ(json["state"], "locked");
    EXPECT_EQ(json["enabled"], true);
    EXPECT_EQ(json["name"], "");
    for (const auto &key : context_keys())
        EXPECT_TRUE(json.contains(key)) << key;
    EXPECT_EQ(json.size(), context_keys().size());
    EXPECT_TRUE(is_in_force(all[2].context));
    EXPECT_FALSE(is_in_force(context(1, "", 0)));
}

TEST(Ps, TellsAllOfOne) {
    Details details{context(7, "web"), "me", some_statistics(), parse_fdinfo(kFdinfo)};
    const auto text = text_of({details});
    const auto all = details_text_of(details);
    for (const char *line : {"scope        'web' (7), tree\n", "state        enabled\n", "user         me (4000000)\n",
                             "members      2; the kernel does not tell which processes\n", "connections  1 now, 4 in all\n",
                             "octets       83 sent, 1000123 received\n", "queries      blocked 1, faked 3\n", "refused      udp 4\n",
                             "server       socks5 192.0.2.1:1080, connections 2, failures 0, latency 1.234 ms\n",
                             "server       socks5 [2001:db8::1]:1080 > http inner:3128, connections 0, failures 3\n"})
        EXPECT_NE(all.find(line), std::string::npos) << line << all;
    const auto json = json_of(details);
    EXPECT_EQ(json["statistics"]["bytes_received"], 1000123);
    EXPECT_EQ(json["servers"][1]["chain"][1], "http inner:3128");
    EXPECT_EQ(json["queries"]["faked"], 3);
    details.statistics.reset();
    details.why = "it is sealed";
    EXPECT_TRUE(json_of(details)["statistics"].is_null());
    EXPECT_NE(details_text_of(details).find("more         it is sealed\n"), std::string::npos);
}

TEST(Ss, TellsConnections) {
    const std::vector<Flows> all = {{context(7, "web"), {flow_of(), flow_of(MUTEX_PROXY_REASON_HANDSHAKE)}}};
    const auto lines = lines_of(text_of(all));
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_EQ(lines[1], " 7  proxied    tcp       hidden.test:80  10.77.2.2  10.77.1.1:1080    83   1000123  0.412 ms  3.2 s  4000000");
    EXPECT_EQ(lines[2].find(" 7  handshake  tcp "), 0U) << lines[2];
    const auto json = flow_json(all[0].flows[0]);
    EXPECT_EQ(json["state"], "proxied");
    EXPECT_EQ(json["kind"], "flow");
    EXPECT_EQ(json["bytes_received"], 1000123);
    EXPECT_EQ(json["name"], "hidden.test");
    EXPECT_EQ(lines_of(csv_of(all))[1], "7,9,proxied,tcp,hidden.test,10.77.2.2,80,10.77.1.1:1080,4000000,83,1000123,412,3250.0\r");
    EXPECT_EQ(lines_of(text_of(std::vector<Flows>{})).size(), 1U);
}

TEST(Ss, TrustsNoName) {
    auto record = a_record(MUTEX_PROXY_EVENT_FLOW);
    record.name = "a\nb \33[31m";
    const auto text = text_of(std::vector<Flows>{{context(7, ""), {event_of(record)}}});
    EXPECT_EQ(lines_of(text).size(), 2U);
    EXPECT_NE(text.find("a\\010b\\032\\027[31m:80"), std::string::npos) << text;
    record.name = "";
    record.head.to = {AF_INET6, 443, 0, {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
    EXPECT_NE(text_of(std::vector<Flows>{{context(7, ""), {event_of(record)}}}).find("[2001:db8::1]:443  2001:db8::1"),
              std::string::npos);
}

TEST(Servers, AreToldWithTheirContext) {
    const std::vector<Known> all = {{context(7, "web"), parse_fdinfo(kFdinfo).servers, some_statistics().servers}};
    EXPECT_EQ(text_of(all),
              "ID  NAME  SERVER                                       CONNECTIONS  PROXIED  FAILED  IN A ROW  SENT  RECEIVED   LATENCY\n"
              " 7  web   socks5 192.0.2.1:1080                                  2        3       2         0     0        11  1.234 ms\n"
              " 7  web   socks5 [2001:db8::1]:1080 > http inner:3128            0        -       -         3     -         -         -\n");
    EXPECT_EQ(lines_of(csv_of(all))[1], "7,web,0,socks5,192.0.2.1:1080,2,0,1234,3,2,0,11\r");
    EXPECT_EQ(lines_of(csv_of(all))[2], "7,web,1,socks5,[2001:db8::1]:1080,0,3,,,,,\r");
    EXPECT_TRUE(json_of(all[0].servers[1], 1)["latency_us"].is_null());
    EXPECT_EQ(json_of(all[0], 0)["bytes_received"], 11);
    // Figures of another server are not taken for its own.
    EXPECT_TRUE(json_of(all[0], 1)["bytes_received"].is_null());
    EXPECT_EQ(json_of(all[0].servers[0], 0)["server"], "192.0.2.1:1080");
}

TEST(Stats, AreToldInColumns) {
    const std::vector<Counted> all = {{context(7, "web"), some_statistics()}, {context(8, ""), {}}};
    const auto text = lines_of(text_of(all));
    EXPECT_EQ(text[0], "ID  NAME  ACTIVE  PROXIED  FAILED  DIRECT  SENT  RECEIVED  DATAGRAMS        P50              P99");
    EXPECT_EQ(text[1], " 7  web        1        3       1       0    83   1000123         42  <0.512 ms  <2147483.648 ms");
    EXPECT_EQ(text[2], " 8  -          0        0       0       0     0         0          0          -                -");
    const auto csv = lines_of(csv_of(all));
    EXPECT_EQ(csv[0].find("id,name,uid,contexts,members,connections_active,"), 0U) << csv[0];
    EXPECT_EQ(csv[1].find("7,web,4000000,1,2,1,"), 0U) << csv[1];
    const auto json = json_of(all[0]);
    // Those that there were before there were others.
    for (const char *key : {"id", "name", "uid", "bytes_sent", "bytes_received", "packets_sent", "packets_received",
                            "connections_active", "connections_total"})
        EXPECT_TRUE(json.contains(key)) << key;
    EXPECT_EQ(json["connections_total"], 4);
    EXPECT_EQ(json["servers"][0]["attempts_failed"], 2);
    EXPECT_EQ(details_text_of(all[0]).find("scope 'web' (7)\ncontexts 1\n"), 0U);
}

namespace {

/// OpenMetrics 1.0, "Text Format": families in one piece, their lines in order, and the
/// names of samples as their type wants them. The samples without their values.
std::set<std::string> check_open_metrics(const std::string &text) {
    EXPECT_TRUE(text.ends_with("\n# EOF\n"));
    const std::regex about("# (TYPE|UNIT|HELP) ([a-z_]+) (.+)");
    const std::regex sample(R"re((([a-z_]+)\{[a-z]+="(?:[^"\\]|\\["\\n])*"(?:,[a-z]+="(?:[^"\\]|\\["\\n])*")*\}) [0-9.e+-]+)re");
    std::set<std::string> families;
    std::set<std::string> samples;
    std::string family;
    std::string type;
    auto lines = lines_of(text);
    lines.pop_back();
    std::string last = "sample";
    for (const auto &line : lines) {
        std::smatch match;
        if (std::regex_match(line, match, about)) {
            if (match[1] == "TYPE") {
                family = match[2];
                type = match[3];
                EXPECT_TRUE(families.insert(family).second) << family;
                EXPECT_TRUE(type == "counter" || type == "gauge" || type == "histogram") << line;
            }
            EXPECT_EQ(match[2], family);
            if (match[1] == "UNIT") {
                EXPECT_TRUE(family.ends_with("_" + match[3].str())) << line;
            }
            last = match[1];
        } else {
            EXPECT_NE(last, "TYPE") << line;
            if (!std::regex_match(line, match, sample)) {
                ADD_FAILURE() << line;
                continue;
            }
            const auto suffix = match[2].str().substr(std::min(family.size(), match[2].str().size()));
            EXPECT_EQ(match[2].str().find(family), 0U) << line;
            EXPECT_TRUE(type == "counter" ? suffix == "_total"
                        : type == "gauge" ? suffix.empty()
                                          : suffix == "_bucket" || suffix == "_sum" || suffix == "_count")
                << line;
            EXPECT_TRUE(samples.insert(match[1]).second) << line;
            last = "sample";
        }
    }
    return samples;
}

} // namespace

TEST(Metrics, AreOpenMetrics) {
    std::vector<Counted> all = {{context(7, "a\"b\\c"), some_statistics()}, {context(8, ""), {}}};
    all[0].statistics.sums.bytes_received = 18446744073709551615U;
    const auto text = metrics_of(all, MetricsFormat::openmetrics);
    const auto samples = check_open_metrics(text);
    EXPECT_TRUE(samples.contains("mprox_server_received_bytes_total{context=\"7\",name=\"a\\\"b\\\\c\",uid=\"4000000\","
                                 "server=\"192.0.2.1:1080\",index=\"1\"}"));
    for (const char *part :
         {"# TYPE mprox_sent_bytes counter\n",
          "mprox_received_bytes_total{context=\"7\",name=\"a\\\"b\\\\c\",uid=\"4000000\"} 18446744073709551615\n",
          "\nmprox_active_connections{context=\"7\"", ",result=\"faked\"} 7\n", ",protocol=\"udp\"} 9\n", ",reason=\"port\"} 1\n",
          "mprox_latency_seconds_bucket{context=\"8\",name=\"\",uid=\"4000000\",le=\"+Inf\"} 0\n", "le=\"0.000256\"} 0\n",
          "le=\"0.000512\"} 2\n", "le=\"+Inf\"} 3\n", "} 2.5\n", ",alert=\"failed\"} 1\n"})
        EXPECT_NE(text.find(part), std::string::npos) << part;
    EXPECT_EQ(text.find("result=\"all\""), std::string::npos);
    check_open_metrics(metrics_of({}, MetricsFormat::openmetrics));
    const auto sums = check_open_metrics(metrics_of_namespace(some_statistics(), 5, MetricsFormat::openmetrics));
    EXPECT_TRUE(sums.contains("mprox_namespace_sent_bytes_total{netns=\"5\"}"));
}

TEST(Metrics, ArePrometheusOwn) {
    const auto text = metrics_of({{context(7, "web"), some_statistics()}}, MetricsFormat::prometheus);
    EXPECT_NE(text.find("# TYPE mprox_sent_bytes_total counter\n# HELP mprox_sent_bytes_total "), std::string::npos);
    EXPECT_EQ(text.find("# UNIT"), std::string::npos);
    EXPECT_EQ(text.find("# EOF"), std::string::npos);
}

/// docs/STATISTICS.md has every name.
TEST(Metrics, AreDocumented) {
    std::stringstream page;
    page << std::ifstream(std::string(MAN) + "/../STATISTICS.md").rdbuf();
    const auto text = metrics_of({{context(7, "web"), some_statistics()}}, MetricsFormat::prometheus);
    const std::regex type("# TYPE ([a-z_]+) [a-z]+\n");
    for (std::sregex_iterator it(text.begin(), text.end(), type); it != std::sregex_iterator(); ++it)
        EXPECT_NE(page.str().find("`" + (*it)[1].str() + "`"), std::string::npos) << (*it)[1];
}

TEST(Set, RefusesWhatWouldBeSomethingElse) {
    auto one = context(7, "web");
    EXPECT_TRUE(check_change(one, Change::disable, ""));
    EXPECT_TRUE(check_change(one, Change::name, "new"));
    for (const auto &name : {std::string(), std::string("a b"), std::string("\n"), std::string(32, 'x')})
        EXPECT_FALSE(check_change(one, Change::name, name)) << name;
    EXPECT_FALSE(check_change(one, Change::enable, "new"));
    one.descriptors = 0;
    const auto refused = check_change(one, Change::disable, "");
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().advice.find("mprox end 7"), std::string::npos);
    EXPECT_TRUE(check_change(one, Change::enable, ""));
}

TEST(Set, SaysWhyItCannot) {
    const auto locked = context(7, "web", kEnabled | MUTEX_PROXY_CONTEXT_LOCKED | MUTEX_PROXY_CONTEXT_MEMBER);
    EXPECT_NE(explain_change(locked, Change::disable, EPERM).what.find("locked"), std::string::npos);
    EXPECT_NE(explain_change(context(7, "web"), Change::disable, EPERM).what.find("you may not"), std::string::npos);
    EXPECT_NE(explain_change(context(7, "web"), Change::enable, ENODATA).what.find("no server"), std::string::npos);
}

TEST(Filter, KnowsTheKeysOfEvents) {
    // The table of docs/EVENTS.md.
    std::set<std::string> documented;
    std::ifstream file(std::string(MAN) + "/../EVENTS.md");
    const std::regex row("\\| ((?:`[a-z_]+`(?:, )?)+) \\| (?:string|number).*");
    const std::regex word("`([a-z_]+)`");
    for (std::string line; std::getline(file, line);) {
        std::smatch match;
        if (!std::regex_match(line, match, row))
            continue;
        const auto keys = match[1].str();
        for (std::sregex_iterator it(keys.begin(), keys.end(), word); it != std::sregex_iterator(); ++it)
            documented.insert((*it)[1]);
    }
    documented.erase("lost"); // always told
    EXPECT_EQ(documented, std::set<std::string>(kFilterKeys.begin(), kFilterKeys.end()));
}

TEST(Filter, ComparesWhatAnEventSays) {
    auto record = a_record(MUTEX_PROXY_EVENT_FAILED);
    record.head.reason = MUTEX_PROXY_REASON_PORT;
    record.name = "hidden.test";
    const auto event = event_of(record);
    for (const char *terms : {"", "reason=port", "reason!=host", "server=10.77.1.1:1080 reason=p*", "server=10.77.1.?:*", "port=80",
                              "name=*.test", "context=7 flow=9", "executable=", "program=a?program"})
        EXPECT_TRUE(filter(terms).matches(event)) << terms;
    for (const char *terms : {"reason=host", "reason!=port", "reason=port server=10.77.1.2:*", "name=", "port=8", "executable!="})
        EXPECT_FALSE(filter(terms).matches(event)) << terms;
    record.head.via = {AF_INET6, 1080, 0, {0xfd, 0x77, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
    EXPECT_TRUE(filter("server=[fd77:1::1]:1080").matches(event_of(record)));
    EXPECT_FALSE(filter("server=[fd77:1::2]:*").matches(event_of(record)));
    EventFilter wrong;
    EXPECT_NE(wrong.take_terms("servr=x").error().advice.find("'server'"), std::string::npos);
    EXPECT_FALSE(wrong.take_terms("server"));
    EXPECT_FALSE(wrong.take_terms("=x"));
}

TEST(Filter, AsksForWhatItNeeds) {
    EXPECT_EQ(*EventFilter().kernel_kinds(), 0U);
    EventFilter query;
    ASSERT_TRUE(query.take_kinds({"query"}));
    EXPECT_EQ(*query.kernel_kinds(), bit(MUTEX_PROXY_EVENT_QUERY));
    EventFilter failed;
    ASSERT_TRUE(failed.take_kinds({"failed", "refused"}));
    EXPECT_EQ(*failed.kernel_kinds(), bit(MUTEX_PROXY_EVENT_FAILED) | bit(MUTEX_PROXY_EVENT_REFUSED) | bit(MUTEX_PROXY_EVENT_OPEN) |
                                          bit(MUTEX_PROXY_EVENT_PROXIED));
    EXPECT_FALSE(failed.matches(event_of(a_record(MUTEX_PROXY_EVENT_OPEN))));
    EXPECT_TRUE(failed.matches(event_of(a_record(MUTEX_PROXY_EVENT_REFUSED))));
    EXPECT_TRUE(failed.matches(event_of(a_record(MUTEX_PROXY_EVENT_LOST))));
    EXPECT_TRUE(EventFilter().matches(event_of(a_record(31))));
    EventFilter level;
    ASSERT_TRUE(level.take_level("warning"));
    EXPECT_TRUE(level.matches(event_of(a_record(MUTEX_PROXY_EVENT_SERVER_DOWN))));
    EXPECT_FALSE(level.matches(event_of(a_record(MUTEX_PROXY_EVENT_ATTEMPT))));
    ASSERT_TRUE(level.take_kinds({"query"}));
    EXPECT_FALSE(level.kernel_kinds());
    for (const char *word : {"lost", "flow", "", "faild"})
        EXPECT_FALSE(EventFilter().take_kinds({word})) << word;
    EXPECT_FALSE(EventFilter().take_level("loud"));
}

TEST(Filter, HasTheLevelsOfSyslog) {
    const auto kinds_of = [](const char *level) {
        EventFilter filter;
        EXPECT_TRUE(filter.take_level(level)) << level;
        std::set<std::string> kinds;
        for (unsigned kind = 0; kind < MUTEX_PROXY_EVENT_FLOW; kind++)
            if (filter.matches(event_of(a_record(static_cast<std::uint8_t>(kind)))))
                kinds.insert(mprox::event_word(kind));
        return kinds;
    };
    std::set<std::string> kinds = {"lost", "failed", "refused", "server-down", "alert"};
    EXPECT_EQ(kinds_of("error"), kinds);
    EXPECT_EQ(kinds_of("warning"), kinds);
    kinds.insert({"attempt", "policy", "server-up"});
    EXPECT_EQ(kinds_of("notice"), kinds);
    kinds.insert({"proxied", "direct", "closed"});
    EXPECT_EQ(kinds_of("info"), kinds);
    kinds.insert({"open", "query"});
    EXPECT_EQ(kinds_of("debug"), kinds);
}

TEST(Filter, ReadsLogsAsItReadsEvents) {
    for (const char *terms : {"", "reason=port", "reason=host", "port=80", "port=8*", "server=10.77.1.?:* kind=failed", "name="}) {
        auto one = filter(terms);
        for (const char *level : {"warning", "debug"}) {
            ASSERT_TRUE(one.take_level(level));
            for (std::uint8_t kind = 0; kind < MUTEX_PROXY_EVENT_FLOW; kind++) {
                auto record = a_record(kind);
                record.head.reason = MUTEX_PROXY_REASON_PORT;
                const auto event = event_of(record);
                EXPECT_EQ(one.matches(event), one.matches(Json::parse(mprox::json_of(event)))) << terms << " " << int{kind};
            }
        }
    }
    EventFilter failed;
    EXPECT_TRUE(failed.matches(Json{{"kind", "of-a-newer-kernel"}}));
    ASSERT_TRUE(failed.take_kinds({"failed"}));
    EXPECT_FALSE(failed.matches(Json{{"kind", "of-a-newer-kernel"}}));
    EXPECT_FALSE(failed.matches(Json{{"kind", 7}}));
}
