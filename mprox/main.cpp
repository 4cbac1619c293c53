// SPDX-License-Identifier: GPL-2.0-or-later
#include <array>
#include <cstring>
#include <exception>

#include "command.hpp"
#include "output.hpp"
#include "profile_options.hpp"
#include "similar.hpp"

namespace {

constexpr std::array kCommands = {add_ps,  add_ss,  add_top, add_events,  add_log,    add_names,  add_servers,
                                  add_stats, add_show_scope, add_set, add_end, add_explain, add_check,
                                  add_doctor, add_config, add_version};

/// What CLI11 says of a word that it does not know, with the one that was meant.
mprox::Error explain(const CLI::App &app, const CLI::ParseError &error, char **argv) {
    std::vector<std::string> known;
    const CLI::App *command = &app;
    for (char **word = argv + 1; *word; word++) {
        const auto subcommands = command->get_subcommands([](const CLI::App *) { return true; });
        const auto found = std::find_if(subcommands.begin(), subcommands.end(),
                                        [&](const CLI::App *one) { return one->get_name() == *word; });
        if (found == subcommands.end() && !subcommands.empty() && **word != '-') {
            for (const auto *one : subcommands)
                known.push_back(one->get_name());
            return {"there is no command '" + std::string(*word) + "'",
                    mprox::did_you_mean(*word, known, "see " + command->get_name() + " --help")};
        }
        if (found != subcommands.end())
            command = *found;
    }
    return {error.what(), "see mprox --help"};
}

void hide(char *text) { std::memset(text, '*', std::strlen(text)); }

/// What is secret in the word or, if it is such an option's name, in the next one.
void hide_secret(char *word, char *next) {
    const std::string_view said(word);
    for (const auto &name : ProfileOptions::secrets())
        if (said == name && next)
            hide(next);
        else if (said.starts_with(name + "="))
            hide(word + name.size() + 1);
    if (said == "-u" && next)
        hide(next);
    else if (said.starts_with("-u"))
        hide(word + 2);
    if (char *scheme = std::strstr(word, "://"); scheme && std::strchr(scheme, '@'))
        hide(scheme + 3);
}

/// ps(1) need not show a password for longer than it takes to read it.
void hide_logins(char **argv) {
    for (; *argv; argv++)
        hide_secret(argv[0], argv[1]);
}

int run(int argc, char **argv) {
    Task task;
    CLI::App app("Says what happens in scopes and what is wrong with module, machine, configuration or server.", "mprox");
    app.set_help_flag("-h,--help", "say this");
    app.set_version_flag("--version", "mprox " MPROX_VERSION, "say which version this is");
    app.require_subcommand(1);
    app.footer("Exit status: 0 if all is well, 1 if something is wrong or differs, 2 if it could not be\n"
               "found out or done. See mprox(1); programs are started by mprox-run(1).");
    for (const auto add : kCommands)
        add(app, task);
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success &success) {
        return app.exit(success);
    } catch (const CLI::ParseError &error) {
        print_error(explain(app, error, argv));
        return failed;
    }
    hide_logins(argv);
    const auto status = task();
    if (!status)
        print_error(status.error());
    return status ? *status : static_cast<int>(failed);
}

} // namespace

int main(int argc, char **argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception &exception) {
        print_error({exception.what(), ""});
        return failed;
    }
}
