// SPDX-License-Identifier: GPL-2.0-or-later
// mprox config backup and restore.
#include "config.hpp"

#include <ctime>

#include "archive.hpp"
#include "json_reader.hpp"
#include "output.hpp"
#include "write_file.hpp"

using mprox::Error;
using mprox::Folders;
using mprox::Result;

namespace {

/// "mprox-backup-20261130-101500.json"
std::string new_name() {
    const auto now = std::time(nullptr);
    std::tm local = {};
    char text[64];
    localtime_r(&now, &local);
    std::strftime(text, sizeof(text), "mprox-backup-%Y%m%d-%H%M%S.json", &local);
    return text;
}

/// Those that the words leave.
Folders folders_of(bool user_alone) {
    auto folders = mprox::config_folders();
    if (user_alone)
        folders.system.clear();
    return folders;
}

Result<int> back_up(std::string file, bool user_alone) {
    const auto folders = folders_of(user_alone);
    const auto archive = collect(folders);
    if (!archive)
        return archive.error();
    if (archive->files.empty())
        return Error{"there is no configuration in " + folders.system + (folders.system.empty() ? "" : " or ") + folders.user,
                     "write one: see mprox-profile(5)"};
    for (const auto &error : check(*archive, folders))
        print_warning(one_line(error) + "; it is saved all the same, and cannot be restored like that");
    if (file.empty())
        file = new_name();
    if (auto status = create_file(file, to_text(*archive), 0600); !status)
        return status.error();
    return print(file + ": " + std::to_string(archive->files.size()) + " files\n") ? fine : failed;
}

/// Something is to be restored, and all of it can be.
mprox::Status check_all(const Archive &archive, const std::string &file, const Folders &folders) {
    if (archive.files.empty())
        return Error{file + " has no file in it", ""};
    for (const auto &kept : archive.files)
        if (!kept.of_user && folders.system.empty())
            return Error{file + " has files of the system, which --user leaves out", "leave out --user, or back up with it"};
    if (auto status = check_user(archive, folders); !status)
        return status;
    const auto errors = check(archive, folders);
    for (const auto &error : errors)
        print_error(error);
    return errors.empty() ? mprox::ok()
                          : mprox::Status(Error{file + ": nothing is restored, as what is in it could not be read",
                                                "what is wrong stands above: correct it in the backup"});
}

Result<int> restore(const std::string &file, std::string keep, bool user_alone) {
    const auto folders = folders_of(user_alone);
    const auto text = mprox::read_file(file);
    if (!text)
        return text.error();
    const auto archive = parse_archive(file, *text);
    if (!archive)
        return archive.error();
    if (auto status = check_all(*archive, file, folders); !status)
        return status.error();
    const auto present = collect(folders);
    if (!present)
        return present.error();
    if (keep.empty())
        keep = new_name();
    if (!present->files.empty())
        if (auto status = create_file(keep, to_text(*present), 0600); !status)
            return status.error();
    std::vector<std::string> done;
    const auto status = put_back(*archive, folders, done);
    for (const auto &path : not_in(*archive, *present, folders))
        print_warning(path + " is not in the backup, and stays");
    std::string said;
    for (const auto &path : done)
        said += path + "\n";
    if (!present->files.empty())
        said += keep + ": what was there before\n";
    if (!print(said))
        return failed;
    if (!status)
        return Error{status.error().what + ": " + std::to_string(done.size()) + " files were restored before, which stand above",
                     "'mprox config restore " + keep + "' undoes that"};
    return fine;
}

} // namespace

void add_backup(CLI::App &app, Task &task) {
    struct Words {
        std::string file;
        bool user = false;
    };
    auto words = std::make_shared<Words>();
    auto *command = add_command(app, "backup", "all of the configuration, passwords included, into one file");
    command->add_option("file", words->file, "not there yet; without it mprox-backup-TIME.json")->type_name("FILE");
    command->add_flag("--user", words->user, "your own files alone");
    command->callback([&task, words] { task = [words] { return back_up(words->file, words->user); }; });
}

void add_restore(CLI::App &app, Task &task) {
    struct Words {
        std::string file;
        std::string keep;
        bool user = false;
    };
    auto words = std::make_shared<Words>();
    auto *command = add_command(app, "restore", "puts back what backup has saved, if all of it can be read");
    command->add_option("file", words->file, "of backup")->type_name("FILE")->required();
    command->add_option("--keep", words->keep, "where to save what was there; without it mprox-backup-TIME.json")
        ->type_name("FILE");
    command->add_flag("--user", words->user, "your own files alone");
    command->callback([&task, words] { task = [words] { return restore(words->file, words->keep, words->user); }; });
}
