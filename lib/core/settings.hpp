// SPDX-License-Identifier: GPL-2.0-or-later
// One table of what a user can set. A setting is
//
//   1. a member of Profile (profile.hpp): optional, or a list;
//   2. an entry of the table in settings.cpp: its key in TOML files, its option of
//      mprox-run, the group, word and text of the latter in --help, how a value
//      becomes the member, and the member a value again (word(), seconds(), whole(),
//      flag(), denial(), never(), list()), and what --dry-run says of it; what is read
//      by code of its own is written in profile_write.cpp;
//   3. its use: `kernel` in the entry, for a number that the kernel's policy has by
//      the same meaning, or a line of make_plan() (plan.cpp);
//   4. its words in docs/man/mprox-run.1 and mprox-profile.5, and conf/mprox.toml;
//   5. a sample of its key in tests/unit/profile_text_test.cpp.
//
// The option, the key with its errors, merge() and --dry-run follow from the entry,
// and tests compare 4 and 5 with the table. An option that says nothing about the
// connections of COMMAND, as --dry-run, is declared in launcher/options.cpp.
#pragma once

#include <functional>
#include <linux/mutex_proxy.h>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "profile.hpp"
#include "result.hpp"

namespace mprox {

/// One value, as TOML has it or as the words of an option become.
using Value = std::variant<bool, std::int64_t, double, std::string>;

/// What stands for a value.
enum class Form {
    word,    ///< TOML: a string
    seconds, ///< TOML: a number
    whole,   ///< TOML: a whole number, see Setting::low and high
    flag,    ///< TOML: true or false; the option alone: true
    denial,  ///< TOML: true or false; the option alone: false
    never,   ///< TOML: "auto" (true) or "never"; the option alone: "never"
    table    ///< TOML: read by code of its own, in profile_*.cpp
};

/// How a setting is a part of Profile.
struct Access {
    Form form = Form::table;
    bool repeats = false; ///< a list; the option adds to it, and separates by commas
    std::int64_t low = 0; ///< Form::whole
    std::int64_t high = 0;
    std::optional<std::uint32_t> Profile::*number = nullptr; ///< the member, if it is such a one
    std::function<Status(Profile &, const Value &)> take;
    /// The values as files have them; none of what Form::table stands for.
    std::function<std::vector<Value>(const Profile &)> give;
    /// How many values are set.
    std::function<std::size_t(const Profile &)> count;
    /// Lays the second over the first. True: the values of both are there, the second's first.
    std::function<bool(Profile &, const Profile &)> lay;
};

struct Setting {
    std::string_view key;          ///< in TOML; empty: there is none
    /// As CLI11 takes it: "-x,--proxy", "--lock,!--no-lock"; empty: there is none.
    std::string_view option = {};
    std::string_view group = {};   ///< in --help
    std::string_view value = {};   ///< of the option, in --help: "SECONDS"
    std::string_view help = {};
    Access access = {};
    std::uint32_t mutex_proxy_policy::*kernel = nullptr; ///< takes the number; 0: the kernel's default
    std::string_view title = {};   ///< of the line in --dry-run
    /// The rest of that line; an empty one is not printed.
    std::function<std::string(const Profile &)> text = {};
    /// Why the setting cannot have an effect beside what else the profile says; empty:
    /// it can. The count is that of the plan's servers, names resolved.
    std::function<std::string(const Profile &, std::size_t)> idle = {};

    /// "--scope"
    [[nodiscard]] std::string_view long_option() const;
};

/// Groups of options in --help, in this order.
inline constexpr std::string_view kGroupProxy = "Proxy";
inline constexpr std::string_view kGroupSeveral = "Several proxies";
inline constexpr std::string_view kGroupNames = "Names";
inline constexpr std::string_view kGroupTraffic = "What is proxied";
inline constexpr std::string_view kGroupTimes = "Times and speed";
inline constexpr std::string_view kGroupRun = "Running";

const std::vector<Setting> &settings();

/// The setting with that key or long option; nullptr: there is none.
const Setting *find_setting(std::string_view name);

/// The words of a setting's option. The error names the option.
Status take_option(Profile &profile, const Setting &setting, const std::vector<std::string> &words);

/// Notes that all that @p profile says, and nobody is noted for yet, came from
/// @p source: a file or a variable; empty: the command line.
void note_source(Profile &profile, const std::string &source);

/// A setting that cannot have an effect.
struct Idle {
    const Setting *setting;
    std::string why;
};

/// Those that @p profile says in vain.
std::vector<Idle> idle_settings(const Profile &profile, std::size_t servers);

/// Where the value of @p key came from, of a list the one at @p index.
std::string source_of(const Profile &profile, std::string_view key, std::size_t index = 0);

/// The same of a rule, with its line.
std::string source_of_rule(const Profile &profile, std::size_t index);
std::string source_of_dns_rule(const Profile &profile, std::size_t index);

} // namespace mprox
