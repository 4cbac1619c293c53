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
    unsigned rank = 0;      ///< where there is no room the highest goes first; 0: it stays
    std::size_t least = 0;  ///< octets to which its cells may be cut; 0: they are not
};

struct Table {
    std::vector<Column> columns;
    std::vector<std::vector<Cell>> rows;
};

/// A line with the heads, and one for each row. What is empty is a "-".
std::string text_of(const Table &table);

/// As much of it as has room in lines of @p width: columns go in the order of their ranks, and
/// cells are cut, the last ones first. What is cut ends with a "+".
Table fitted(Table table, std::size_t width);

/// RFC 4180: a line with the keys, and one with their values for each object, which has
/// nothing but strings, numbers and truths there. What is null or not there is empty.
std::string csv_of(const std::vector<std::string> &keys, const std::vector<Json> &objects);
