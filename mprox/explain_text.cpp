// SPDX-License-Identifier: GPL-2.0-or-later
// An explanation in words: the verdict first, then what it comes from.
#include "explain.hpp"

#include <algorithm>

#include "event.hpp"
#include "reason.hpp"

using mprox::Plan;

namespace {

constexpr const char *kIndent = "  ";

std::string sourced(const std::string &text, const std::vector<std::string> &sources, std::size_t i) {
    return i < sources.size() && !sources[i].empty() ? text + " (" + sources[i] + ")" : text;
}

std::string rule_line(const Plan &plan, std::size_t i) {
    return sourced("rule " + std::to_string(i) + ": " + mprox::rule_text(plan.rules[i]), plan.sources.rules, i);
}

std::string place_of(const Destination &to) {
    const bool is_bare = to.name.empty() && to.address.family == AF_INET6;
    const auto host = to.name.empty() ? to.address.text() : to.name;
    return (is_bare ? "[" + host + "]" : host) + ":" + std::to_string(to.port);
}

std::string chain_text(const Plan &plan, const Candidate &server) {
    std::string text;
    for (std::size_t i = server.at; i < server.at + server.hops; i++)
        text += (text.empty() ? "" : ", then ") + mprox::server_text(plan.servers[i]);
    return text;
}

const mutex_proxy_server &last_of(const Plan &plan, const Candidate &server) {
    return plan.servers[server.at + server.hops - 1];
}

/// By what a proxy is told where to.
std::string words_for(const mutex_proxy_server &proxy, bool by_name, std::uint8_t proto) {
    if (proto == IPPROTO_UDP)
        return "UDP ASSOCIATE";
    switch (proxy.type) {
    case MUTEX_PROXY_TYPE_HTTP:
        return "CONNECT";
    case MUTEX_PROXY_TYPE_SOCKS4:
        return by_name ? "SOCKS4A" : "SOCKS4";
    default:
        return "SOCKS5";
    }
}

std::string server_line(const Plan &plan, const Destination &to, const Way &way, const Candidate &server) {
    const auto &last = last_of(plan, server);
    const auto who = chain_text(plan, server);
    if (server.leads)
        return who + ": told the " + (way.stands_for_name ? "name" : "address") + " by " +
               words_for(last, way.stands_for_name, to.proto);
    return who + ": cannot lead there, as " +
           (to.proto == IPPROTO_UDP ? "only a SOCKS5 proxy by itself relays datagrams" : "SOCKS4 has no addresses of IPv6");
}

std::size_t leading(const Way &way) {
    return static_cast<std::size_t>(std::count_if(way.servers.begin(), way.servers.end(), [](const auto &one) { return one.leads; }));
}

std::string verdict_of(const Explanation &said, const Plan &plan) {
    const auto fate = said.fate();
    if (!fate)
        return "depends on its address";
    if (said.is_exempt || *fate == Fate::direct)
        return "direct, past the proxy";
    if (*fate == Fate::query)
        return "a query: the name that it asks for decides";
    if (said.ways.empty())
        return "refused, as its name has no address";
    const auto &way = said.ways.front();
    if (*fate == Fate::refused)
        return "refused with " + mprox::errno_word(way.error);
    const auto first = std::find_if(way.servers.begin(), way.servers.end(), [](const auto &one) { return one.leads; });
    const auto others = leading(way) - 1;
    return "proxied, " + std::string(way.stands_for_name ? "by name, " : "") + "through " + chain_text(plan, *first) +
           (others ? ", or " + std::to_string(others) + " other server" + (others > 1 ? "s" : "") : "");
}

std::string source_text(const Query &query, const Plan &plan) {
    switch (query.source) {
    case Source::hosts:
        return "is in /etc/hosts, and nobody is asked for it";
    case Source::loopback:
        return "is always loopback, and nobody is asked for it (RFC 6761)";
    case Source::fake:
        return "is left to the proxy: an address of " + plan.fake_range(AF_INET).text() +
               (query.ipv6 ? " or " + plan.fake_range(AF_INET6).text() : "") + " stands for it, and no query leaves";
    case Source::asked:
        return "is asked of " + query.resolver + (query.through_proxy ? " through the proxy" : ", directly") +
               "; what that says is not known here";
    case Source::direct:
        return "is asked of the resolver that the program has, directly; what that says is not known here";
    case Source::packet:
        return "is asked as if there were no scope: the query is a packet like others";
    default:
        return query.mode == MUTEX_PROXY_DNS_BLOCK ? "is blocked: the query is answered with NXDOMAIN"
                                                   : "is no host's: the query is answered with NXDOMAIN";
    }
}

std::string query_line(const Query &query, const Plan &plan) {
    const auto text = "the name " + source_text(query, plan);
    if (query.source == Source::hosts || query.source == Source::loopback)
        return text;
    if (!query.rule)
        return plan.sources.dns.empty() ? text : text + " (" + plan.sources.dns + ")";
    const auto &rule = plan.dns_rules[*query.rule];
    const std::string pattern(reinterpret_cast<const char *>(rule.name), rule.name_len);
    return sourced(text + ", by the rule for " + pattern, plan.sources.dns_rules, *query.rule);
}

/// Of datagrams it can be said better.
std::string reason_of(const Way &way, const Destination &to) {
    return way.reason == MUTEX_PROXY_REASON_PROTOCOL && to.proto == IPPROTO_UDP
               ? "UDP is refused, unless udp = \"proxy\" has a SOCKS5 proxy relay it"
               : mprox::reason_text(way.reason);
}

std::string why(const Way &way, const Destination &to, const Plan &plan) {
    if (way.rule)
        return rule_line(plan, *way.rule);
    if (way.fate == Fate::query) {
        std::string text = "port 53 is answered by the modes of names, at whatever address: names ";
        for (const auto &line : plan.describe_dns())
            text += (text.ends_with("names ") ? "" : "; ") + line;
        return text;
    }
    const std::string none = plan.rules.empty()       ? "there are no rules"
                             : plan.rules.size() == 1 ? "the only rule is not about it"
                                                      : "none of the " + std::to_string(plan.rules.size()) + " rules is about it";
    if (!way.reason)
        return none + ", and what goes out is proxied";
    return way.reason == MUTEX_PROXY_REASON_IS_SERVER ? mprox::reason_text(way.reason) : none + "; " + reason_of(way, to);
}

/// Refused though no rule says so.
bool says_more(const Way &way) {
    return way.rule && way.fate == Fate::refused && way.reason != MUTEX_PROXY_REASON_BLOCKED;
}

std::string label_of(const Explanation &said, const Way &way) {
    const auto family = std::string(way.family == AF_INET ? "IPv4" : "IPv6");
    if (!said.to.name.empty() && way.address && !way.stands_for_name)
        return way.address->text() + ": ";
    return said.ways.size() < 2 ? "" : "by " + family + ": ";
}

std::string lines_of(const Explanation &said, const Way &way, const Plan &plan) {
    std::string text = kIndent + label_of(said, way) + why(way, said.to, plan) + "\n";
    if (says_more(way))
        text += kIndent + reason_of(way, said.to) + "\n";
    for (const auto i : way.unless)
        text += std::string(kIndent) + kIndent + "unless its address is one of " + rule_line(plan, i) + "\n";
    for (const auto &server : way.servers)
        text += std::string(kIndent) + kIndent + server_line(plan, said.to, way, server) + "\n";
    if (leading(way) > 1)
        text += std::string(kIndent) + kIndent + "which of them is first: " + std::string(mprox::name_of(plan.strategy)) +
                ", but one that failed of late comes last" +
                (plan.sources.strategy.empty() ? "" : " (" + plan.sources.strategy + ")") + "\n";
    return text;
}

Colour colour_of(const std::optional<Fate> &fate) {
    return !fate ? Colour::yellow : *fate == Fate::refused ? Colour::red : *fate == Fate::direct ? Colour::yellow : Colour::green;
}

const char *word_of(const std::optional<Fate> &fate) {
    if (!fate)
        return "depends";
    switch (*fate) {
    case Fate::direct:
        return "direct";
    case Fate::refused:
        return "refused";
    case Fate::query:
        return "query";
    default:
        return "proxied";
    }
}

const char *word_of(Source source) {
    static constexpr const char *kWords[] = {"hosts", "loopback", "fake", "asked", "direct", "none", "packet"};
    return kWords[static_cast<std::size_t>(source)];
}

const char *word_of_mode(std::uint32_t mode) {
    static constexpr const char *kWords[] = {"none", "fake", "direct", "block", "proxy"};
    return kWords[std::min<std::size_t>(mode, MUTEX_PROXY_DNS_PROXY)];
}

Json text_or_null(const std::string &text) { return text.empty() ? Json() : Json(text); }

std::string source_at(const std::vector<std::string> &sources, std::size_t i) {
    return i < sources.size() ? sources[i] : "";
}

void put_rule(Json &json, const std::optional<std::size_t> &rule, const std::vector<std::string> &sources,
              const std::string &text) {
    json["rule"] = rule ? Json(*rule) : Json();
    json["rule_text"] = rule ? Json(text) : Json();
    json["rule_source"] = rule ? text_or_null(source_at(sources, *rule)) : Json();
}

Json json_of(const Query &query, const Plan &plan) {
    Json json = {{"source", word_of(query.source)}, {"mode", word_of_mode(query.mode)}};
    put_rule(json, query.rule, plan.sources.dns_rules, query.rule ? plan.describe_dns()[*query.rule] : "");
    json["resolver"] = query.source == Source::asked ? Json(query.resolver) : Json();
    json["through_proxy"] = query.source == Source::asked && query.through_proxy;
    return json;
}

Json json_of(const Candidate &server, const Plan &plan) {
    Json json = {{"index", server.index},
                 {"server", mprox::server_place(plan.servers[server.at])},
                 {"type", mprox::server_type(plan.servers[server.at])},
                 {"chain", Json::array()},
                 {"leads", server.leads}};
    for (std::size_t i = server.at; i < server.at + server.hops; i++)
        json["chain"].push_back(mprox::server_type(plan.servers[i]) + " " + mprox::server_place(plan.servers[i]));
    return json;
}

Json json_of(const Way &way, const Plan &plan) {
    Json json = {{"family", way.family == AF_INET ? 4 : 6},
                 {"address", way.address && !way.stands_for_name ? Json(way.address->text()) : Json()},
                 {"told", way.fate != Fate::proxied ? Json() : way.stands_for_name ? Json("name") : Json("address")},
                 {"verdict", word_of(way.fate)},
                 {"reason", way.reason ? Json(mprox::reason_token(way.reason)) : Json()}};
    put_rule(json, way.rule, plan.sources.rules, way.rule ? mprox::rule_text(plan.rules[*way.rule]) : "");
    json["unless"] = way.unless;
    json["errno"] = way.error ? Json(mprox::errno_word(way.error)) : Json();
    json["servers"] = Json::array();
    for (const auto &server : way.servers)
        json["servers"].push_back(json_of(server, plan));
    return json;
}

} // namespace

