// SPDX-License-Identifier: GPL-2.0-or-later
#include "config.hpp"

#include <filesystem>

#include "config_file.hpp"
#include "output.hpp"
#include "paths.hpp"

namespace {

/// What came of one file.
struct Verdict {
    std::string file;
    mprox::Status status = mprox::ok();
    std::vector<std::string> notes = {};
};

Verdict judge(const std::string &file) {
    Verdict verdict{file};
    const auto profile = mprox::load_config(file);
    if (!profile) {
        verdict.status = profile.error();
        return verdict;
    }
    verdict.notes = profile->notes;
    if (auto status = check_plan(*profile); !status)
        verdict.status = status.error().in(file);
    return verdict;
}

Json json_of(const Verdict &verdict) {
    Json one = {{"file", verdict.file}, {"ok", static_cast<bool>(verdict.status)}};
    if (!verdict.status) {
        one["error"] = verdict.status.error().what;
        one["advice"] = verdict.status.error().advice;
    }
    one["warnings"] = verdict.notes;
    return one;
}

std::string text_of(const Verdict &verdict) {
    std::string text = verdict.status ? verdict.file + ": " + coloured("ok", Colour::green) + "\n"
                                      : coloured(one_line(verdict.status.error()), Colour::red) + "\n";
    for (const auto &note : verdict.notes)
        text += coloured("warning: ", Colour::yellow) + note + "\n";
    return text;
}

mprox::Result<int> validate(const std::vector<std::string> &files, bool json) {
    Json all = {{"ok", true}, {"files", Json::array()}};
    std::string text;
    for (const auto &file : files) {
        const auto verdict = judge(file);
        if (!verdict.status)
            all["ok"] = false;
        all["files"].push_back(json_of(verdict));
        text += text_of(verdict);
    }
    if (files.empty())
        text = "there is no configuration to validate\n";
    const bool told = json ? print(all) : print(text);
    return !told ? static_cast<int>(failed) : all["ok"] == true ? fine : found;
}

} // namespace

void add_validate(CLI::App &app, Task &task) {
    struct Words {
        std::vector<std::string> files;
        bool json = false;
    };
    auto words = std::make_shared<Words>();
    auto *command = add_command(app, "validate", "reads files as mprox-run does, and changes nothing");
    command->add_option("files", words->files, "profiles, or a proxychains.conf; without one all that is read unasked")
        ->type_name("FILE...");
    add_json(*command, words->json);
    command->callback([&task, words] {
        task = [words] { return validate(words->files.empty() ? mprox::all_configs() : words->files, words->json); };
    });
}
