// SPDX-License-Identifier: GPL-2.0-or-later
#include <array>
#include <cstring>
#include <exception>

#include "command.hpp"
#include "output.hpp"
#include "similar.hpp"

namespace {

constexpr std::array<Add, 13> kCommands = {add_ps,    add_ss,  add_top, add_events, add_log,    add_names,  add_servers,
                                           add_stats, add_set, add_end, add_doctor, add_config, add_version};

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

/// ps(1) need not show a password for longer than it takes to read it.
void hide_logins(char **argv) {
    for (; *argv; argv++)
        if (char *scheme = std::strstr(*argv, "://"); scheme && std::strchr(scheme, '@'))
            std::memset(scheme + 3, '*', std::strlen(scheme + 3));
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
