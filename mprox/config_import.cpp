// SPDX-License-Identifier: GPL-2.0-or-later
// mprox config import and migrate: what was written for others, or for an older version.
#include "config.hpp"

#include <algorithm>
#include <filesystem>

#include "json_reader.hpp"
#include "output.hpp"
#include "profile_text.hpp"
#include "profile_write.hpp"
#include "proxychains.hpp"
#include "write_file.hpp"

using mprox::Error;
using mprox::Result;

namespace {

bool has_secret(const mprox::Profile &profile) {
    return std::any_of(profile.proxies.begin(), profile.proxies.end(),
                       [](const mprox::ProxyUrl &url) { return !url.password.empty(); });
}

Result<int> import_proxychains(const std::string &file, const std::string &output) {
    const auto profile = mprox::load_proxychains(file, mprox::Unfit::noted);
    if (!profile)
        return profile.error();
    for (const auto &note : profile->notes)
        print_warning(note);
    const auto name = std::filesystem::path(file).filename().string();
    const auto text = "# From " + name + ", by mprox config import.\n" +
                      mprox::to_toml(mprox::write_profile(*profile, mprox::Secrets::shown));
    // What is written must be read again; the path is for what an error would say.
    if (const auto again = mprox::parse_profile(output.empty() ? name : output, text); !again)
        return again.error();
    if (auto status = check_plan(*profile); !status)
        return status.error().in(file);
    if (output.empty())
        return print(text) ? fine : failed;
    if (auto status = create_file(output, text, has_secret(*profile) ? 0600 : 0666); !status)
        return status.error();
    return fine;
}

/// No key has ever had another name or another meaning.
Result<int> migrate(const std::string &file) {
    const auto text = mprox::read_file(file);
    if (!text)
        return text.error();
    const auto profile = mprox::parse_profile(file, *text);
    if (!profile)
        return profile.error();
    return print(file + ": nothing to do: it is read as it is, and no key has changed up to version " MPROX_VERSION "\n")
               ? fine
               : failed;
}

} // namespace

void add_import(CLI::App &app, Task &task) {
    struct Words {
        std::string kind;
        std::string file;
        std::string output;
    };
    auto words = std::make_shared<Words>();
    auto *command = add_command(app, "import", "makes a profile of another program's configuration");
    command->add_option("kind", words->kind, "proxychains")
        ->type_name("KIND")
        ->required()
        ->check(CLI::IsMember({"proxychains"}));
    command->add_option("file", words->file, "a proxychains.conf")->type_name("FILE")->required();
    command->add_option("-o,--output", words->output, "a file that is not there yet, instead of the standard output")
        ->type_name("FILE");
    command->callback([&task, words] { task = [words] { return import_proxychains(words->file, words->output); }; });
}

void add_migrate(CLI::App &app, Task &task) {
    auto file = std::make_shared<std::string>();
    auto *command = add_command(app, "migrate", "brings an older version's profile up to date");
    command->add_option("file", *file, "a profile")->type_name("FILE")->required();
    command->callback([&task, file] { task = [file] { return migrate(*file); }; });
}
