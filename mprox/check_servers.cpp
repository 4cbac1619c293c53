// SPDX-License-Identifier: GPL-2.0-or-later
#include "check_servers.hpp"

#include <algorithm>
#include <curl/curl.h>

#include "conversation.hpp"
#include "fetch.hpp"
#include "scopes.hpp"
#include "table.hpp"
#include "wanted_plan.hpp"
#include "words.hpp"

using mprox::Plan;
using mprox::Result;
using mprox::Status;

namespace {

constexpr double kTimeout = 30;
constexpr std::array<std::string_view, 1> kKeys = {"chain"};

struct Words : PlanOptions {
    std::string url;
    double timeout = kTimeout;
    bool json = false;
    bool csv = false;
};

std::vector<ServerCheck> servers_of(const Plan &plan) {
    std::vector<ServerCheck> all;
    for (const auto &chain : chains_of(plan)) {
        ServerCheck one{.type = mprox::server_type(chain.front()), .server = mprox::server_place(chain.front()), .wants_udp = plan.udp};
        for (const auto &hop : chain)
            one.chain.push_back(mprox::server_type(hop) + " " + mprox::server_place(hop));
        all.push_back(std::move(one));
    }
    return all;
}

/// @p url: nullptr: they are asked as far as the login.
std::vector<ServerCheck> check(const Plan &plan, const Url *url, std::chrono::milliseconds timeout) {
    auto servers = servers_of(plan);
    Examination how{.timeout = timeout};
    if (url) {
        how.peer = url->peer;
        how.use = [&](std::size_t i, mprox::Fd connection, const Deadline &deadline) {
            const auto status = fetch(*url, std::move(connection), deadline);
            servers[i].status = status ? *status : 0;
            return status ? mprox::ok() : Status(status.error());
        };
    }
    auto seen = examine_proxies(plan, how);
    for (std::size_t i = 0; i < servers.size(); i++)
        servers[i].seen = std::move(seen[i]);
    return servers;
}

Result<int> tell(Words &words) {
    const auto timeout = mprox::parse_timeout(words.timeout);
    if (!timeout)
        return timeout.error().in("--timeout");
    std::optional<Url> url;
    if (!words.url.empty()) {
        auto parsed = parse_url(words.url);
        if (!parsed)
            return parsed.error();
        url = *parsed;
    }
    const auto plan = words.plan();
    if (!plan)
        return plan.error();
    curl_global_init(CURL_GLOBAL_DEFAULT);
    const auto servers = check(*plan, url ? &*url : nullptr, std::chrono::milliseconds(*timeout));
    const bool told = words.json  ? print(json_of(servers, words.url))
                      : words.csv ? print(csv_of(servers))
                                  : print(text_of(servers));
    return !told ? static_cast<int>(failed) : is_fine(servers) ? fine : found;
}

std::string chain_text(const ServerCheck &server) {
    std::string text;
    for (const auto &hop : server.chain)
        text += (text.empty() ? "" : " > ") + hop;
    return text;
}

Cell truth_cell(const std::optional<Status> &status) {
    return !status ? Cell("") : *status ? Cell("yes", Colour::green) : Cell("no", Colour::yellow);
}

Json truth(const std::optional<Status> &status) { return status ? Json(static_cast<bool>(*status)) : Json(); }

Json object_of(const ServerCheck &server, std::size_t index) {
    const auto *problem = server.problem();
    return {{"index", index},
            {"server", server.server},
            {"type", server.type},
            {"chain", server.chain},
            {"state", problem ? "fail" : "ok"},
            {"connect_us", server.seen.connected ? Json(server.seen.connected->count()) : Json()},
            {"total_us", server.seen.total.count()},
            {"status", server.status ? Json(server.status) : Json()},
            {"udp", truth(server.seen.udp)},
            {"ipv6", truth(server.seen.ipv6)},
            {"why", problem ? Json(problem->what) : Json()},
            {"repair", problem && !problem->advice.empty() ? Json(problem->advice) : Json()}};
}

std::vector<Json> objects_of(const std::vector<ServerCheck> &servers) {
    std::vector<Json> objects;
    for (std::size_t i = 0; i < servers.size(); i++)
        objects.push_back(object_of(servers[i], i));
    return objects;
}

} // namespace

const mprox::Error *ServerCheck::problem() const {
    if (!seen.login)
        return &seen.login.error();
    return wants_udp && seen.udp && !*seen.udp ? &seen.udp->error() : nullptr;
}

bool is_fine(const std::vector<ServerCheck> &servers) {
    return std::none_of(servers.begin(), servers.end(), [](const auto &one) { return one.problem(); });
}

Json json_of(const std::vector<ServerCheck> &servers, const std::string &url) {
    return {{"ok", is_fine(servers)}, {"url", url.empty() ? Json() : Json(url)}, {"servers", objects_of(servers)}};
}

std::string text_of(const std::vector<ServerCheck> &servers) {
    Table table{{{"SERVER"}, {"STATE"}, {"CONNECT", true}, {"TOTAL", true}, {"HTTP", true}, {"UDP"}, {"IPV6"}, {"WHY"}}, {}};
    for (const auto &one : servers) {
        const auto *problem = one.problem();
        const auto microseconds = [](auto time) { return milliseconds_text(static_cast<std::uint64_t>(time.count())); };
        table.rows.push_back({chain_text(one),
                              problem ? Cell("fail", Colour::red) : Cell("ok", Colour::green),
                              one.seen.connected ? microseconds(*one.seen.connected) : "",
                              microseconds(one.seen.total),
                              one.status ? std::to_string(one.status) : "",
                              truth_cell(one.seen.udp),
                              truth_cell(one.seen.ipv6),
                              problem ? one_line(*problem) : ""});
    }
    return text_of(table);
}

std::string csv_of(const std::vector<ServerCheck> &servers) {
    return csv_of({"index", "type", "server", "state", "connect_us", "total_us", "status", "udp", "ipv6", "why", "repair"},
                  objects_of(servers));
}

void add_check(CLI::App &app, Task &task) {
    auto words = std::make_shared<Words>();
    auto *command = add_command(app, "check", "what each server does: time, login, and a URL through it");
    words->add(*command, kKeys);
    words->options.add_logins(*command);
    command->add_option("url", words->url, "fetched through each server; without one they are asked as far as the login")
        ->type_name("URL");
    command->add_option("--timeout", words->timeout, "how long each may take for all of it (default 30)")->type_name("SECONDS");
    add_json(*command, words->json);
    add_csv(*command, words->csv);
    command->callback([&task, words] { task = [words] { return tell(*words); }; });
}
