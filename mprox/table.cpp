// SPDX-License-Identifier: GPL-2.0-or-later
#include "table.hpp"

#include <algorithm>

namespace {

constexpr const char *kGap = "  ";

std::string shown(const std::string &text) { return text.empty() ? "-" : text; }

/// No blanks at the end of a line.
std::string line_of(const Table &table, const std::vector<std::size_t> &widths, const std::vector<Cell> &cells) {
    std::string line;
    std::size_t owed = 0; // blanks of the cell before
    for (std::size_t i = 0; i < table.columns.size(); i++) {
        const auto text = shown(cells[i].text);
        const std::size_t padding = widths[i] - std::min(widths[i], text.size());
        const bool is_number = table.columns[i].is_number;
        line += std::string(owed + (is_number ? padding : 0), ' ') + (i ? kGap : "") + coloured(text, cells[i].colour);
        owed = is_number ? 0 : padding;
    }
    return line + "\n";
}

std::string csv_value(const Json &object, const std::string &key) {
    const auto found = object.find(key);
    if (found == object.end() || found->is_null())
        return "";
    const auto text = found->is_string() ? found->get<std::string>() : found->dump();
    if (text.find_first_of(",\"\r\n") == std::string::npos)
        return text;
    std::string quoted = "\"";
    for (const char c : text)
        quoted += c == '"' ? "\"\"" : std::string(1, c);
    return quoted + "\"";
}

} // namespace

std::string text_of(const Table &table) {
    std::vector<std::size_t> widths;
    std::vector<Cell> heads;
    for (std::size_t i = 0; i < table.columns.size(); i++) {
        heads.emplace_back(table.columns[i].head);
        std::size_t width = table.columns[i].head.size();
        for (const auto &row : table.rows)
            width = std::max(width, shown(row[i].text).size());
        widths.push_back(width);
    }
    std::string text = line_of(table, widths, heads);
    for (const auto &row : table.rows)
        text += line_of(table, widths, row);
    return text;
}

std::string csv_of(const std::vector<std::string> &keys, const std::vector<Json> &objects) {
    std::string text;
    for (const auto &key : keys)
        text += (text.empty() ? "" : ",") + key;
    text += "\r\n";
    for (const auto &object : objects) {
        for (std::size_t i = 0; i < keys.size(); i++)
            text += (i ? "," : "") + csv_value(object, keys[i]);
        text += "\r\n";
    }
    return text;
}
