// SPDX-License-Identifier: GPL-2.0-or-later
// mprox log: what logs of events come to.
#include "log_reader.hpp"

#include <ctime>

#include "log_lines.hpp"
#include "log_time.hpp"
#include "scopes.hpp"

using mprox::Error;
using mprox::Result;
using mprox::Status;

namespace {

struct Words : FilterWords {
    std::vector<std::string> files;
    std::string since;
    std::string until;
    std::size_t most = 10;
    std::string rank = "connections";
    bool json = false;
    bool csv = false;
};

Result<LogWanted> wanted_of(const Words &words) {
    LogWanted wanted;
    auto filter = filter_of(words);
    if (!filter)
        return filter.error();
    wanted.filter = std::move(*filter);
    const auto now = static_cast<std::int64_t>(std::time(nullptr));
    const auto take = [&](const char *option, const std::string &text, std::string &time) -> Status {
        if (text.empty())
            return mprox::ok();
        auto parsed = parse_log_time(text, now);
        if (!parsed)
            return parsed.error().in(option);
        time = std::move(*parsed);
        return mprox::ok();
    };
    if (auto status = take("--since", words.since, wanted.since); !status)
        return status.error();
    if (auto status = take("--until", words.until, wanted.until); !status)
        return status.error();
    if (!wanted.until.empty() && wanted.since >= wanted.until)
        return Error{"nothing is between --since " + words.since + " and --until " + words.until, "name the earlier one with --since"};
    return wanted;
}

Status read_file(const std::string &file, LogReader &reader) {
    auto lines = Lines::open(file);
    if (!lines)
        return lines.error();
    reader.begin(file == "-" ? "standard input" : file);
    std::string line;
    while (true) {
        const auto more = lines->next(line);
        if (!more)
            return more.error();
        if (!*more)
            return mprox::ok();
        reader.take(line);
    }
}

Result<int> tell(const Words &words) {
    auto wanted = wanted_of(words);
    if (!wanted)
        return wanted.error();
    LogReader reader(std::move(*wanted));
    for (const auto &file : words.files)
        if (auto status = read_file(file, reader); !status)
            return status.error();
    auto read = reader.read();
    read.most = words.most;
    read.rank = words.rank == "octets" ? Rank::octets : Rank::connections;
    if (read.no_events && read.no_events == read.lines)
        return Error{"no line is an event in JSON: " + read.first_no_event + " is none",
                     "write the log with mprox-run --log FILE --log-format json, or with mprox events --json"};
    if (read.no_events)
        print_warning(no_events_text(read));
    const auto &report = reader.report();
    const bool told = words.json ? print(json_of(report, read)) : words.csv ? print(csv_of(report, read)) : print(text_of(report, read));
    return told ? fine : failed;
}

} // namespace

LogReader::LogReader(LogWanted wanted) : wanted_(std::move(wanted)) {}

void LogReader::begin(const std::string &file) {
    file_ = file;
    line_ = 0;
    read_.files++;
}

void LogReader::take(const std::string &line) {
    line_++;
    read_.lines++;
    const auto event = Json::parse(line, nullptr, false);
    if (!is_log_event(event)) {
        if (!read_.no_events++)
            read_.first_no_event = file_ + ":" + std::to_string(line_);
        return;
    }
    const auto &time = event["time"].get_ref<const std::string &>();
    if (time < wanted_.since || (!wanted_.until.empty() && time >= wanted_.until) || !wanted_.filter.matches(event))
        read_.left_out++;
    else
        report_.add(event);
}

void add_log(CLI::App &app, Task &task) {
    auto words = std::make_shared<Words>();
    auto *command = add_command(app, "log", "what logs of events come to: failures, destinations, latency");
    command->add_option("file", words->files, "of mprox-run --log or mprox events --json; - is the standard\ninput")
        ->type_name("FILE")
        ->required();
    command->add_option("--since", words->since, "from then on: 2026-11-30T13:41, of UTC, or 2h ago")->type_name("TIME");
    command->add_option("--until", words->until, "before that")->type_name("TIME");
    command->add_option("--top", words->most, "rows of each table (default 10)")
        ->type_name("N")
        ->check(CLI::Range(std::size_t{1}, LogReport::kBound));
    command->add_option("--sort", words->rank, "connections or octets (default connections)")
        ->type_name("KEY")
        ->check(CLI::IsMember({"connections", "octets"}));
    add_kinds(*command, *words);
    add_filter(*command, *words);
    add_json(*command, words->json);
    add_csv(*command, words->csv);
    command->callback([&task, words] { task = [words] { return tell(*words); }; });
}
