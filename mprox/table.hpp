// SPDX-License-Identifier: GPL-2.0-or-later
// Columns: aligned for people, and with commas for spreadsheets.
#pragma once

#include <string>
#include <vector>

#include "output.hpp"

struct Cell {
    Cell(std::string said, Colour in = Colour::none) : text(std::move(said)), colour(in) {}
    Cell(const char *said) : text(said) {}

    std::string text;
    Colour colour = Colour::none;
};

struct Column {
    std::string head;
    bool is_number = false; ///< its end is aligned
};

struct Table {
    std::vector<Column> columns;
    std::vector<std::vector<Cell>> rows;
};

/// A line with the heads, and one for each row. What is empty is a "-".
std::string text_of(const Table &table);

/// RFC 4180: a line with the keys, and one with their values for each object, which has
/// nothing but strings, numbers and truths there. What is null or not there is empty.
std::string csv_of(const std::vector<std::string> &keys, const std::vector<Json> &objects);
