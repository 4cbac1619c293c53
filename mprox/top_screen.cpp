// SPDX-License-Identifier: GPL-2.0-or-later
#include "top_screen.hpp"

#include <cstdlib>
#define NCURSES_NOMACROS // one of them is called move
#include <curses.h>
#include <unistd.h>

using mprox::Error;
using mprox::Result;
using mprox::Status;

namespace {

constexpr const char *kInstead = "--batch writes plain text: mprox top --batch -n 1";

enum Pair : short { kYellow = 1, kRed };

void begin_colours() {
    if (!has_colors() || start_color() == ERR || use_default_colors() == ERR)
        return;
    init_pair(kYellow, COLOR_YELLOW, -1);
    init_pair(kRed, COLOR_RED, -1);
}

attr_t attributes_of(Style style) {
    switch (style) {
    case Style::head:
        return A_BOLD;
    case Style::title:
        return A_REVERSE;
    case Style::pending:
        return has_colors() ? static_cast<attr_t>(COLOR_PAIR(kYellow)) : A_DIM;
    case Style::failure:
        return has_colors() ? static_cast<attr_t>(COLOR_PAIR(kRed)) : A_NORMAL;
    case Style::help:
        return A_DIM;
    default:
        return A_NORMAL;
    }
}

Key key_of(int code) {
    switch (code) {
    case 'q':
        return Key::quit;
    case 'r':
        return Key::rate;
    case 'o':
        return Key::octets;
    case 'a':
        return Key::age;
    case 'd':
        return Key::destination;
    case 'i':
        return Key::reverse;
    case 'f':
        return Key::failures;
    case '\t':
        return Key::scope;
    case KEY_UP:
        return Key::up;
    case KEY_DOWN:
        return Key::down;
    case KEY_PPAGE:
        return Key::page_up;
    case KEY_NPAGE:
        return Key::page_down;
    case KEY_HOME:
        return Key::first;
    case KEY_END:
        return Key::last;
    default:
        return Key::none;
    }
}

} // namespace

Status Screen::check() {
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return Error{"there is no terminal to draw on: the standard input or output is something else", kInstead};
    return mprox::ok();
}

Result<Screen> Screen::open() {
    if (auto status = check(); !status)
        return status.error();
    const char *name = std::getenv("TERM");
    // initscr() would end the program.
    SCREEN *screen = newterm(nullptr, stdout, stdin);
    if (!screen)
        return Error{"the terminal cannot be drawn on: the variable TERM is " +
                         (name ? "'" + std::string(name) + "', which terminfo(5) does not know" : std::string("not set")),
                     "set it to what the terminal is, xterm for instance; " + std::string(kInstead)};
    set_term(screen);
    cbreak();
    noecho();
    nonl();
    curs_set(0);
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    set_escdelay(25);
    begin_colours();
    return Screen(screen);
}

void Screen::End::operator()(void *screen) const {
    endwin();
    delscreen(static_cast<SCREEN *>(screen));
}

Room Screen::room() const { return {static_cast<std::size_t>(LINES), static_cast<std::size_t>(COLS)}; }

void Screen::draw(const std::vector<Line> &lines) {
    // What is the same as before is not written again.
    erase();
    for (std::size_t i = 0; i < lines.size(); i++) {
        const auto attributes = attributes_of(lines[i].style);
        move(static_cast<int>(i), 0);
        attrset(static_cast<int>(attributes));
        addstr(lines[i].text.c_str());
        if (lines[i].style == Style::title)
            for (std::size_t column = lines[i].text.size(); column < static_cast<std::size_t>(COLS); column++)
                addch(' ');
    }
    attrset(A_NORMAL);
    refresh();
}

std::optional<Key> Screen::key() {
    const int code = getch();
    return code == ERR ? std::nullopt : std::optional(key_of(code));
}
