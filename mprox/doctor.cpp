// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor.hpp"

#include "command.hpp"
#include "config.hpp"
#include "plan.hpp"
#include "proxy_url.hpp"
#include "secret.hpp"

using mprox::Result;

namespace {

struct Words {
    std::string profile;
    std::vector<std::string> proxies;
    bool json = false;
};

/// Of -x; or of the program or file of --profile.
Result<mprox::Profile> wanted(const Words &words) {
    if (words.proxies.empty())
        return settings_of(words.profile);
    mprox::Profile profile;
    for (const auto &text : words.proxies) {
        auto url = mprox::parse_proxy_url(text);
        if (!url)
            return url.error();
        profile.proxies.push_back(*url);
    }
    return profile;
}

/// A profile that leads nowhere is a finding like others.
std::vector<Finding> look_at_servers(const Words &words) {
    const auto profile = wanted(words);
    if (!profile)
        return {{"profile", State::fail, profile.error().what, "", profile.error().advice}};
    const auto plan = mprox::make_plan(*profile);
    if (!plan)
        return {{"profile", State::fail, plan.error().what, "", plan.error().advice}};
    auto findings = examine(examine_proxies(*plan), plan->udp);
    for (const auto &note : profile->notes)
        findings.push_back({"profile", State::warn, note});
    return findings;
}

Result<int> consult(Words &words) {
    auto findings = examine(look_at_machine());
    if (!words.profile.empty() || !words.proxies.empty())
        for (auto &finding : look_at_servers(words))
            findings.push_back(std::move(finding));
    std::for_each(words.proxies.begin(), words.proxies.end(), mprox::wipe);
    const bool told = words.json ? print(json_of(findings)) : print(text_of(findings));
    return !told ? static_cast<int>(failed) : has_failed(findings) ? found : fine;
}

} // namespace

void add_doctor(CLI::App &app, Task &task) {
    auto words = std::make_shared<Words>();
    auto *command = add_command(app, "doctor", "what is in the way of mprox-run here, and what repairs it");
    auto *profile = command->add_option("-p,--profile", words->profile, "asks its servers, too, as they are for that program or in that file")
                        ->type_name("APP|FILE");
    command->add_option("-x,--proxy", words->proxies, "asks this server, too; repeatable")
        ->type_name("URL")
        ->allow_extra_args(false)
        ->excludes(profile)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    add_json(*command, words->json);
    command->callback([&task, words] { task = [words] { return consult(*words); }; });
}
