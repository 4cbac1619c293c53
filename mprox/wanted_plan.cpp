// SPDX-License-Identifier: GPL-2.0-or-later
#include "wanted_plan.hpp"

#include "output.hpp"
#include "settings.hpp"

void PlanOptions::add(CLI::App &to, std::span<const std::string_view> keys) {
    command = &to;
    options.add_places(to);
    to.add_option("--program", program, "as it would be for the program of that name")
        ->type_name("APP")
        ->group(std::string(mprox::kGroupProxy));
    options.add_settings(to, keys);
}

mprox::Result<mprox::Plan> PlanOptions::plan() {
    const auto wanted = options.take(*command);
    if (!wanted)
        return wanted.error();
    const auto profile = gather(*wanted, program.substr(program.rfind('/') + 1));
    if (!profile)
        return profile.error();
    auto plan = mprox::make_plan(*profile);
    if (!plan)
        return plan.error();
    if (auto status = check_effects(*wanted, *profile, *plan); !status)
        return status.error();
    for (const auto &note : profile->notes)
        print_warning(note);
    return plan;
}
