// SPDX-License-Identifier: GPL-2.0-or-later
#include "ps.hpp"

#include <algorithm>

#include "contexts.hpp"
#include "servers.hpp"
#include "table.hpp"
#include "words.hpp"

using mprox::Result;

namespace {

bool has(const Context &context, std::uint32_t flag) { return context.flags & flag; }

Cell state_cell(const Context &context) {
    const std::string word = state_word(context);
    return {word, word == "sealed" ? Colour::red : word == "disabled" ? Colour::yellow : Colour::green};
}

std::string counts_text(const std::map<std::string, std::uint64_t> &counts) {
    std::string text;
    for (const auto &[key, value] : counts)
        if (value)
            text += (text.empty() ? "" : ", ") + key + " " + std::to_string(value);
    return text.empty() ? "none" : text;
}

/// Of a context that cannot be opened LIST says what there is.
Details look_into(const Context &context) {
    Details details{context, user_of(context.uid)};
    const auto fd = open_context(context);
    if (!fd) {
        details.why = one_line(fd.error());
        return details;
    }
    if (const auto statistics = read_statistics(context, fd->get()))
        details.statistics = *statistics;
    else
        details.why = one_line(statistics.error());
    details.info = read_fdinfo(fd->get());
    return details;
}

Result<int> tell(const Asked &asked, bool all) {
    const auto contexts = look_for(asked.which);
    if (!contexts)
        return contexts.error();
    std::vector<Details> told;
    for (const auto &context : *contexts)
        if (asked.is_named())
            told.push_back(look_into(context));
        else if (all || is_in_force(context))
            told.push_back({context, user_of(context.uid)});
    std::vector<Json> objects;
    for (const auto &one : told)
        objects.push_back(asked.is_named() ? json_of(one) : json_of(one.context, one.user));
    if (asked.json)
        return print(Json{{"contexts", objects}}) ? fine : failed;
    if (asked.csv)
        return print(csv_of(context_keys(), objects)) ? fine : failed;
    if (!asked.is_named())
        return print(text_of(told)) ? fine : failed;
    std::string text;
    for (const auto &one : told)
        text += (text.empty() ? "" : "\n") + details_text_of(one);
    return print(text) ? fine : failed;
}

} // namespace

bool is_in_force(const Context &context) {
    return has(context, MUTEX_PROXY_CONTEXT_ENABLED | MUTEX_PROXY_CONTEXT_SEALED);
}

std::vector<std::string> context_keys() {
    return {"id",     "name",       "scope",  "state", "enabled", "locked",  "sealed",
            "privileged", "member", "uid",    "user",  "members", "descriptors", "netns"};
}

Json json_of(const Context &context, const std::string &user) {
    return {{"id", context.id},
            {"name", context.name},
            {"scope", scope_word(context)},
            {"state", state_word(context)},
            {"enabled", has(context, MUTEX_PROXY_CONTEXT_ENABLED)},
            {"locked", has(context, MUTEX_PROXY_CONTEXT_LOCKED)},
            {"sealed", has(context, MUTEX_PROXY_CONTEXT_SEALED)},
            {"privileged", has(context, MUTEX_PROXY_CONTEXT_PRIVILEGED)},
            {"member", has(context, MUTEX_PROXY_CONTEXT_MEMBER)},
            {"uid", context.uid},
            {"user", user},
            {"members", context.members},
            {"descriptors", context.descriptors},
            {"netns", context.netns}};
}

Json json_of(const Details &details) {
    auto json = json_of(details.context, details.user);
    json["statistics"] = details.statistics ? json_of(*details.statistics) : Json();
    json["queries"] = details.info.dns;
    json["refused"] = details.info.refused;
    json["servers"] = Json::array();
    for (std::size_t i = 0; i < details.info.servers.size(); i++)
        json["servers"].push_back(json_of(details.info.servers[i], i));
    return json;
}

std::string text_of(const std::vector<Details> &contexts) {
    Table table{{{"ID", true},
                 {"NAME"},
                 {"SCOPE"},
                 {"STATE"},
                 {"USER"},
                 {"MEMBERS", true},
                 {"DESCRIPTORS", true},
                 {"NETNS", true}},
                {}};
    for (const auto &one : contexts)
        table.rows.push_back({std::to_string(one.context.id), std::string(one.context.name), scope_word(one.context),
                              state_cell(one.context), one.user, std::to_string(one.context.members),
                              std::to_string(one.context.descriptors), std::to_string(one.context.netns)});
    return text_of(table);
}

std::string details_text_of(const Details &details) {
    const auto &context = details.context;
    const auto state = state_cell(context);
    auto text = line_of("scope", label_of(context) + ", " + scope_word(context));
    text += line_of("state", coloured(state.text, state.colour) +
                                 (has(context, MUTEX_PROXY_CONTEXT_LOCKED) && state.text != "locked" ? ", locked" : "") +
                                 (has(context, MUTEX_PROXY_CONTEXT_MEMBER) ? ", holds this process" : ""));
    text += line_of("user", details.user + " (" + std::to_string(context.uid) + ")" +
                                (has(context, MUTEX_PROXY_CONTEXT_PRIVILEGED) ? ", with CAP_NET_ADMIN" : ""));
    text += line_of("netns", std::to_string(context.netns));
    text += line_of("members", std::to_string(context.members) + "; the kernel does not tell which processes");
    text += line_of("descriptors", std::to_string(context.descriptors));
    if (!details.statistics)
        return text + line_of("more", details.why);
    const auto &statistics = details.statistics->sums;
    text += line_of("connections", std::to_string(statistics.connections_active) + " now, " +
                                       std::to_string(statistics.connections_total) + " in all");
    text += line_of("octets", std::to_string(statistics.bytes_sent) + " sent, " +
                                  std::to_string(statistics.bytes_received) + " received");
    text += line_of("segments", std::to_string(statistics.packets_sent) + " sent, " +
                                    std::to_string(statistics.packets_received) + " received");
    text += line_of("queries", counts_text(details.info.dns));
    text += line_of("refused", counts_text(details.info.refused));
    for (const auto &server : details.info.servers)
        text += line_of("server", sentence_of(server));
    return text;
}

void add_ps(CLI::App &app, Task &task) {
    struct Words : Asked {
        bool all = false;
    };
    auto words = std::make_shared<Words>();
    auto *command = add_command(app, "ps", "the scopes that you may know of, or all about some of them");
    add_contexts(*command, words->which);
    command->add_flag("-a,--all", words->all, "those that are disabled, too");
    add_json(*command, words->json);
    add_csv(*command, words->csv);
    command->callback([&task, words] { task = [words] { return tell(*words, words->all); }; });
}
