// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.hpp"

namespace {

class Help : public CLI::Formatter {
  public:
    std::string make_option_opts(const CLI::Option *option) const override {
        return option->get_items_expected_max() > 0 ? " " + option->get_type_name() : "";
    }
};

} // namespace

CLI::App *add_command(CLI::App &app, const std::string &name, const std::string &help) {
    auto *command = app.add_subcommand(name, help);
    auto formatter = std::make_shared<Help>();
    formatter->column_width(28);
    command->formatter(formatter);
    command->set_help_flag("-h,--help", "say this");
    return command;
}

void add_json(CLI::App &command, bool &json) { command.add_flag("--json", json, "say it in JSON"); }
