// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile_options.hpp"

#include <algorithm>
#include <functional>

#include "ask.hpp"
#include "layers.hpp"
#include "secret.hpp"
#include "settings.hpp"

using mprox::Error;
using mprox::Result;
using mprox::Status;

namespace {

const std::string kProxy(mprox::kGroupProxy);

bool is_named(const mprox::Setting &setting, std::span<const std::string_view> keys) {
    return keys.empty() || std::find(keys.begin(), keys.end(), setting.key) != keys.end();
}

Status take_settings(const CLI::App &app, mprox::Profile &profile) {
    for (const auto &setting : mprox::settings()) {
        const auto *option = setting.option.empty() ? nullptr : app.get_option_no_throw(std::string(setting.long_option()));
        if (!option || !option->count())
            continue;
        // CLI11 lets a flag be denied: --fastopen=false. Some have an option for that.
        const bool deniable = setting.option.find(",!") != std::string_view::npos;
        if (setting.value.empty() && option->results().back() != "true" && !deniable)
            return Error{std::string(setting.long_option()) + " takes no value", "leave it out, or the option"};
        if (auto status = mprox::take_option(profile, setting, option->results()); !status)
            return status;
    }
    mprox::note_source(profile, "");
    return mprox::ok();
}

} // namespace

const std::vector<std::string> &ProfileOptions::secrets() {
    static const std::vector<std::string> names = {"--proxy", "--proxy-user", "--proxy-bearer", "--proxy-header"};
    return names;
}

void ProfileOptions::add_places(CLI::App &app) {
    app.add_option("-x,--proxy", proxies_, "SCHEME://[user:password@]host[:port], SCHEME one of socks5, socks5h,\n"
                   "socks4, socks4a, http; repeatable: servers in order")
        ->type_name("URL")
        ->group(kProxy)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    app.add_option("-p,--profile", wanted_.profile_name, "a profile's name, or its file")
        ->type_name("NAME")
        ->group(kProxy);
    app.add_option("-f,--config", wanted_.config, "instead of all configuration that is read unasked; or a\n"
                   "proxychains.conf")
        ->type_name("FILE")
        ->group(kProxy);
}

