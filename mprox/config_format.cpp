// SPDX-License-Identifier: GPL-2.0-or-later
#include "config.hpp"

#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

#include "json_reader.hpp"
#include "output.hpp"
#include "profile_text.hpp"
#include "proxychains.hpp"
#include "write_file.hpp"

using mprox::Error;
using mprox::Result;

namespace {

struct Words {
    std::string file;
    std::string to;
    bool in_place = false;
    bool drop_comments = false;
};

/// Is there a '#' that no quotes enclose? One of several lines of quotes may seem to be one.
bool has_comments(const std::string &text) {
    char quote = 0;
    for (std::size_t i = 0; i < text.size(); i++) {
        const char c = text[i];
        if (c == '\n')
            quote = 0;
        else if (quote == '"' && c == '\\')
            i++;
        else if (quote)
            quote = c == quote ? 0 : quote;
        else if (c == '"' || c == '\'')
            quote = c;
        else if (c == '#')
            return true;
    }
    return false;
}

/// Whose it was, and who could read it.
mprox::Status write_back(const std::string &file, const std::string &text) {
    struct stat status = {};
    if (stat(file.c_str(), &status) != 0)
        return Error{"cannot look at " + file, ""};
    Owner owner;
    if (status.st_uid != geteuid() || status.st_gid != getegid())
        owner = {status.st_uid, status.st_gid};
    return replace_file(file, text, status.st_mode & 07777, owner);
}

Result<int> format(const Words &words) {
    const auto text = mprox::read_file(words.file); // once: it may be a pipe
    if (!text)
        return text.error();
    // What is wrong in it is said as mprox-run says it.
    if (const auto profile = mprox::parse_profile(words.file, *text); !profile) {
        std::error_code ignored;
        if (std::filesystem::is_regular_file(words.file, ignored) && mprox::is_proxychains(words.file))
            return Error{words.file + " is a configuration of proxychains",
                         "'mprox config import proxychains FILE' makes a profile of it"};
        return profile.error();
    }
    const auto document = mprox::parse_document(words.file, *text);
    if (!document)
        return document.error();
    const bool was_json = mprox::is_json(*text);
    const bool json = words.to.empty() ? was_json : words.to == "json";
    const auto result = json ? mprox::to_json(document->table) : mprox::to_toml(document->table);
    const bool loses = !was_json && has_comments(*text);
    if (!words.in_place) {
        if (loses)
            print_warning(words.file + " has comments, which are left out");
        return print(result) ? fine : failed;
    }
    if (json != was_json)
        return Error{"--in-place cannot make " + std::string(json ? "JSON" : "TOML") + " of " + words.file +
                         ": the file's name would say something else than it holds",
                     "leave out --in-place, and write the output to a file of another name"};
    if (loses && !words.drop_comments)
        return Error{words.file + " has comments, which would be lost", "add --drop-comments, or leave out --in-place"};
    if (auto status = write_back(words.file, result); !status)
        return status.error();
    return fine;
}

} // namespace

void add_format(CLI::App &app, Task &task) {
    auto words = std::make_shared<Words>();
    auto *command = add_command(app, "format", "writes a profile anew, its keys in the usual order, in TOML or JSON");
    command->add_option("file", words->file, "in TOML or JSON")->type_name("FILE")->required();
    command->add_option("--to", words->to, "toml or json; without it what the file is")
        ->type_name("KIND")
        ->check(CLI::IsMember({"toml", "json"}));
    auto *in_place = command->add_flag("--in-place", words->in_place, "into the file itself");
    command->add_flag("--drop-comments", words->drop_comments, "with --in-place: even if comments are lost")->needs(in_place);
    command->callback([&task, words] { task = [words] { return format(*words); }; });
}
