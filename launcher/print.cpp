// SPDX-License-Identifier: GPL-2.0-or-later
#include "print.hpp"

#include <cstdlib>
#include <iostream>
#include <spdlog/spdlog.h>
#include <toml++/toml.h>

namespace {

/// An object of two arrays: "plan", of objects with title, text and source, if there is
/// one; and "command", of words.
void print_json(const mprox::Plan &plan, char **command) {
    toml::array lines;
    for (const auto &line : plan.lines()) {
        toml::table entry{{"title", line.title.substr(line.title.find_first_not_of(' '))}, {"text", line.text}};
        if (!line.source.empty())
            entry.insert("source", line.source);
        lines.push_back(std::move(entry));
    }
    toml::array words;
    for (; *command; command++)
        words.push_back(std::string(*command));
    const toml::table all{{"plan", std::move(lines)}, {"command", std::move(words)}};
    std::cout << toml::json_formatter{all} << std::endl;
}

void print_text(const mprox::Plan &plan, char **command) {
    for (const auto &line : plan.describe())
        std::cout << line << '\n';
    std::cout << "command   ";
    for (; *command; command++)
        std::cout << ' ' << *command;
    std::cout << std::endl;
}

} // namespace

int print_plan(const mprox::Plan &plan, char **command, bool json) {
    (json ? print_json : print_text)(plan, command);
    return std::cout ? EXIT_SUCCESS : EXIT_FAILURE;
}

void print_checked(const std::string &server, const mprox::Status &status) {
    if (status)
        spdlog::warn("{}: ok", server);
    else
        spdlog::warn("{}\n  {}", status.error().what, status.error().advice);
}
