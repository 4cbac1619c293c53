// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile_text.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "settings.hpp"

namespace mprox {
namespace {

using Json = nlohmann::ordered_json;
using Words = std::vector<std::string>;

/// Values first: what is behind a table's head is the table's.
const std::map<std::string, Words, std::less<>> &orders() {
    static const std::map<std::string, Words, std::less<>> map = [] {
        Words top = {"match", "proxy", "user", "password", "password_file"};
        for (const auto &setting : settings())
            if (setting.access.form != Form::table && setting.key != "match" &&
                setting.key.find('.') == std::string_view::npos)
                top.emplace_back(setting.key);
        for (const char *table : {"exempt", "rule", "dns_rule", "server"})
            top.emplace_back(table);
        return std::map<std::string, Words, std::less<>>{
            {"", top},
            {"exempt", {"uid", "pid"}},
            {"rule", {"to", "proto", "port", "verdict"}},
            {"dns_rule", {"name", "mode", "server"}},
            {"server",
             {"url", "chain", "user", "password", "password_file", "auth", "token", "token_file", "headers", "weight",
              "tries", "attempt_timeout"}}};
    }();
    return map;
}

std::string toml_key(const std::string &key) {
    const auto is_bare = [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_'; };
    if (!key.empty() && std::all_of(key.begin(), key.end(), is_bare))
        return key;
    std::ostringstream text;
    text << toml::toml_formatter(toml::value<std::string>(key), toml::format_flags::none);
    return text.str();
}

std::string toml_value(const toml::node &node);

std::string toml_list(const toml::array &array) {
    std::string text;
    for (const auto &element : array)
        text += (text.empty() ? "" : ", ") + toml_value(element);
    return "[" + text + "]";
}

std::string toml_inline(const toml::table &table) {
    std::string text;
    for (const auto &[key, node] : table)
        text += (text.empty() ? " " : ", ") + toml_key(std::string(key.str())) + " = " + toml_value(node);
    return "{" + text + (text.empty() ? "}" : " }");
}

/// On one line.
std::string toml_value(const toml::node &node) {
    if (const auto *array = node.as_array())
        return toml_list(*array);
    if (const auto *table = node.as_table())
        return toml_inline(*table);
    std::ostringstream text;
    text << toml::toml_formatter(node, toml::format_flags::none);
    return text.str();
}

/// A table, or a list of nothing but tables: it has a head of its own.
bool has_head(const toml::node &node) {
    const auto *array = node.as_array();
    return node.is_table() || (array && !array->empty() && array->is_homogeneous(toml::node_type::table));
}

void write_values(std::string &text, const toml::table &table, std::string_view within, const Remark &remark) {
    for (const auto &key : ordered_keys(table, within)) {
        const auto &node = *table.get(key);
        if (within.empty() && has_head(node))
            continue;
        const auto behind = remark ? remark(key) : "";
        text += toml_key(key) + " = " + toml_value(node) + (behind.empty() ? "" : " # " + behind) + "\n";
    }
}

Json json_of(const toml::node &node, std::string_view within);

Json json_of_table(const toml::table &table, std::string_view within) {
    Json object = Json::object();
    for (const auto &key : ordered_keys(table, within))
        object[key] = json_of(*table.get(key), within.empty() ? key : "headers");
    return object;
}

Json json_of(const toml::node &node, std::string_view within) {
    if (const auto *table = node.as_table())
        return json_of_table(*table, within);
    if (const auto *array = node.as_array()) {
        Json list = Json::array();
        for (const auto &element : *array)
            list.push_back(json_of(element, within));
        return list;
    }
    if (const auto *number = node.as_integer())
        return number->get();
    if (const auto *number = node.as_floating_point())
        return number->get();
    if (const auto *flag = node.as_boolean())
        return flag->get();
    return node.value<std::string>().value_or(""); // no key takes a date
}

} // namespace

std::vector<std::string> ordered_keys(const toml::table &table, std::string_view within) {
    const auto order = orders().find(within);
    const Words known = order == orders().end() ? Words() : order->second;
    Words keys;
    for (const auto &[key, node] : table)
        keys.emplace_back(key.str());
    std::stable_sort(keys.begin(), keys.end(), [&](const std::string &a, const std::string &b) {
        return std::find(known.begin(), known.end(), a) < std::find(known.begin(), known.end(), b);
    });
    return keys;
}

std::string to_toml_value(const toml::node &node) { return toml_value(node); }

std::string to_toml(const toml::table &table, const Remark &remark) {
    std::string text;
    write_values(text, table, "", remark);
    for (const auto &key : ordered_keys(table, "")) {
        const auto &node = *table.get(key);
        if (!has_head(node))
            continue;
        const auto behind = remark ? remark(key) : "";
        const auto write = [&](const toml::node &one, const std::string &head) {
            text += (text.empty() ? "" : "\n") + head + (behind.empty() ? "" : " # " + behind) + "\n";
            write_values(text, *one.as_table(), key, {});
        };
        if (node.is_table())
            write(node, "[" + toml_key(key) + "]");
        else
            for (const auto &one : *node.as_array())
                write(one, "[[" + toml_key(key) + "]]");
    }
    return text;
}

std::string to_json(const toml::table &table) {
    return json_of_table(table, "").dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace mprox