std::string text_of(const Explanation &said, const Plan &plan) {
    const auto &to = said.to;
    auto text = place_of(to) + (to.proto == IPPROTO_UDP ? " (udp)" : "") + ": " +
                coloured(verdict_of(said, plan), colour_of(said.fate())) + "\n";
    if (!to.has_port)
        text += std::string(kIndent) + "port " + std::to_string(to.port) + ", as none is named\n";
    if (said.is_exempt)
        return text + kIndent + "the user who asks is exempt, and so are all of his programs\n";
    if (said.query)
        text += kIndent + query_line(*said.query, plan) + "\n";
    for (const auto &way : said.ways)
        text += lines_of(said, way, plan);
    return text;
}

Json json_of(const Explanation &said, const Plan &plan) {
    const auto &to = said.to;
    Json json = {{"destination", place_of(to)},
                 {"name", text_or_null(to.name)},
                 {"port", to.port},
                 {"port_assumed", !to.has_port},
                 {"protocol", to.proto == IPPROTO_UDP ? "udp" : "tcp"},
                 {"verdict", word_of(said.fate())},
                 {"exempt", said.is_exempt},
                 {"strategy", mprox::name_of(plan.strategy)},
                 {"query", said.query ? json_of(*said.query, plan) : Json()},
                 {"ways", Json::array()}};
    for (const auto &way : said.ways)
        json["ways"].push_back(json_of(way, plan));
    return json;
}
