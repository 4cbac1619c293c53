// SPDX-License-Identifier: GPL-2.0-or-later
// mprox top in lines: what is shown of a picture, in which order, and on how much room.
#pragma once

#include <array>

#include "table.hpp"
#include "top_picture.hpp"

enum class Sort { rate, octets, age, destination };
inline constexpr std::array<const char *, 4> kSortWords = {"rate", "octets", "age", "destination"};

/// What a user may press.
enum class Key { none, quit, rate, octets, age, destination, reverse, failures, scope, up, down, page_up, page_down, first, last };

struct View {
    Sort sort = Sort::rate;
    bool is_reversed = false;
    bool shows_failures = false;        ///< instead of connections
    std::optional<std::uint32_t> scope; ///< that one alone
    std::size_t above = 0;              ///< rows that are scrolled out
    double delay = 2;                   ///< seconds from one picture to the next
    std::string since = {};             ///< when it has begun
};

/// The shown rows at a time: busiest, largest, oldest first, or by the destination.
std::vector<FlowNow> sorted(std::vector<FlowNow> flows, Sort sort, bool is_reversed);

/// Three lines about all scopes, or about the one that is shown.
std::vector<std::string> heads_of(const Picture &picture, const Failures &failures, const View &view);

/// A row for each connection, or for each failure. @p is_exact: octets to the last one.
Table table_of(const Picture &picture, const Failures &failures, const View &view, bool is_exact);

/// All of it, for who reads no screen.
std::string text_of(const Picture &picture, const Failures &failures, const View &view);

enum class Style { plain, head, title, pending, failure, help };

struct Line {
    std::string text;
    Style style = Style::plain;
};

struct Room {
    std::size_t rows = 0;
    std::size_t columns = 0;
};

/// At most as many lines, and as long ones, as there is room for. @p note: in the place of the
/// line about keys.
std::vector<Line> lines_of(const Picture &picture, const Failures &failures, const View &view, Room room,
                           const std::string &note = {});

/// What @p key changes in @p view. @p shown: how many rows of the table a screen has.
void take_key(View &view, Key key, const Picture &picture, const Failures &failures, std::size_t shown);

/// Rows of the table that lines_of() has room for.
std::size_t shown_rows(Room room);
