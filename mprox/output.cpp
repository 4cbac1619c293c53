// SPDX-License-Identifier: GPL-2.0-or-later
#include "output.hpp"

#include <algorithm>
#include <iostream>
#include <unistd.h>

std::string coloured(std::string_view text, Colour colour) {
    if (colour == Colour::none || !isatty(STDOUT_FILENO))
        return std::string(text);
    const char *code = colour == Colour::green ? "\33[32m" : colour == Colour::yellow ? "\33[33m" : "\33[31m";
    return code + std::string(text) + "\33[0m";
}

std::string one_line(const mprox::Error &error) {
    auto text = error.what + (error.advice.empty() ? "" : "; " + error.advice);
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

void print_error(const mprox::Error &error) { std::cerr << "mprox: " << one_line(error) << '\n'; }

void print_warning(const std::string &text) { std::cerr << "mprox: warning: " << text << '\n'; }

bool print(const std::string &text) { return static_cast<bool>(std::cout << text << std::flush); }

// What is no UTF-8, as a file's name may be, is replaced.
bool print(const Json &json) { return print(json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"); }
