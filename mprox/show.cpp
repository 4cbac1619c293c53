// SPDX-License-Identifier: GPL-2.0-or-later
// mprox show: the policy in force of a scope, in the words of a profile.
#include "show.hpp"

#include "contexts.hpp"
#include "plan_profile.hpp"
#include "profile_text.hpp"
#include "profile_write.hpp"

using mprox::Result;
using mprox::Secrets;

namespace {

Result<int> show(const std::string &which, bool json) {
    const auto shown = read_in_force(which);
    if (!shown)
        return shown.error();
    return (json ? print(json_of(*shown)) : print(text_of(*shown))) ? fine : failed;
}

} // namespace

std::string text_of(const InForce &shown) {
    const auto profile = mprox::profile_of(shown.plan);
    auto text = "# scope " + label_of(shown.context) + ", " + state_word(shown.context) + "\n";
    if (const auto withheld = withheld_text(shown.plan); !withheld.empty())
        text += "# " + withheld + "\n";
    for (const auto &note : profile.notes)
        text += "# " + note + "\n";
    return text + mprox::to_toml(mprox::write_profile(profile, Secrets::hidden));
}

Json json_of(const InForce &shown) {
    const auto profile = mprox::profile_of(shown.plan);
    Json withheld = Json::array();
    for (const auto i : mprox::withheld_of(shown.plan))
        withheld.push_back(mprox::server_place(shown.plan.servers[i]));
    return {{"id", shown.context.id},
            {"name", shown.context.name},
            {"state", state_word(shown.context)},
            {"withheld", withheld},
            {"notes", profile.notes},
            {"profile", Json::parse(mprox::to_json(mprox::write_profile(profile, Secrets::hidden)))}};
}

void add_show_scope(CLI::App &app, Task &task) {
    struct Words {
        std::string which;
        bool json = false;
    };
    auto words = std::make_shared<Words>();
    auto *command = add_command(app, "show", "the policy that a scope has now, as a profile");
    command->add_option("scope", words->which, "by its number or name")->type_name("ID|NAME")->required();
    add_json(*command, words->json);
    command->callback([&task, words] { task = [words] { return show(words->which, words->json); }; });
}
