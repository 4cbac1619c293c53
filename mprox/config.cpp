// SPDX-License-Identifier: GPL-2.0-or-later
#include "config.hpp"

#include <array>

#include "layers.hpp"
#include "plan.hpp"

namespace {

constexpr std::array<Add, 8> kCommands = {add_validate, add_show,    add_format, add_diff,
                                          add_backup,   add_restore, add_import, add_migrate};
constexpr const char *kSomebody = "192.0.2.1"; // RFC 5737: nobody's

} // namespace

bool is_file_name(const std::string &name) {
    return name.find('/') != std::string::npos || name.ends_with(".toml") || name.ends_with(".json") ||
           name.ends_with(".conf");
}

mprox::Result<mprox::Profile> settings_of(const std::string &app_or_file) {
    return is_file_name(app_or_file) ? mprox::gather_layers({.config = app_or_file})
                                     : mprox::gather_layers({.program = app_or_file});
}

mprox::Status check_plan(mprox::Profile profile) {
    bool first = true;
    if (profile.proxies.empty())
        return mprox::ok();
    for (auto &url : profile.proxies) {
        const bool is_hop = url.hop || (profile.chain.value_or(false) && !first);
        if (!is_hop && !mprox::parse_address(url.host))
            url.host = kSomebody;
        first = false;
    }
    const auto plan = mprox::make_plan(profile);
    return plan ? mprox::ok() : mprox::Status(plan.error());
}

void add_config(CLI::App &app, Task &task) {
    auto *command = add_command(app, "config", "reads, compares, writes and saves configurations");
    command->require_subcommand(1);
    for (const auto add : kCommands)
        add(*command, task);
}
