// SPDX-License-Identifier: GPL-2.0-or-later
// The options by which a profile is said: those of mprox-run that other programs have, too.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "plan.hpp"
#include "profile.hpp"
#include "result.hpp"

/// What they have said.
struct Wanted {
    mprox::Profile profile;    ///< to be laid over files
    std::string profile_name;  ///< -p
    std::string config;        ///< -f
    bool no_proxy_env = false; ///< NO_PROXY is left out
};

/// Each add_*() declares some of them. What is declared must stay where it is until take().
class ProfileOptions {
  public:
    /// Options whose values ps(1) must not show.
    static const std::vector<std::string> &secrets();

    void add_places(CLI::App &app);  ///< -x, -p, -f
    void add_logins(CLI::App &app);  ///< -u and what HTTP proxies are told
    void add_no_proxy_env(CLI::App &app);
    void add_tries(CLI::App &app);
    /// Those of the table of settings that have one of the keys; all if none is named.
    void add_settings(CLI::App &app, std::span<const std::string_view> keys = {});

    /// The words of @p app, once it has parsed them; they are wiped. Asks for a password.
    mprox::Result<Wanted> take(const CLI::App &app);

  private:
    mprox::Status complete_login(const mprox::ProxyUrl &url);
    mprox::Result<bool> take_login(mprox::ProxyUrl &url);
    mprox::Status take_headers(mprox::ProxyUrl &url) const;
    mprox::Status take_proxies(mprox::Profile &profile);
    mprox::Status take_tries(mprox::Profile &profile) const;
    mprox::Status take_all(const CLI::App &app);

    // As CLI11 fills it in.
    Wanted wanted_;
    std::vector<std::string> proxies_;
    std::string proxy_user_;
    std::string bearer_;
    std::vector<std::string> headers_;
    bool digest_ = false;
    std::optional<std::uint32_t> tries_;
};

/// All layers, the options above; for the program of that name.
mprox::Result<mprox::Profile> gather(const Wanted &wanted, const std::string &program);

/// An option that cannot have an effect is an error. A key of a file that cannot gets a
/// line of the plan.
mprox::Status check_effects(const Wanted &wanted, const mprox::Profile &profile, mprox::Plan &plan);
