// SPDX-License-Identifier: GPL-2.0-or-later
// mprox config show and diff: what holds, and where two differ.
#include "config.hpp"

#include <algorithm>

#include "in_force.hpp"
#include "output.hpp"
#include "plan_profile.hpp"
#include "profile_text.hpp"
#include "profile_write.hpp"
#include "settings.hpp"

using mprox::Profile;
using mprox::Result;
using mprox::Secrets;

namespace {

/// The settings that speak of the key.
std::vector<std::string> settings_behind(std::string_view key) {
    if (key == "server")
        return {"proxy"};
    if (key == "exempt")
        return {"exempt.uid", "exempt.pid"};
    return {std::string(key)};
}

/// The files that a key's values came from.
std::string sources_of(const Profile &profile, std::string_view key) {
    std::vector<std::string> sources;
    for (const auto &name : settings_behind(key))
        if (const auto found = profile.sources.find(name); found != profile.sources.end())
            for (const auto &source : found->second)
                if (!source.empty() && std::find(sources.begin(), sources.end(), source) == sources.end())
                    sources.push_back(source);
    std::string text;
    for (const auto &source : sources)
        text += (text.empty() ? "" : ", ") + source;
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

Result<int> show(const std::string &what, Secrets secrets, bool json) {
    const auto profile = settings_of(what);
    if (!profile)
        return profile.error();
    warn_of(*profile);
    const auto table = mprox::write_profile(*profile, secrets);
    const auto remark = [&](std::string_view key) { return sources_of(*profile, key); };
    return print(json ? mprox::to_json(table) : mprox::to_toml(table, remark)) ? fine : failed;
}

/// One side of a comparison: with what is secret, to compare it, and without.
struct Side {
    toml::table shown;
    toml::table hidden;
};

Side side_of(const Profile &profile) {
    return {mprox::write_profile(profile, Secrets::shown), mprox::write_profile(profile, Secrets::hidden)};
}

/// As a scope has it: addresses, rules, and of logins and headers only whether there are any.
Profile comparable(const mprox::Plan &plan) {
    auto profile = mprox::profile_of(plan);
    for (std::size_t i = 0; i < plan.servers.size(); i++) {
        const auto &server = plan.servers[i];
        auto &url = profile.proxies[i];
        const bool has_secrets = server.secrets_of || server.user_len || server.pass_len || server.headers_len;
        url.user = url.headers = "";
        url.password = has_secrets ? "not compared" : "";
    }
    return profile;
}

Result<Side> side_of_scope(const std::string &which) {
    const auto scope = read_in_force(which);
    if (!scope)
        return scope.error();
    if (const auto withheld = withheld_text(scope->plan); !withheld.empty())
        print_warning(withheld + ": these are not compared, but whether there are any");
    const auto profile = comparable(scope->plan);
    for (const auto &note : profile.notes)
        print_warning("scope " + label_of(scope->context) + ": " + note);
    return side_of(profile);
}

/// With a scope on the other side, what both can say is compared.
Result<Side> side_of(const std::string &what, bool beside_scope) {
    if (const auto which = scope_word_of(what))
        return side_of_scope(*which);
    const auto profile = settings_of(what);
    if (!profile)
        return profile.error();
    if (!beside_scope)
        return side_of(*profile);
    const auto plan = mprox::make_plan(*profile);
    return plan ? Result<Side>(side_of(comparable(*plan))) : plan.error().in(what);
}

std::string value_of(const toml::table &table, const std::string &key) {
    const auto *node = table.get(key);
    return node ? mprox::to_toml_value(*node) : "";
}

Json json_of(const toml::table &table, const std::string &key) {
    const auto *node = table.get(key);
    if (!node)
        return {};
    toml::table one;
    one.insert(key, *node);
    return Json::parse(mprox::to_json(one))[key];
}

std::string line_of(const char *sign, const std::string &key, const std::string &value, Colour colour) {
    return value.empty() ? "" : coloured(std::string(sign) + " " + key + " = " + value, colour) + "\n";
}

Result<int> compare(const std::string &a, const std::string &b, bool json) {
    const auto left = side_of(a, scope_word_of(b).has_value());
    if (!left)
        return left.error();
    const auto right = side_of(b, scope_word_of(a).has_value());
    if (!right)
        return right.error();
    toml::table both = left->shown;
    for (const auto &[key, node] : right->shown)
        both.insert(key.str(), node);
    Json all = {{"a", a}, {"b", b}, {"differences", Json::object()}};
    std::string text;
    for (const auto &key : mprox::ordered_keys(both, "")) {
        if (value_of(left->shown, key) == value_of(right->shown, key))
            continue;
        const auto was = value_of(left->hidden, key);
        const auto is = value_of(right->hidden, key);
        all["differences"][key] = {{"a", json_of(left->hidden, key)}, {"b", json_of(right->hidden, key)}};
        if (was == is)
            all["differences"][key]["secret"] = true;
        text += was == is ? "! " + key + ": what is secret in it differs\n"
                          : line_of("-", key, was, Colour::red) + line_of("+", key, is, Colour::green);
    }
    const bool differs = !all["differences"].empty();
    const bool told = json ? print(all) : print(text);
    return !told ? failed : differs ? found : fine;
}

} // namespace

void warn_of(const Profile &profile) {
    for (const auto &note : profile.notes)
        print_warning(note);
    const auto servers = std::count_if(profile.proxies.begin(), profile.proxies.end(), [](const auto &url) { return !url.hop; });
    if (!servers)
        return;
    for (const auto &[setting, why] : mprox::idle_settings(profile, static_cast<std::size_t>(servers)))
        print_warning(std::string(setting->key) + " has no effect: " + why);
}

void add_show(CLI::App &app, Task &task) {
    struct Words {
        std::string what;
        bool secrets = false;
        bool json = false;
    };
    auto words = std::make_shared<Words>();
    auto *command = add_command(app, "show", "what holds for a program when all files are laid over each other");
    command->add_option("what", words->what, "a program's name; or a file, which is read alone")->type_name("APP|FILE");
    command->add_flag("--secrets", words->secrets, "passwords, tokens and headers, too");
    add_json(*command, words->json);
    command->callback([&task, words] {
        task = [words] { return show(words->what, words->secrets ? Secrets::shown : Secrets::hidden, words->json); };
    });
}

void add_diff(CLI::App &app, Task &task) {
    struct Words {
        std::string a;
        std::string b;
        bool json = false;
    };
    auto words = std::make_shared<Words>();
    auto *command = add_command(app, "diff", "in which keys two programs, files or scopes differ");
    command->add_option("a", words->a, "as for show, or scope:NAME")->type_name("APP|FILE|scope:NAME")->required();
    command->add_option("b", words->b, "likewise")->type_name("APP|FILE|scope:NAME")->required();
    add_json(*command, words->json);
    command->callback([&task, words] { task = [words] { return compare(words->a, words->b, words->json); }; });
}