void ProfileOptions::add_logins(CLI::App &app) {
    app.add_option("-u,--proxy-user", proxy_user_, "credentials for proxies that have none in their URL;\n"
                   "without a password it is asked for on the terminal")
        ->type_name("USER[:PASSWORD]")
        ->group(kProxy);
    app.add_flag("--proxy-digest", digest_, "HTTP: never send the password, answer Digest challenges only")
        ->group(kProxy);
    app.add_option("--proxy-bearer", bearer_, "HTTP: a token for Proxy-Authorization: Bearer")
        ->type_name("TOKEN")
        ->group(kProxy);
    app.add_option("--proxy-header", headers_, "HTTP: one more header line; repeatable")
        ->type_name("'NAME: VALUE'")
        ->group(kProxy)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void ProfileOptions::add_no_proxy_env(CLI::App &app) {
    app.add_flag("--no-proxy-env", wanted_.no_proxy_env, "do not except what NO_PROXY names from the proxy of ALL_PROXY")
        ->group(kProxy);
}

void ProfileOptions::add_tries(CLI::App &app) {
    app.add_option("--tries", tries_, "how often in a row each server of -x is tried (default 1)")
        ->type_name("N")
        ->group(std::string(mprox::kGroupSeveral))
        ->check(CLI::Range(1, 10));
}

/// CLI11 keeps their words until take().
void ProfileOptions::add_settings(CLI::App &app, std::span<const std::string_view> keys) {
    for (const auto &setting : mprox::settings()) {
        if (setting.option.empty() || !is_named(setting, keys))
            continue;
        const std::string names(setting.option);
        const std::string help(setting.help);
        if (setting.value.empty()) {
            app.add_flag(names, help)->group(std::string(setting.group));
            continue;
        }
        app.add_option(names)
            ->description(help)
            ->type_name(std::string(setting.value))
            ->group(std::string(setting.group))
            ->allow_extra_args(false)
            ->multi_option_policy(setting.access.repeats ? CLI::MultiOptionPolicy::TakeAll
                                                         : CLI::MultiOptionPolicy::Throw);
    }
}

/// The password of -u, which is asked for once, and only if a proxy needs one.
Status ProfileOptions::complete_login(const mprox::ProxyUrl &url) {
    if (proxy_user_.find(':') != std::string::npos || url.is_socks4())
        return mprox::ok();
    auto password = ask_password("Password of " + proxy_user_ + " for " + url.text() + ": ");
    if (!password)
        return password.error();
    proxy_user_ += ":" + *password;
    mprox::wipe(*password);
    return mprox::ok();
}

/// True if the proxy takes the login of -u.
Result<bool> ProfileOptions::take_login(mprox::ProxyUrl &url) {
    if (proxy_user_.empty() || url.has_login())
        return false;
    auto status = complete_login(url);
    if (status)
        status = mprox::set_credentials(url, proxy_user_);
    if (!status)
        return status.error().in("--proxy-user");
    return true;
}

Status ProfileOptions::take_headers(mprox::ProxyUrl &url) const {
    if (!url.is_http())
        return mprox::ok();
    if (!bearer_.empty())
        if (auto status = mprox::set_bearer(url, bearer_); !status)
            return status.error().in("--proxy-bearer");
    for (const auto &line : headers_) {
        const auto colon = line.find(':');
        const auto value = colon == std::string::npos ? colon : line.find_first_not_of(" \t", colon + 1);
        if (auto status = mprox::add_header(url, colon == std::string::npos ? "" : line.substr(0, colon),
                                            value == std::string::npos ? "" : line.substr(value));
            !status)
            return status.error().in("--proxy-header");
    }
    if (digest_) {
        url.auth = mprox::ProxyAuth::digest;
        if (auto status = mprox::check_credentials(url); !status)
            return status.error().in("--proxy-digest");
    }
    return mprox::ok();
}

Status ProfileOptions::take_proxies(mprox::Profile &profile) {
    bool http = false;
    bool logs_in = false;
    for (const auto &text : proxies_) {
        auto url = mprox::parse_proxy_url(text);
        if (!url)
            return url.error();
        const auto taken = take_login(*url);
        if (!taken)
            return taken.error();
        if (auto status = take_headers(*url); !status)
            return status;
        logs_in |= *taken;
        http |= url->is_http();
        profile.proxies.push_back(*url);
    }
    if (proxies_.empty() && !proxy_user_.empty())
        return Error{"--proxy-user is for the proxies of -x, and there is none",
                     "write the credentials where the proxy is named: into its URL, or the profile"};
    if (!proxy_user_.empty() && !logs_in)
        return Error{"--proxy-user has no effect: every proxy of -x has a login of its own", "leave one of the two out"};
    if (!http && (digest_ || !bearer_.empty() || !headers_.empty()))
        return Error{"--proxy-digest, --proxy-bearer and --proxy-header are for HTTP proxies, and -x names none",
                     "write it as -x http://HOST:PORT, or put them into the profile that names the proxy"};
    return mprox::ok();
}

Status ProfileOptions::take_tries(mprox::Profile &profile) const {
    if (tries_ && profile.proxies.empty())
        return Error{"--tries is for the proxies of -x, and there is none",
                     "write tries = N into the [[server]] of the profile that names the proxy"};
    for (auto &url : profile.proxies)
        url.tries = static_cast<std::uint8_t>(tries_.value_or(0));
    return mprox::ok();
}

Status ProfileOptions::take_all(const CLI::App &app) {
    auto status = take_proxies(wanted_.profile);
    if (status)
        status = take_tries(wanted_.profile);
    if (status)
        status = take_settings(app, wanted_.profile);
    return status;
}

Result<Wanted> ProfileOptions::take(const CLI::App &app) {
    const auto status = take_all(app);
    for (auto *secret : {&proxy_user_, &bearer_})
        mprox::wipe(*secret);
    for (auto *secrets : {&proxies_, &headers_})
        std::for_each(secrets->begin(), secrets->end(), mprox::wipe);
    if (!status)
        return status.error();
    return std::move(wanted_);
}

Result<mprox::Profile> gather(const Wanted &wanted, const std::string &program) {
    return mprox::gather_layers({.config = wanted.config,
                                 .profile_name = wanted.profile_name,
                                 .program = program,
                                 .options = wanted.profile,
                                 .honour_no_proxy = !wanted.no_proxy_env});
}

Status check_effects(const Wanted &wanted, const mprox::Profile &profile, mprox::Plan &plan) {
    const auto is_hop = [](const auto &server) { return (server.flags & MUTEX_PROXY_SERVER_HOP) != 0; };
    const auto servers = std::count_if(plan.servers.begin(), plan.servers.end(), std::not_fn(is_hop));
    for (const auto &[setting, why] : mprox::idle_settings(profile, static_cast<std::size_t>(servers))) {
        if (setting->access.count(wanted.profile))
            return Error{std::string(setting->long_option()) + " has no effect: " + why, "leave it out"};
        // A file is written for more than one occasion.
        plan.settings.push_back({"no effect", std::string(setting->key) + ": " + why,
                                 mprox::source_of(profile, setting->key)});
    }
    return mprox::ok();
}
