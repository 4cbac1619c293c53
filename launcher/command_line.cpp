// SPDX-License-Identifier: GPL-2.0-or-later
#include "command_line.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <functional>

#include "similar.hpp"

using mprox::Error;
using mprox::Result;

namespace {

/// An option of the command line, and where its value stands.
struct Found {
    const CLI::Option *option = nullptr;
    char *value = nullptr; ///< nullptr: it has none
    int words = 1;
};

bool takes_value(const CLI::Option &option) { return option.get_items_expected_max() > 0; }

/// As much of the word as is an option's name: behind that may stand a password.
std::string name_in(const std::string &word) {
    const auto is_name = [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_'; };
    const auto end = std::find_if_not(word.begin(), word.end(), is_name);
    return {word.begin(), end == word.end() ? end : std::min(end, word.begin() + 2)};
}

Error unknown_option(const CLI::App &app, const std::string &word) {
    std::vector<std::string> known;
    for (const auto *option : app.get_options())
        for (const auto &name : option->get_lnames())
            known.push_back("--" + name);
    const auto near = mprox::similar(word, known);
    // -Zword is an option of one letter and its value.
    const bool whole = word.starts_with("--") || !near.empty();
    return {"unknown option '" + (whole ? name_in(word) : word.substr(0, 2)) + "'",
            near.empty() ? "see mprox-run --help; write -- in front of a command that begins with a dash"
                         : "did you mean '" + near + "'?"};
}

/// --name, --name=value, --name value
Result<Found> read_long(const CLI::App &app, char *word, char *next) {
    char *equals = std::strchr(word, '=');
    const std::string name(word, equals ? equals : word + std::strlen(word));
    Found found{app.get_option_no_throw(name), nullptr, 1};
    if (!found.option)
        return unknown_option(app, name);
    if (equals) {
        found.value = equals + 1;
        return found;
    }
    if (takes_value(*found.option) && next) {
        found.value = next;
        found.words = 2;
    }
    return found;
}

/// -a, -abc, -xvalue, -x value: the last of them is found, as only that may have a value.
Result<Found> read_short(const CLI::App &app, char *word, char *next) {
    Found found;
    for (char *letter = word + 1; *letter; letter++) {
        found.option = app.get_option_no_throw(std::string("-") + *letter);
        if (!found.option)
            return unknown_option(app, word);
        if (!takes_value(*found.option))
            continue;
        found.value = letter[1] ? letter + 1 : next;
        found.words = letter[1] || !next ? 1 : 2;
        return found;
    }
    return found;
}

using Use = std::function<mprox::Status(const Found &)>;

/// Gives each option to @p use, and returns where they end.
Result<int> walk(const CLI::App &app, int argc, char **argv, const Use &use) {
    for (int i = 1; i < argc;) {
        char *word = argv[i];
        char *next = i + 1 < argc && std::strcmp(argv[i + 1], "--") != 0 ? argv[i + 1] : nullptr;
        if (word[0] != '-' || word[1] == '\0' || std::strcmp(word, "--") == 0)
            return i;
        const auto found = word[1] == '-' ? read_long(app, word, next) : read_short(app, word, next);
        if (!found)
            return found.error();
        if (auto status = use(*found); !status)
            return status.error();
        i += found->words;
    }
    return argc;
}

/// What CLI11 would read as something else.
mprox::Status check_value(const Found &found) {
    const auto name = found.option->get_name();
    if (found.words == 1 && found.value && !takes_value(*found.option))
        return Error{name + " takes no value", "leave out what is behind the '='"};
    if (takes_value(*found.option) && found.value && !*found.value)
        return Error{name + ": is empty", ""};
    return mprox::ok();
}

class Help : public CLI::Formatter {
  public:
    std::string make_usage(const CLI::App *, std::string name) const override {
        return "Usage: " + (name.empty() ? "mprox-run" : name) + " [OPTIONS] [--] COMMAND [ARGS...]\n";
    }
    std::string make_option_opts(const CLI::Option *option) const override {
        return takes_value(*option) ? " " + option->get_type_name() : "";
    }
};

} // namespace

Result<int> end_of_options(const CLI::App &app, int argc, char **argv) { return walk(app, argc, argv, check_value); }

void hide_values(const CLI::App &app, int end, char **argv, const std::vector<std::string> &names) {
    const auto hide = [&](const Found &found) {
        const auto matches = [&](const std::string &name) { return found.option->check_name(name); };
        if (found.value && std::any_of(names.begin(), names.end(), matches))
            std::memset(found.value, '*', std::strlen(found.value));
        return mprox::ok();
    };
    if (!walk(app, end, argv, hide))
        return; // it was refused before
}

std::shared_ptr<CLI::Formatter> help_formatter() {
    auto help = std::make_shared<Help>();
    help->column_width(32);
    return help;
}
