// SPDX-License-Identifier: GPL-2.0-or-later
#include "table.hpp"

#include <algorithm>
#include <numeric>

namespace {

constexpr std::string_view kGap = "  ";

std::string shown(const std::string &text) { return text.empty() ? "-" : text; }

/// No blanks at the end of a line.
std::string line_of(const Table &table, const std::vector<std::size_t> &widths, const std::vector<Cell> &cells) {
    std::string line;
    std::size_t owed = 0; // blanks of the cell before
    for (std::size_t i = 0; i < table.columns.size(); i++) {
        const auto text = shown(cells[i].text);
        const std::size_t padding = widths[i] - std::min(widths[i], text.size());
        const bool is_number = table.columns[i].is_number;
        line += std::string(owed + (is_number ? padding : 0), ' ') + std::string(i ? kGap : "") + coloured(text, cells[i].colour);
        owed = is_number ? 0 : padding;
    }
    return line + "\n";
}

std::size_t width_of(const Table &table, std::size_t column) {
    auto width = table.columns[column].head.size();
    for (const auto &row : table.rows)
        width = std::max(width, shown(row[column].text).size());
    return width;
}

/// Its head is not cut.
std::size_t least_width(const Column &column, std::size_t width) {
    return column.least ? std::min(width, std::max(column.least, column.head.size())) : width;
}

std::size_t sum_of(const std::vector<std::size_t> &widths) {
    const auto gaps = kGap.size() * (widths.empty() ? 0 : widths.size() - 1);
    return std::accumulate(widths.begin(), widths.end(), gaps);
}

/// The shortest lines that its columns can have.
std::size_t least_of(const Table &table, std::vector<std::size_t> widths) {
    for (std::size_t i = 0; i < widths.size(); i++)
        widths[i] = least_width(table.columns[i], widths[i]);
    return sum_of(widths);
}

void cut(std::string &text, std::size_t width) {
    if (text.size() > width)
        text = text.substr(0, width ? width - 1 : 0) + "+";
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
        widths.push_back(width_of(table, i));
    }
    std::string text = line_of(table, widths, heads);
    for (const auto &row : table.rows)
        text += line_of(table, widths, row);
    return text;
}

Table fitted(Table table, std::size_t width) {
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < table.columns.size(); i++)
        widths.push_back(width_of(table, i));
    while (least_of(table, widths) > width) {
        const auto last = std::max_element(table.columns.begin(), table.columns.end(),
                                           [](const Column &a, const Column &b) { return a.rank < b.rank; });
        if (last == table.columns.end() || !last->rank)
            break;
        const auto i = last - table.columns.begin();
        table.columns.erase(last);
        widths.erase(widths.begin() + i);
        for (auto &row : table.rows)
            row.erase(row.begin() + i);
    }
    auto excess = sum_of(widths) > width ? sum_of(widths) - width : 0;
    for (std::size_t i = table.columns.size(); i-- > 0;) {
        const auto most = std::max(least_width(table.columns[i], widths[i]), widths[i] - std::min(widths[i], excess));
        excess -= widths[i] - most;
        for (auto &row : table.rows)
            cut(row[i].text, most);
    }
    return table;
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
